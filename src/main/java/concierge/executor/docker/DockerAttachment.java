package concierge.executor.docker;

import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** A client connected to a container's own command. */
final class DockerAttachment implements ExecSession {
    private static final Set<String> ENDED = Set.of("exited", "dead");

    private final Engine engine;
    private final String container;
    private final Streams streams;

    private DockerAttachment(Engine engine, String container, Streams streams) {
        this.engine = engine;
        this.container = container;
        this.streams = streams;
    }

    /** Connects to a container, started or not. */
    static DockerAttachment open(Engine engine, String container, boolean tty) {
        String path = "/v" + engine.version() + "/containers/" + container + "/attach?stream=1&stdin=1&stdout=1&stderr=1";
        HijackedConnection connection = engine.within(Engine.CALL_LIMIT, "POST /containers/" + container + "/attach", () -> {
            try {
                return HijackedConnection.open(engine.address(), path, new byte[0]);
            } catch (HijackedConnection.RefusedException e) {
                throw Refusals.of("cannot attach", e.reply());
            }
        });
        return new DockerAttachment(engine, container, new Streams(connection, "docker-attach-" + container.substring(0, 12), tty));
    }

    boolean isOf(String id) {
        return container.equals(id);
    }

    /** Its input alone: what it says is dropped here, its logs have it. */
    OutputStream inputOnly() {
        streams.dropOutput();
        return streams.stdin();
    }

    @Override
    public OutputStream stdin() {
        return streams.stdin();
    }

    @Override
    public InputStream stdout() {
        return streams.stdout();
    }

    @Override
    public InputStream stderr() {
        return streams.stderr();
    }

    /** One that has not begun or has ended already has no terminal to resize: that is no failure. */
    @Override
    public void resize(int columns, int rows) {
        engine.post("/containers/" + container + "/resize?h=" + rows + "&w=" + columns, Map.of());
    }

    @Override
    public int exitCode() throws InterruptedException {
        while (true) {
            Reply reply = engine.get("/containers/" + container + "/json");
            if (reply.notFound()) throw new ExecutorException(Kind.conflict, "the container was removed before its exit code could be read");
            JsonNode state = reply.orFail("cannot ask for the exit code").json().path("State");
            if (ENDED.contains(state.path("Status").asString(""))) return state.path("ExitCode").asInt();
            streams.pause();
        }
    }

    @Override
    public void close() {
        streams.close();
    }
}
