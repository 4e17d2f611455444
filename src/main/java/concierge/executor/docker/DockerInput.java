package concierge.executor.docker;

import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A container's standard input over a hijacked connection of the engine's attach. */
final class DockerInput extends OutputStream {
    private static final Logger LOG = LoggerFactory.getLogger(DockerInput.class);

    private final HijackedConnection connection;
    private boolean closed;

    private DockerInput(HijackedConnection connection) {
        this.connection = connection;
    }

    static DockerInput open(Engine engine, String container) throws IOException {
        String path = "/v" + engine.version() + "/containers/" + container + "/attach?stream=1&stdin=1";
        return engine.within(Engine.CALL_LIMIT, "POST " + path, () -> {
            try {
                return new DockerInput(HijackedConnection.open(engine.address(), path, new byte[0]));
            } catch (HijackedConnection.RefusedException e) {
                throw Refusals.of("cannot give input to " + container, e.reply());
            }
        });
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

    /** The connection goes once the engine has taken all: it closes its side then. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) return;
        closed = true;
        connection.endOutput();
        Thread.ofVirtual().name("docker-input").start(this::drain);
    }

    private void drain() {
        try (connection) {
            while (connection.in().read() >= 0) continue;
        } catch (IOException e) {
            LOG.debug("engine broke off an input after its end reason={}", e.getMessage());
        }
    }
}
