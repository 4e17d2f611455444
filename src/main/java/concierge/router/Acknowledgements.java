package concierge.router;

import concierge.follow.TableFollower;
import concierge.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the server which revision is served, so that agents stop an instance only when no request goes there.
 *
 * @param router this router's name to the server
 * @param token file with the local token
 */
record Acknowledgements(String router, Path token) {
    private static final Logger LOG = LoggerFactory.getLogger(Acknowledgements.class);

    /** A failure is only logged: agents wait a bounded time, and the next table is acknowledged with a higher revision. */
    void send(long revision, URI server) {
        try {
            HttpURLConnection connection = TableFollower.open(server.resolve("/v1/routes/ack"));
            connection.setRequestMethod("POST");
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("Authorization", "Bearer " + secret());
            try (OutputStream body = connection.getOutputStream()) {
                body.write(Json.write(Map.of("router", router, "revision", revision)).getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            // Read to its end, so that the connection is used again for the next one.
            if (status < 400) connection.getInputStream().readAllBytes();
            else LOG.warn("acknowledgement refused status={} revision={}", status, revision);
        } catch (IOException e) {
            LOG.warn("could not acknowledge revision={} cause={}", revision, e.toString());
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
}
