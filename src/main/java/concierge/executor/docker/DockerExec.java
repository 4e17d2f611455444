package concierge.executor.docker;

import concierge.executor.ExecRequest;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** A further command inside a container. */
public final class DockerExec extends DockerSession {
    /** The command's environment carries it, so that it and its children can be found and ended. */
    private static final String MARK = "CONCIERGE_EXEC";

    private final String id;
    private final String mark;

    private DockerExec(Engine engine, String container, String id, String mark, Streams streams) {
        super(engine, container, streams);
        this.id = id;
        this.mark = mark;
    }

    public static DockerExec start(Engine engine, String container, ExecRequest request) throws IOException {
        String mark = UUID.randomUUID().toString();
        String id = create(engine, container, request, mark);
        byte[] body = Json.write(Map.of("Detach", false, "Tty", request.tty())).getBytes(StandardCharsets.UTF_8);
        HijackedConnection connection = connect(engine, "/exec/" + id + "/start", body, "cannot run " + request.command());
        DockerExec session = new DockerExec(
                engine, container, id, mark, new Streams(connection, "docker-exec-" + id.substring(0, 12), request.tty()));
        if (request.tty() && request.columns() > 0) session.resize(request.columns(), request.rows());
        if (!request.stdin()) session.stdin().close();
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

    /** A command that has not begun or has ended already has no terminal to resize: that is no failure. */
    @Override
    public void resize(int columns, int rows) {
        engine.post("/exec/" + id + "/resize?h=" + rows + "&w=" + columns);
    }

    @Override
    public int exitCode() throws InterruptedException {
        while (true) {
            JsonNode state = inspect();
            if (!state.path("Running").asBoolean(false) && state.path("ExitCode").isNumber()) {
                return state.path("ExitCode").asInt();
            }
            streams.pause();
        }
    }

    @Override
    public void close() {
        try {
            if (inspect().path("Running").asBoolean(false)) end();
        } finally {
            streams.close();
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
}
