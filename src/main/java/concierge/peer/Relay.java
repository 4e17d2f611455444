package concierge.peer;

import concierge.executor.ExecSession;
import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Connects a command's streams to whoever is at the other end of {@link Channels}: their input and sizes to it, its
 * output to them, at last {@code {"exit": code}}. When they are gone the command ends, as with a closed terminal.
 */
public final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int BUFFER_BYTES = 16 << 10;

    /** What a terminal has that does not say. */
    private static final int COLUMNS = 80;

    private static final int ROWS = 24;

    private Relay() {}

    /** Returns when the command has ended; the caller closes the session. */
    public static void run(Channels channels, ExecSession session) throws IOException, InterruptedException {
        Thread input = Thread.ofVirtual().name("exec-input").start(() -> input(channels, session));
        Thread errors = Thread.ofVirtual().name("exec-errors").start(() -> output(channels, Channels.STDERR, session.stderr()));
        try {
            output(channels, Channels.STDOUT, session.stdout());
            errors.join();
            channels.control(Map.of("exit", session.exitCode()));
        } finally {
            input.interrupt();
            errors.interrupt();
        }
    }

    private static void output(Channels channels, int channel, InputStream from) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                if (count > 0) channels.send(channel, buffer, count);
            }
        } catch (IOException e) {
            LOG.debug("exec output ended channel={} reason={}", channel, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void input(Channels channels, ExecSession session) {
        try {
            for (Channels.Message message = channels.receive(); message != null; message = channels.receive()) {
                if (message.channel() == Channels.STDIN) {
                    session.stdin().write(message.content());
                    session.stdin().flush();
                } else if (message.channel() == Channels.CONTROL) {
                    control(session, message.content());
                }
            }
            // They are gone: nobody reads what the command would still say.
            session.close();
        } catch (IOException e) {
            LOG.debug("exec input ended reason={}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void control(ExecSession session, byte[] content) throws IOException {
        try {
            JsonNode control = Json.mapper().readTree(content);
            JsonNode size = control.path("resize");
            if (size.size() == 2) session.resize(size.path(0).asInt(COLUMNS), size.path(1).asInt(ROWS));
            if (control.path("eof").asBoolean(false)) session.stdin().close();
        } catch (JacksonException e) {
            LOG.debug("exec control message left out reason={}", e.getOriginalMessage());
        }
    }
}
