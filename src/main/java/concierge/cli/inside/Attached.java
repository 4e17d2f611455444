package concierge.cli.inside;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.WebSocket;
import concierge.cli.look.InstanceRow;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.OutputGone;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Follows a one-off to its end: our input is its, its output is ours, and so is its exit code. Ctrl-C ends it. */
final class Attached {
    /** A person does not notice, a server neither. */
    private static final Duration LOOK = Duration.ofMillis(150);

    /** Most are placed and started by then: until then nobody wonders. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    /** Killed by a signal: the exit code of a shell for those begins here. */
    private static final int SIGNALLED = 128;

    /** It ended, and nobody saw how. */
    private static final int EXIT_UNKNOWN = 1;

    private final Api api;
    private final Terminal terminal;
    private final InstanceId instance;
    private final boolean tty;
    private final AtomicLong printed = new AtomicLong();
    private volatile boolean ended;
    private volatile @Nullable OutputGone gone;

    /** @param tty whether it is to have a terminal */
    Attached(Api api, Terminal terminal, String instance, boolean tty) {
        this.tty = tty;
        this.api = api;
        this.terminal = terminal;
        this.instance = InstanceId.parse(instance);
    }

    /** As {@link #run}, connected to its own streams: input goes in, output comes byte by byte. */
    int connect() {
        Thread remove = new Thread(this::remove, "end-one-off");
        Runtime.getRuntime().addShutdownHook(remove);
        try {
            InstanceRow row = await(InstanceRow::began);
            if (row.neverRan()) return exit(row);
            Optional<WebSocket> socket = attach();
            if (socket.isPresent()) return told(new Session(socket.get(), terminal, true, tty).run(api));
            if (row.isFinal()) {
                rest();
                return exit(row);
            }
        } catch (OutputGone e) {
            remove();
            throw e;
        } finally {
            unhook(remove);
        }
        return run();
    }

    /** Empty: it runs where that is not possible; its input and its logs are ways of their own. */
    private Optional<WebSocket> attach() {
        int[] size = tty ? Terminal.size().orElse(new int[] {24, 80}) : new int[2];
        try {
            return Optional.of(api.open(
                    Api.query(path("attach"), "columns", tty ? Integer.toString(size[1]) : "", "rows", tty ? Integer.toString(size[0]) : "")));
        } catch (Failure failure) {
            if (failure.exit() != Exit.REFUSED) throw failure;
            return Optional.empty();
        }
    }

    int run() {
        Thread remove = new Thread(this::remove, "end-one-off");
        Runtime.getRuntime().addShutdownHook(remove);
        Thread output = Thread.ofPlatform().daemon().name("run-output").start(this::follow);
        try {
            InstanceRow last = await(InstanceRow::isFinal);
            ended = true;
            output.interrupt();
            rest();
            return exit(last);
        } catch (OutputGone e) {
            remove();
            throw e;
        } finally {
            unhook(remove);
        }
    }

    private InstanceRow await(Predicate<InstanceRow> reached) {
        String said = "";
        long began = System.nanoTime();
        boolean given = false;
        while (true) {
            OutputGone lost = gone;
            if (lost != null) throw lost;
            InstanceRow row = new InstanceRow(api.read(path("instances")));
            if (reached.test(row)) return row;
            if (row.runs() && !given) {
                Thread.ofPlatform().daemon().name("run-input").start(this::give);
                given = true;
            }
            boolean waits = !row.runs() && !row.state().equals("stopping") && System.nanoTime() - began > QUIET.toNanos();
            if (waits && !row.reason().isEmpty() && !row.reason().equals(said)) {
                said = row.reason();
                String instead = tty && said.contains("without docker") ? "; a terminal takes a container: without -t it may run as a process" : "";
                terminal.note(terminal.paintError(Ink.faint, row.state() + ": " + said + instead));
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private void give() {
        try (WebSocket socket = api.open(path("input"))) {
            Session.pump(terminal.in(), socket);
            // The server closes once the instance has all of it.
            while (socket.receive().isPresent()) continue;
        } catch (IOException | Failure e) {
            // A command that ends without reading all of its input is no failure.
            if (ended) return;
            terminal.note(terminal.paintError(Ink.faint, "its input ended early: " + e.getMessage()));
        }
    }

    private int exit(InstanceRow row) {
        JsonTree code = row.node().path("exitCode");
        if (code.isNumber()) {
            // The code alone tells neither of a deadline nor of memory that was short.
            boolean usual = row.reason().isEmpty() || row.reason().startsWith("exited with");
            if (!usual) terminal.note(terminal.paintError(Ink.faint, row.name() + ": " + row.reason()));
            return code.asInt(0);
        }
        if (row.state().equals("completed")) return Exit.OK;
        throw new Failure(row.neverRan() ? Exit.DEPLOYMENT_FAILED : EXIT_UNKNOWN, row.name() + " " + row.state() + (row.reason().isEmpty() ? "" : ": " + row.reason()), "");
    }

    /** The exit code as it is; what was killed is told why. */
    private int told(int code) {
        return code > SIGNALLED ? exit(await(InstanceRow::isFinal)) : code;
    }

    private void follow() {
        try (EventStream events = api.follow(logs(true))) {
            for (Optional<EventStream.Event> event = events.next(); event.isPresent() && !ended; event = events.next()) {
                if (event.get().name().equals("line")) print(event.get().data());
            }
        } catch (OutputGone e) {
            gone = e;
        } catch (IOException | Failure e) {
            // Not there yet, or ended: what is missing is read once more after the end.
            ended |= Thread.currentThread().isInterrupted();
        }
    }

    /** What the end overtook: all lines once more, less those that were printed. */
    private synchronized void rest() {
        long known = printed.get();
        try (EventStream events = api.follow(logs(false))) {
            long seen = 0;
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get().name().equals("line") && ++seen > known) write(event.get().data());
            }
        } catch (IOException e) {
            throw api.gone(e);
        }
    }

    private synchronized void print(JsonTree line) {
        if (ended) return;
        printed.incrementAndGet();
        write(line);
    }

    private void write(JsonTree line) {
        boolean error = line.path("error").asBoolean(false);
        java.io.PrintStream stream = error ? terminal.error() : terminal.out();
        stream.println(line.path("text").asString(""));
        stream.flush();
    }

    private void remove() {
        try {
            api.delete(Api.query(Api.path("v1", "stacks", instance.service().stack(), "services", instance.service().service()),
                    "tag", instance.service().tag()));
            terminal.note("\nended " + instance);
        } catch (Failure failure) {
            terminal.note("\n" + instance + " may still run: " + failure.getMessage());
        }
    }

    private String path(String what) {
        return Api.path("v1", what, instance.service().stack(), instance.service().tag(), instance.service().service(), Integer.toString(instance.n()));
    }

    private String logs(boolean follow) {
        return Api.query("/v1/logs", "stack", instance.service().stack(), "tag", instance.service().tag(),
                "service", instance.service().service(), "instance", instance.path(), "follow", follow ? "true" : "");
    }

    private static void unhook(Thread remove) {
        try {
            Runtime.getRuntime().removeShutdownHook(remove);
        } catch (IllegalStateException e) {
            // Ctrl-C: the hook is at work.
        }
    }
}
