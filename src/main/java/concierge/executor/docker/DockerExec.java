package concierge.executor.docker;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A command inside a container over a hijacked connection. One thread reads the engine's stream and hands
 * it to two bounded queues; callers read those and write to the connection themselves.
 */
final class DockerExec implements ExecSession {
    /** How often the engine is asked whether the command has ended while its output is still open. */
    private static final Duration POLL = Duration.ofMillis(250);

    /** How long the engine may take to know the exit code after the output's end. */
    private static final Duration SETTLE = Duration.ofMillis(10);

    /** The command's environment carries it, so that it and its children can be found and ended. */
    private static final String MARK = "CONCIERGE_EXEC";

    private final Engine engine;
    private final String container;
    private final String id;
    private final String mark;
    private final HijackedConnection connection;
    private final ByteQueue stdout = new ByteQueue();
    private final ByteQueue stderr = new ByteQueue();
    private final CountDownLatch outputEnded = new CountDownLatch(1);
    private final OutputStream stdin;

    private DockerExec(Engine engine, String container, String id, String mark, HijackedConnection connection, boolean tty) {
        this.engine = engine;
        this.container = container;
        this.id = id;
        this.mark = mark;
        this.connection = connection;
        this.stdin = new Input(connection);
        Thread.ofVirtual().name("docker-exec-" + id.substring(0, 12)).start(() -> pump(tty));
    }

    static DockerExec start(Engine engine, String container, ExecRequest request) throws IOException {
        String mark = UUID.randomUUID().toString();
        String id = create(engine, container, request, mark);
        String path = "/v" + engine.version() + "/exec/" + id + "/start";
        byte[] body = Json.write(Map.of("Detach", false, "Tty", request.tty())).getBytes(StandardCharsets.UTF_8);
        HijackedConnection connection = engine.within(Engine.CALL_LIMIT, "POST " + path, () -> {
            try {
                return HijackedConnection.open(engine.address(), path, body);
            } catch (HijackedConnection.RefusedException e) {
                throw Refusals.of("cannot run " + request.command(), e.reply());
            }
        });
        DockerExec session = new DockerExec(engine, container, id, mark, connection, request.tty());
        if (request.tty() && request.columns() > 0) session.resize(request.columns(), request.rows());
        if (!request.stdin()) session.stdin.close();
        return session;
    }

    private static String create(Engine engine, String container, ExecRequest request, String mark) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("AttachStdin", request.stdin());
        body.put("AttachStdout", true);
        body.put("AttachStderr", true);
        body.put("Tty", request.tty());
        body.put("Cmd", request.command());
        List<String> environment = new ArrayList<>();
        request.environment().forEach((name, value) -> environment.add(name + "=" + value));
        environment.add(MARK + "=" + mark);
        body.put("Env", environment);
        request.directory().ifPresent(directory -> body.put("WorkingDir", directory));
        request.user().ifPresent(user -> body.put("User", user));
        Reply reply = engine.post("/containers/" + container + "/exec", body);
        if (reply.status() == 409) {
            throw new ExecutorException(Kind.conflict, "cannot run " + request.command() + ": the instance is not running");
        }
        return reply.orFail("cannot run " + request.command()).json().path("Id").asString();
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public InputStream stdout() {
        return stdout;
    }

    @Override
    public InputStream stderr() {
        return stderr;
    }

    /** A command that has not begun or has ended already has no terminal to resize: that is no failure. */
    @Override
    public void resize(int columns, int rows) {
        engine.post("/exec/" + id + "/resize?h=" + rows + "&w=" + columns);
    }

    @Override
    public int exitCode() throws InterruptedException {
        Duration pause = POLL;
        while (true) {
            if (outputEnded.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                if (pause.equals(SETTLE)) TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
                pause = SETTLE;
            }
            JsonNode state = inspect();
            if (!state.path("Running").asBoolean(false) && state.path("ExitCode").isNumber()) {
                return state.path("ExitCode").asInt();
            }
        }
    }

    @Override
    public void close() {
        try {
            if (inspect().path("Running").asBoolean(false)) end();
        } finally {
            connection.close();
            stdout.close();
            stderr.close();
        }
    }

    private JsonNode inspect() {
        return engine.get("/exec/" + id + "/json").orFail("cannot ask for the command's state").json();
    }

    /**
     * The engine cannot end an exec. So another one in the same container looks for processes with this
     * one's mark; an image without a shell leaves the command with its closed input.
     */
    private void end() {
        String script = "for p in /proc/[0-9]*; do grep -q " + MARK + "=" + mark + " $p/environ 2>/dev/null && kill -9 ${p#/proc/}; done";
        Reply created = engine.post(
                "/containers/" + container + "/exec", Map.of("Cmd", List.of("/bin/sh", "-c", script), "User", "0"));
        // gone meanwhile: then so is the command
        if (!created.ok()) return;
        engine.post("/exec/" + created.json().path("Id").asString() + "/start", Map.of("Detach", true));
    }

    private void pump(boolean tty) {
        IOException failure = null;
        try {
            if (tty) {
                byte[] buffer = new byte[16 << 10];
                for (int count; (count = connection.in().read(buffer)) >= 0; ) stdout.put(java.util.Arrays.copyOf(buffer, count));
            } else {
                Frames.read(connection.in(), (error, content) -> {
                    (error ? stderr : stdout).put(content);
                    return true;
                });
            }
        } catch (IOException e) {
            failure = e;
        }
        stdout.end(failure);
        stderr.end(failure);
        outputEnded.countDown();
    }

    private static final class Input extends OutputStream {
        private final HijackedConnection connection;
        private boolean closed;

        Input(HijackedConnection connection) {
            this.connection = connection;
        }

        @Override
        public void write(int value) throws IOException {
            connection.out().write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            connection.out().write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            connection.out().flush();
        }

        @Override
        public synchronized void close() throws IOException {
            if (closed) return;
            closed = true;
            connection.endOutput();
        }
    }
}
