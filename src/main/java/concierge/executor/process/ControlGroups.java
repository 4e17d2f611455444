package concierge.executor.process;

import concierge.model.Resources;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Limits of memory and CPU, by control groups (version 2, or 1) where we may make some; that takes root as
 * a rule. There is no second best: {@code ulimit -v} limits addresses, which many runtimes reserve by the
 * terabyte and never use.
 */
final class ControlGroups {
    /** The kernel's usual period, in microseconds. */
    private static final long PERIOD = 100_000;

    private final Path root;
    private final String prefix;

    /** @param root {@code /sys/fs/cgroup} */
    ControlGroups(Path root, String installation) {
        this.root = root;
        this.prefix = "concierge-" + installation.replaceAll("[^A-Za-z0-9_-]", "_");
    }

    /** What came of it: the files that a process writes its number to, and what could not be had. */
    record Made(List<String> files, List<String> notEnforced) {}

    /** Makes fresh groups for a run; those of the last run must be empty of processes. */
    Made make(String name, Resources resources) {
        remove(name);
        List<String> files = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        if (resources.memoryBytes() > 0) {
            attempt("memory", name, "memory.max", Long.toString(resources.memoryBytes()), "memory.limit_in_bytes", files, refused);
        }
        if (resources.cpuMillis() > 0) {
            String quota = Long.toString(Math.max(1000, resources.cpuMillis() * PERIOD / 1000));
            attempt("cpu", name, "cpu.max", quota + " " + PERIOD, "cpu.cfs_quota_us", files, refused);
        }
        return new Made(files, refused);
    }

    private void attempt(String controller, String name, String file, String limit, String fileBefore, List<String> files, List<String> refused) {
        try {
            if (unified()) {
                Files.writeString(root.resolve("cgroup.subtree_control"), "+" + controller);
                Files.createDirectories(root.resolve(prefix));
                Files.writeString(root.resolve(prefix).resolve("cgroup.subtree_control"), "+" + controller);
            }
            Path group = Files.createDirectories(hierarchy(controller).resolve(prefix).resolve(name));
            boolean old = !unified();
            Files.writeString(group.resolve(old ? fileBefore : file), old ? limit.split(" ")[0] : limit);
            String processes = group.resolve("cgroup.procs").toString();
            if (!files.contains(processes)) files.add(processes);
        } catch (IOException e) {
            refused.add(controller + " limit not enforced: no control group can be made here (" + e.getMessage() + ")");
        }
    }

    /** Whether the kernel has killed for memory in this instance's current run. */
    boolean killedForMemory(String name) {
        Path group = hierarchy("memory").resolve(prefix).resolve(name);
        for (String file : new String[] {"memory.events", "memory.oom_control"}) {
            Optional<String> count = content(group.resolve(file)).stream()
                    .flatMap(String::lines)
                    .filter(line -> line.startsWith("oom_kill "))
                    .findFirst();
            if (count.isPresent()) return !count.get().endsWith(" 0");
        }
        return false;
    }

    /** Removes an instance's groups; one with a process in it stays. */
    void remove(String name) {
        for (Path hierarchy : List.of(root, root.resolve("memory"), root.resolve("cpu"))) {
            Path group = hierarchy.resolve(prefix).resolve(name);
            if (Files.isDirectory(group)) group.toFile().delete();
        }
    }

    /** Removes the installation's own level where nothing is left in it. */
    void removeEmpty() {
        for (Path hierarchy : List.of(root, root.resolve("memory"), root.resolve("cpu"))) {
            Path group = hierarchy.resolve(prefix);
            if (!Files.isDirectory(group)) continue;
            try (DirectoryStream<Path> inside = Files.newDirectoryStream(group, Files::isDirectory)) {
                if (!inside.iterator().hasNext()) group.toFile().delete();
            } catch (IOException e) {
                // Gone meanwhile: which is what was wanted.
                continue;
            }
        }
    }

    private boolean unified() {
        return Files.exists(root.resolve("cgroup.controllers"));
    }

    private Path hierarchy(String controller) {
        return unified() ? root : root.resolve(controller);
    }

    private static Optional<String> content(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
