package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Namespaces of network, processes, mounts and host name, as a machine has them, held by a first process that ends
 * with this Java; all others in it end with that one.
 */
final class Namespace implements AutoCloseable {
    /** A busy machine takes its time for a command of milliseconds. */
    private static final int COMMAND_SECONDS = 30;

    private final Process process;
    private final long first;

    Namespace(String hostName) {
        try {
            // docker-init collects the ended processes of others, which only the first one of a namespace can.
            process = new ProcessBuilder(
                            "unshare", "--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                            "docker-init", "-s", "--", "sh", "-c", "hostname " + hostName + " && ip link set lo up && echo up && exec cat")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            // Its input is open as long as this Java lives.
            if (process.getInputStream().readNBytes(3).length < 3) throw new IOException("no namespace for " + hostName);
            first = process.children().findFirst().orElseThrow().pid();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a namespace", e);
        }
    }

    /** The first process, by its number here. */
    long pid() {
        return first;
    }

    /** Runs a command in the namespace's network and waits for its success. */
    void run(String... command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "-t", Long.toString(first), "-n", "--"));
        all.addAll(List.of(command));
        command(all);
    }

    static void command(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) throw new IllegalStateException(command + " does not end");
            if (process.exitValue() != 0) throw new IllegalStateException(command + " ended with " + process.exitValue() + ": " + output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during " + command, e);
        }
    }

    /** Whatever is in this network: what entered the network alone is not among the namespace's own processes. */
    private void killGuests() {
        Path network = Path.of("/proc/" + first + "/ns/net");
        try {
            String name = Files.readSymbolicLink(network).toString();
            ProcessHandle.allProcesses().filter(one -> name.equals(network(one))).forEach(ProcessHandle::destroyForcibly);
        } catch (IOException _) {
            // The first process is gone, and with it the name: a namespace that somebody ended before.
        }
    }

    private static String network(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/net")).toString();
        } catch (IOException _) {
            return "";
        }
    }

    /** Ends all that runs in it, without a warning. */
    @Override
    public void close() {
        killGuests();
        process.destroyForcibly();
        try {
            process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
