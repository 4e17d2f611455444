package concierge.cli.program;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Servers;
import concierge.cli.command.Context;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.config.Configuration;
import concierge.config.Home;
import concierge.model.Parsed;
import concierge.runtime.Detached;
import concierge.runtime.Processes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Starts a server in the background and waits until it answers. */
public final class ServerStart {
    /** A cold start takes a second, on a slow disk with a large store ten; after this it hangs. */
    private static final Duration READY = Duration.ofSeconds(90);

    /** Machines that start together have their etcd by then; whoever starts a server by hand wants an answer. */
    private static final Duration STORE = Duration.ofSeconds(60);

    /** Well below what a person notices. */
    private static final Duration LOOK = Duration.ofMillis(40);

    /** A server that was told to stop closes its store first. */
    private static final Duration END = Duration.ofSeconds(30);

    /** Enough to see an error and what led to it. */
    private static final int LOG_LINES = 12;

    private final Context context;
    private final Servers servers;

    public ServerStart(Context context) {
        this.context = context;
        this.servers = context.servers();
    }

    /** What a server started now would have; fails with every problem of it. */
    public static Configuration configuration(Context context, Map<String, String> options) {
        return switch (Configuration.load(context.environment(), options)) {
            case Parsed.Good<Configuration> good -> good.value();
            case Parsed.Bad<Configuration> bad -> throw new Failure(Exit.USAGE, bad.problems());
        };
    }

    /** The server that runs, or a new one; of clients that start one at the same time, one does and the others wait. */
    public Api ensure(Map<String, String> options) {
        Optional<Api> running = servers.running();
        if (running.isPresent()) return ready(running.get());
        configuration(context, options);
        Path home = servers.home().path();
        try {
            Files.createDirectories(home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // Never deleted, as a lock on a deleted file keeps nobody out.
            try (FileChannel channel = FileChannel.open(home.resolve("start.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = channel.lock()) {
                Optional<Api> started = servers.running();
                if (started.isPresent()) return ready(told(started.get()));
                return ready(start(options));
            }
        } catch (IOException e) {
            // Java tells many of these by the kind alone, with the path for a message.
            throw new Failure(Exit.FAILED, "cannot start a server in " + home + ": " + e, "CONCIERGE_HOME names a folder that can be made and written");
        }
    }

    /** The same, once it does not wait for its store, or its host's name, any more; it goes on waiting when we give up. */
    private Api ready(Api api) {
        String reason = waiting(api);
        if (reason.isEmpty()) return api;
        context.terminal().note(context.terminal().paintError(Ink.yellow, "! ") + "the server waits for " + Cells.tame(reason), 2);
        long began = System.nanoTime();
        try (Live live = new Live(context.terminal())) {
            for (long frame = 0; System.nanoTime() - began < STORE.toNanos(); frame++) {
                live.draw(List.of(context.terminal().paintError(Ink.cyan, Live.spinner(frame)) + " waiting  "
                        + Duration.ofNanos(System.nanoTime() - began).toSeconds() + " s of " + STORE.toSeconds()));
                LockSupport.parkNanos(LOOK.toNanos());
                // It goes away for a moment when it begins, and may then have another port.
                Optional<Api> running = servers.running();
                if (running.isEmpty()) continue;
                reason = waiting(running.get());
                if (!reason.isEmpty()) continue;
                live.settle(context.terminal().paintError(Ink.green, "✓") + " the server serves");
                return running.get();
            }
        }
        throw new Failure(Exit.UNREACHABLE, "the server still waits for " + reason,
                "it begins by itself; see whether the store runs, store.url and host.name in " + servers.home().path().resolve("config.yml") + "; concierge server stop ends the waiting");
    }

    /** Why it does not serve yet; empty: it does. */
    private static String waiting(Api api) {
        try {
            return api.read("/v1/version").path("waiting").asString("");
        } catch (Failure e) {
            return "it does not answer: " + e.getMessage();
        }
    }

    /** Somebody else started it meanwhile: who asked for one should hear where it is. */
    private Api told(Api running) {
        context.terminal().note("a server runs at " + running.base() + " already");
        return running;
    }

    private Api start(Map<String, String> options) throws IOException {
        Home home = servers.home();
        long before = Files.exists(home.serverLog()) ? Files.size(home.serverLog()) : 0;
        List<String> arguments = new ArrayList<>(List.of("server"));
        options.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        long pid = Detached.start(arguments, home.serverLog(), Map.of("CONCIERGE_HOME", home.path().toString()));
        return await(pid, before);
    }

    private Api await(long pid, long before) throws IOException {
        long began = System.nanoTime();
        try (Live live = new Live(context.terminal())) {
            for (long frame = 0; System.nanoTime() - began < READY.toNanos(); frame++) {
                Optional<Api> running = servers.running();
                if (running.isPresent()) {
                    live.settle(context.terminal().paintError(Ink.green, "✓") + " server started at " + running.get().base()
                            + context.terminal().paintError(Ink.faint, "  (" + servers.home().path() + ")"));
                    return running.get();
                }
                // One that somebody starts in the foreground just now may win; it then answers.
                if (!Processes.alive(pid) && servers.record().filter(record -> Processes.alive(record.pid())).isEmpty()) throw died(before);
                live.draw(List.of(context.terminal().paintError(Ink.cyan, Live.spinner(frame)) + " starting the server"));
                LockSupport.parkNanos(LOOK.toNanos());
            }
        }
        throw new Failure(Exit.UNREACHABLE, "the server (pid " + pid + ") did not answer within " + READY.toSeconds() + " s",
                "its log is " + servers.home().serverLog());
    }

    private Failure died(long before) throws IOException {
        for (String line : tail(servers.home().serverLog(), before)) {
            context.terminal().note(context.terminal().paintError(Ink.faint, "  │ ") + Cells.tame(line));
        }
        // Its log is on the same disk, and cannot say so itself.
        if (servers.home().isFull()) {
            return new Failure(Exit.UNREACHABLE, "the server ended as it started: the disk of " + servers.home().path() + " is full", "make room and start it again; instances run on meanwhile");
        }
        return new Failure(Exit.UNREACHABLE, "the server ended as it started", "its log is " + servers.home().serverLog());
    }

    private static List<String> tail(Path log, long from) throws IOException {
        byte[] bytes = Files.readAllBytes(log);
        int start = (int) Math.min(from, bytes.length);
        List<String> lines = new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8).lines().toList();
        return lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
    }

    /** Waits, bounded, until a process is gone. */
    static void awaitEnd(long pid) {
        try {
            if (Processes.awaitEnd(pid, END)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        throw new Failure(Exit.FAILED, "the server (pid " + pid + ") has not ended within " + END.toSeconds() + " s", "");
    }
}
