package concierge.executor.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code /proc}. A process may end while it is being looked at; then it is not there. */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final String MARKED = "\0" + ProcessRecord.MARKER + "=";

    /**
     * A line of {@code /proc/<pid>/stat}.
     *
     * @param cpuTicks user and system time used, in hundredths of a second
     * @param marker the value of {@link ProcessRecord#MARKER} that it was started with; empty: none, or not ours to read
     */
    record Entry(long pid, char state, long parent, long group, long session, long cpuTicks, long ticks, String marker) {
        boolean zombie() {
            return state == 'Z' || state == 'X';
        }
    }

    private ProcessTable() {}

    static Optional<Entry> entry(long pid) {
        return read(PROC.resolve(pid + "/stat")).flatMap(stat -> parse(stat, ""));
    }

    /** Everything that runs now, without zombies, with its marker. */
    static List<Entry> all() {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                read(folder.resolve("stat")).flatMap(stat -> parse(stat, marker(folder))).filter(entry -> !entry.zombie()).ifPresent(entries::add);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot list /proc", e);
        }
        return entries;
    }

    private static String marker(Path folder) {
        String environment = "\0" + read(folder.resolve("environ")).orElse("");
        int start = environment.indexOf(MARKED);
        if (start < 0) return "";
        int end = environment.indexOf('\0', start + MARKED.length());
        return environment.substring(start + MARKED.length(), end < 0 ? environment.length() : end);
    }

    /** Resident memory. */
    static long residentBytes(long pid) {
        return read(PROC.resolve(pid + "/status")).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElse(0);
    }

    /** The name stands in parentheses and may hold anything, parentheses and blanks too: what counts comes after the last one. */
    private static Optional<Entry> parse(String stat, String marker) {
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        if (open < 0 || close < 0) return Optional.empty();
        String[] fields = stat.substring(close + 2).split(" ");
        if (fields.length < 20) return Optional.empty();
        return Optional.of(new Entry(
                Long.parseLong(stat.substring(0, open).strip()),
                fields[0].charAt(0),
                Long.parseLong(fields[1]),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                Long.parseLong(fields[19]),
                marker));
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // The process has ended, or is another user's: in both cases not ours to see.
            return Optional.empty();
        }
    }
}
