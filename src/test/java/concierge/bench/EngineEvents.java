package concierge.bench;

import concierge.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * When containers started and died, by the engine's own clock: the same witness for all that is compared,
 * and no polling that would slow down what is measured. Thread-safe.
 */
final class EngineEvents implements AutoCloseable {
    /** Nothing that is measured takes longer; a hang must end. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private record Event(String action, String name, long nanos) {}

    private final SocketChannel channel;
    private final List<Event> events = new ArrayList<>();
    private boolean open = true;

    EngineEvents(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        channel.write(ByteBuffer.wrap("GET /v1.41/events HTTP/1.0\r\nHost: docker\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        Thread.ofPlatform().daemon().start(this::read);
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("{")) continue;
                JsonNode event = Json.mapper().readTree(line);
                if (event.path("Type").asString("").equals("container")) add(event);
            }
        } catch (IOException e) {
            // Closed; whoever still waits is told below.
        }
        synchronized (this) {
            open = false;
            notifyAll();
        }
    }

    private synchronized void add(JsonNode event) {
        String name = event.path("Actor").path("Attributes").path("name").asString("");
        events.add(new Event(event.path("Action").asString(""), name, event.path("timeNano").asLong()));
        notifyAll();
    }

    /** The events so far do not count any more. */
    synchronized void forget() {
        events.clear();
    }

    /** The instant, in nanoseconds since 1970, of the {@code count}th such event of containers with names like that. */
    synchronized long await(String action, String namePrefix, int count) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            int seen = 0;
            for (Event event : events) {
                if (event.action.equals(action) && event.name.startsWith(namePrefix) && ++seen == count) return event.nanos;
            }
            if (!open || System.nanoTime() > end) throw new IllegalStateException(action + " " + namePrefix + "*: " + seen + " (expected: " + count + ")");
            try {
                wait(1000);
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    /** Now, as the engine would say it. */
    static long now() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
