package concierge.executor.docker;

import concierge.executor.ExecSession;
import java.io.InputStream;
import java.io.OutputStream;

/** A session whose streams go over a hijacked connection. */
abstract class DockerSession implements ExecSession {
    final Engine engine;
    final String container;
    final Streams streams;

    DockerSession(Engine engine, String container, Streams streams) {
        this.engine = engine;
        this.container = container;
        this.streams = streams;
    }

    /**
     * Connects to a path of the API, which is without its version.
     *
     * @param what for a refusal: {@code cannot attach}
     */
    static HijackedConnection connect(Engine engine, String path, byte[] body, String what) {
        return engine.within(Engine.CALL_LIMIT, "POST " + path, () -> {
            try {
                return HijackedConnection.open(engine.address(), "/v" + engine.version() + path, body);
            } catch (HijackedConnection.RefusedException e) {
                throw Refusals.of(what, e.reply());
            }
        });
    }

    @Override
    public final OutputStream stdin() {
        return streams.stdin();
    }

    @Override
    public final InputStream stdout() {
        return streams.stdout();
    }

    @Override
    public final InputStream stderr() {
        return streams.stderr();
    }
}
