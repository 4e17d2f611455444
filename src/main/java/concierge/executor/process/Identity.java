package concierge.executor.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be taken for a later one: numbers are reused, but not with the same start ticks
 * in the same boot of the machine.
 *
 * @param ticks field 22 of {@code /proc/<pid>/stat}
 * @param boot {@code /proc/sys/kernel/random/boot_id}
 */
record Identity(long pid, long ticks, String boot) {
    private static final String BOOT = currentBoot();

    static Identity of(ProcessTable.Entry entry) {
        return new Identity(entry.pid(), entry.ticks(), BOOT);
    }

    /** Reads {@code pid ticks boot}, as the shim writes it; empty for anything else. */
    static Optional<Identity> parse(String text) {
        String[] parts = text.strip().split(" ");
        if (parts.length != 3 || !parts[0].matches("[0-9]{1,18}") || !parts[1].matches("[0-9]{1,18}")) return Optional.empty();
        return Optional.of(new Identity(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]));
    }

    /** Whether exactly this process runs now; a zombie does not. */
    boolean alive() {
        return boot.equals(BOOT) && ProcessTable.entry(pid).filter(entry -> entry.ticks() == ticks && !entry.zombie()).isPresent();
    }

    private static String currentBoot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            // Not Linux: ProcessExecutor.availability says so, and nothing is ever identified.
            return "";
        }
    }
}
