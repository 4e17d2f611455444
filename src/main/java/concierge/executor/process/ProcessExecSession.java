package concierge.executor.process;

import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A further command beside an instance's own, with its environment; on a terminal by way of {@code script}. */
final class ProcessExecSession implements ExecSession {
    /** A shell that was told to go has gone by then; what ignores it is killed. */
    private static final Duration LEAVE = Duration.ofMillis(500);

    private final Process process;
    private final boolean terminal;

    private ProcessExecSession(Process process, boolean terminal) {
        this.process = process;
        this.terminal = terminal;
    }

    /** @param command its first word is a path already */
    static ProcessExecSession start(List<String> command, Map<String, String> environment, Path directory, boolean stdin) throws IOException {
        return new ProcessExecSession(launch(command, environment, directory, stdin), false);
    }

    static ProcessExecSession startOnTerminal(
            Tools tools, List<String> command, Map<String, String> environment, Path directory, int columns, int rows) throws IOException {
        StringBuilder line = new StringBuilder();
        if (columns > 0 && rows > 0) line.append("stty cols ").append(columns).append(" rows ").append(rows).append("; ");
        line.append("exec");
        for (String word : command) line.append(' ').append(StartScript.quote(word));
        List<String> words = List.of(tools.path("script"), "-q", "-e", "-f", "-c", line.toString(), "/dev/null");
        Map<String, String> shell = new java.util.HashMap<>(environment);
        shell.put("SHELL", tools.path("sh"));
        shell.putIfAbsent("TERM", "xterm");
        return new ProcessExecSession(launch(words, shell, directory, true), true);
    }

    private static Process launch(List<String> command, Map<String, String> environment, Path directory, boolean stdin) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        if (!stdin) builder.redirectInput(Path.of("/dev/null").toFile());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new ExecutorException(ExecutorException.Kind.cannotStart, "cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public OutputStream stdin() {
        return process.getOutputStream();
    }

    @Override
    public InputStream stdout() {
        return process.getInputStream();
    }

    @Override
    public InputStream stderr() {
        return terminal ? InputStream.nullInputStream() : process.getErrorStream();
    }

    /** The kernel tells the command of its new size (WINCH). */
    @Override
    public void resize(int columns, int rows) {
        if (!terminal || columns <= 0 || rows <= 0) return;
        process.descendants()
                .flatMap(child -> terminalOf(child.pid()).stream())
                .findFirst()
                .ifPresent(device -> Tools.output(
                        List.of("stty", "-F", device, "cols", Integer.toString(columns), "rows", Integer.toString(rows))));
    }

    private static Optional<String> terminalOf(long pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "fd", "0")).toString())
                    .filter(target -> target.startsWith("/dev/pts/"));
        } catch (IOException e) {
            // Ended meanwhile.
            return Optional.empty();
        }
    }

    @Override
    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        try {
            if (process.isAlive() && !process.waitFor(LEAVE)) all.forEach(ProcessHandle::destroyForcibly);
        } catch (InterruptedException e) {
            all.forEach(ProcessHandle::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}
