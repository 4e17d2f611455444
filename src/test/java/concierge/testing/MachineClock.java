package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What programs take for their machine's clock, to be set while they run (Debian's {@code faketime}). Their monotonic clock
 * stays the kernel's, as it does on a machine whose time is set.
 */
public final class MachineClock {
    private static final String LIBRARY = "libfaketimeMT.so.1";

    private final Path file;

    /** @param file that does not exist; read by the programs once a second */
    public MachineClock(Path file, Duration ahead) {
        this.file = file;
        set(ahead);
    }

    public void set(Duration ahead) {
        try {
            Path made = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), "%+d\n".formatted(ahead.toSeconds()));
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For the environment of whatever shall go by it. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library().toString(), "FAKETIME_TIMESTAMP_FILE", file.toString(), "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1", "FAKETIME_DONT_RESET", "1",
                // Meant for an old C library; with it each timed wait of a JVM ends at once, and all its threads spin.
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    private static Path library() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime").resolve(LIBRARY)).filter(Files::exists).findFirst()
                    .orElseThrow(() -> new IllegalStateException(LIBRARY + ": not there (install faketime)"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
