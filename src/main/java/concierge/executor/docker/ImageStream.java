package concierge.executor.docker;

import concierge.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** Reads what the engine tells during pull, push and build: JSON objects, one a line. */
final class ImageStream {
    private ImageStream() {}

    interface Sink {
        void message(JsonNode message);
    }

    static void read(InputStream body, Sink sink) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (String line; (line = reader.readLine()) != null; ) {
            if (!line.isBlank()) sink.message(Json.mapper().readTree(line));
        }
    }

    /**
     * How a pull or a push ended.
     *
     * @param error the engine's, if it told one
     * @param digest of what was pushed; empty: not told
     */
    record Transferred(Optional<String> error, String digest) {}

    /** Passes on what changes: each layer's status once, not its hundred progress bars. */
    static Transferred transfer(InputStream body, Consumer<String> progress) throws IOException {
        Map<String, String> layers = new HashMap<>();
        String[] error = new String[1];
        String[] digest = {""};
        read(body, message -> {
            if (message.has("error")) error[0] = message.path("error").asString("");
            digest[0] = message.at("/aux/Digest").asString(digest[0]);
            String status = message.path("status").asString("");
            String layer = message.path("id").asString("");
            if (status.isEmpty() || status.equals(layers.put(layer, status))) return;
            long total = message.at("/progressDetail/total").asLong(0);
            progress.accept((layer.isEmpty() ? "" : layer + ": ") + status + (total > 0 ? " " + total / 1024 + " KiB" : ""));
        });
        return new Transferred(Optional.ofNullable(error[0]), digest[0]);
    }
}
