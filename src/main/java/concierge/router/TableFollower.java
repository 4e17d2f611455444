package concierge.router;

import concierge.json.Json;
import concierge.model.RouteTable;
import concierge.runtime.Backoff;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Keeps the table current: follows the server's stream of tables, and acknowledges each one once it is
 * served. When the server goes away it tries again, for ever. One virtual thread.
 */
final class TableFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableFollower.class);

    /** A server on this machine is back within seconds, and asking is cheap: routes must not lag behind it. */
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

    /** A server on this machine accepts within microseconds; one that takes longer is not there. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** The server repeats its table every 10 seconds: silence of three times that is a server that hangs. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    /** A table of ten thousand routes is some megabytes; more is not a table. */
    private static final int MOST_CHARACTERS = 64 << 20;

    private final Supplier<URI> api;
    private final Path token;
    private final String id;
    private final Consumer<RouteTable> served;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean connected;

    /** @param served puts a table into service; when it returns, no new request follows an older one */
    TableFollower(Supplier<URI> api, Path token, String id, Consumer<RouteTable> served) {
        this.api = api;
        this.token = token;
        this.id = id;
        this.served = served;
        this.thread = Thread.ofVirtual().name("router-table").unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    boolean connected() {
        return connected;
    }

    private void loop() {
        int failures = 0;
        while (!closed) {
            boolean heard = false;
            try {
                heard = follow(api.get());
                LOG.info("the server ended the stream of routes");
            } catch (IOException | RuntimeException e) {
                heard = connected;
                // The first failure of a row is news, the others are the same news.
                if (!closed && (failures == 0 || heard)) LOG.info("no stream of routes, serving the last ones cause={}", e.toString());
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
    private boolean follow(URI server) throws IOException {
        HttpURLConnection connection = open(server.resolve("/v1/routes?follow=true"));
        connection.setReadTimeout(Math.toIntExact(SILENCE.toMillis()));
        connection.setRequestProperty("Accept", "text/event-stream");
        if (connection.getResponseCode() != 200) throw new IOException(server + " answered " + connection.getResponseCode());
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder data = new StringBuilder();
            String event = "";
            for (String line = reader.readLine(); line != null && !closed; line = reader.readLine()) {
                if (line.isEmpty()) {
                    if (event.equals("routes")) take(data.toString(), server);
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
        RouteTable table;
        try {
            table = Json.read(text, RouteTable.class);
        } catch (JacksonException e) {
            throw new IOException("what the server sent is no table of routes", e);
        }
        served.accept(table);
        connected = true;
        acknowledge(table.revision(), server);
    }

    private void acknowledge(long revision, URI server) {
        try {
            HttpURLConnection connection = open(server.resolve("/v1/routes/ack"));
            connection.setReadTimeout(Math.toIntExact(CONNECT.toMillis()));
            connection.setRequestMethod("POST");
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("Authorization", "Bearer " + secret());
            try (OutputStream body = connection.getOutputStream()) {
                body.write(Json.write(Map.of("router", id, "revision", revision)).getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            // Read to its end, so that the connection is used again for the next one.
            if (status < 400) connection.getInputStream().readAllBytes();
            else LOG.warn("acknowledgement refused status={} revision={}", status, revision);
        } catch (IOException e) {
            // The agents wait a bounded time; the next table is acknowledged with a higher revision.
            if (!closed) LOG.warn("could not acknowledge revision={} cause={}", revision, e.toString());
        }
    }

    /** Read each time: the token may have been made after us. */
    private String secret() throws IOException {
        try {
            return Files.readString(token).strip();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static HttpURLConnection open(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(java.net.Proxy.NO_PROXY);
        connection.setConnectTimeout(Math.toIntExact(CONNECT.toMillis()));
        connection.setInstanceFollowRedirects(false);
        return connection;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
