package concierge.agent;

import concierge.model.Digest;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Which agent this is, so that one that was restarted gets its host's name back at once while another one is
 * refused. Made of a number in the home, where only one process works at a time, and of the machine's boot: a
 * copied disk is another agent.
 */
public final class AgentIdentity {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    private AgentIdentity() {}

    public static String of(Path home) throws IOException {
        String boot = Files.isReadable(BOOT) ? Files.readString(BOOT).strip() : "";
        return Digest.of(number(home) + boot).shortHex();
    }

    /**
     * The home's own number, the same over boots and when the whole home is moved.
     *
     * @param home must exist; gets a file {@code agent.id}
     */
    public static String number(Path home) throws IOException {
        Path file = home.resolve("agent.id");
        try {
            Files.writeString(file, UUID.randomUUID() + "\n", StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException _) {
            // Made by an earlier start.
        }
        return Files.readString(file).strip();
    }
}
