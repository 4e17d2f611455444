package concierge.follow;

import concierge.json.Json;
import concierge.runtime.Backoff;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Keeps a table current: follows one of the server's streams, each event of which is the whole table. When
 * the server goes away it tries again, for ever. One virtual thread.
 */
public final class TableFollower<T> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableFollower.class);

    /** A server on this machine is back within seconds, and asking is cheap: tables must not lag behind it. */
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

    /** A server on this machine accepts within microseconds; one that takes longer is not there. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** The server repeats its table every 10 seconds: silence of three times that is a server that hangs. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    /** A table of ten thousand routes is some megabytes; more is not a table. */
    private static final int MOST_CHARACTERS = 64 << 20;

    /** Every answer of a server has it. */
    private static final String INSTALLATION = "Concierge-Installation";

    private final Source<T> source;
    private final Supplier<Announcement> server;
    private final Sink<T> sink;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean connected;

    /**
     * @param path of the API: {@code /v1/routes}
     * @param event that carries the table: {@code routes}
     */
    public record Source<T>(String path, String event, Class<T> type) {}

    /** Puts a table into service; {@code server} is where it came from. */
    public interface Sink<T> {
        void take(T table, URI server) throws IOException;
    }

    /** @param server asked anew before each connection: it may come back elsewhere */
    public TableFollower(Source<T> source, Supplier<Announcement> server, Sink<T> sink) {
        this.source = source;
        this.server = server;
        this.sink = sink;
        this.thread = Thread.ofVirtual().name(source.event() + "-table").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /** Whether a table came over the connection that is open now. */
    public boolean connected() {
        return connected;
    }

    private void loop() {
        int failures = 0;
        while (!closed) {
            boolean heard = false;
            try {
                heard = follow(server.get());
                LOG.info("the server ended the stream of {}", source.event());
            } catch (IOException | RuntimeException e) {
                heard = connected;
                // The first failure of a row is news, the others are the same news.
                if (!closed && (failures == 0 || heard)) LOG.info("no stream of {}, serving the last ones cause={}", source.event(), e.toString());
            }
            connected = false;
            failures = heard ? 0 : failures + 1;
            try {
                Thread.sleep(BACKOFF.pause(failures, ThreadLocalRandom.current().nextDouble()));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Whether at least one table came. */
    private boolean follow(Announcement announced) throws IOException {
        URI server = announced.api();
        HttpURLConnection connection = open(server.resolve(source.path() + "?follow=true"));
        connection.setReadTimeout(Math.toIntExact(SILENCE.toMillis()));
        connection.setRequestProperty("Accept", "text/event-stream");
        String installation = connection.getHeaderField(INSTALLATION);
        if (!announced.installation().equals(installation)) {
            connection.disconnect();
            throw new IOException(server + " is the server of " + (installation == null ? "no installation" : "the installation " + installation)
                    + " (expected: of " + announced.installation() + ", which died perhaps)");
        }
        if (connection.getResponseCode() != 200) throw new IOException(server + " answered " + connection.getResponseCode());
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder data = new StringBuilder();
            String event = "";
            for (String line = reader.readLine(); line != null && !closed; line = reader.readLine()) {
                if (line.isEmpty()) {
                    if (event.equals(source.event())) take(data.toString(), server);
                    data.setLength(0);
                    event = "";
                } else if (line.startsWith("event:")) {
                    event = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    if (data.length() + line.length() > MOST_CHARACTERS) throw new IOException("a table of more than " + MOST_CHARACTERS + " characters");
                    data.append(line, 5, line.length()).append('\n');
                }
            }
            return connected;
        } finally {
            connection.disconnect();
        }
    }

    private void take(String text, URI server) throws IOException {
        T table;
        try {
            table = Json.read(text, source.type());
        } catch (JacksonException e) {
            throw new IOException("what the server sent is no table of " + source.event(), e);
        }
        sink.take(table, server);
        connected = true;
    }

    /** A connection to a server on this machine: bounded, past any proxy. */
    public static HttpURLConnection open(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(Math.toIntExact(CONNECT.toMillis()));
        connection.setReadTimeout(Math.toIntExact(CONNECT.toMillis()));
        connection.setInstanceFollowRedirects(false);
        return connection;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
