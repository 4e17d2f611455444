package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** A client connected to a container's own command. */
final class DockerAttachment extends DockerSession {
    private static final Set<String> ENDED = Set.of("exited", "dead");

    private DockerAttachment(Engine engine, String container, Streams streams) {
        super(engine, container, streams);
    }

    /** Connects to a container, started or not. */
    static DockerAttachment open(Engine engine, String container, boolean tty) {
        HijackedConnection connection = connect(engine, "/containers/" + container + "/attach?stream=1&stdin=1&stdout=1&stderr=1", new byte[0], "cannot attach");
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
