package concierge.executor.docker;

import concierge.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Registry credentials as {@code docker login} left them in {@code config.json}: plain, or with a credential
 * helper. Read anew for each pull and push: a login takes effect at once.
 */
final class Credentials {
    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

    /** A helper may ask a key chain, not a person. */
    private static final Duration HELPER_LIMIT = Duration.ofSeconds(20);

    /** What Docker Hub is called in configurations. */
    static final String HUB = "https://index.docker.io/v1/";

    private final Path configuration;

    /** @param configuration the folder of {@code config.json} */
    Credentials(Path configuration) {
        this.configuration = configuration;
    }

    /** The registry that a reference names: {@code localhost:5000/a/b:1 → localhost:5000}; else Docker Hub. */
    static String registry(String reference) {
        int slash = reference.indexOf('/');
        if (slash < 0) return HUB;
        String first = reference.substring(0, slash);
        boolean isHost = first.contains(".") || first.contains(":") || first.equals("localhost");
        return isHost && !first.equals("docker.io") && !first.equals("index.docker.io") ? first : HUB;
    }

    /** The value of {@code X-Registry-Auth} for that image; of an empty object where nothing is known. */
    String header(String reference) {
        Map<String, String> answer = find(registry(reference)).orElse(Map.of());
        return Base64.getUrlEncoder().encodeToString(Json.write(answer).getBytes(StandardCharsets.UTF_8));
    }

    /** All plain credentials by registry, for builds, which may pull from any. */
    String buildHeader() {
        Map<String, Map<String, String>> all = new LinkedHashMap<>();
        for (String registry : config().path("auths").propertyNames()) {
            find(registry).ifPresent(found -> all.put(registry, found));
        }
        return Base64.getUrlEncoder().encodeToString(Json.write(all).getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode config() {
        return EngineDiscovery.read(configuration.resolve("config.json")).orElseGet(() -> Json.mapper().createObjectNode());
    }

    private Optional<Map<String, String>> find(String registry) {
        JsonNode config = config();
        String helper = config.path("credHelpers").path(registry).asString(config.path("credsStore").asString(""));
        if (!helper.isEmpty()) {
            Optional<Map<String, String>> found = ask(helper, registry);
            if (found.isPresent()) return found;
        }
        JsonNode entry = config.path("auths").path(registry);
        if (entry.isMissingNode()) entry = config.path("auths").path("https://" + registry);
        return plain(entry, registry);
    }

    private static Optional<Map<String, String>> plain(JsonNode entry, String registry) {
        String token = entry.path("identitytoken").asString("");
        if (!token.isEmpty()) return Optional.of(Map.of("identitytoken", token, "serveraddress", registry));
        String user = entry.path("username").asString("");
        String password = entry.path("password").asString("");
        String packed = entry.path("auth").asString("");
        if (!packed.isEmpty()) {
            String[] parts = new String(Base64.getDecoder().decode(packed), StandardCharsets.UTF_8).split(":", 2);
            user = parts[0];
            password = parts.length > 1 ? parts[1] : "";
        }
        if (user.isEmpty()) return Optional.empty();
        return Optional.of(Map.of("username", user, "password", password, "serveraddress", registry));
    }

    /** By the helpers' protocol: the registry on standard input, JSON on standard output. */
    private static Optional<Map<String, String>> ask(String helper, String registry) {
        try {
            Process process = new ProcessBuilder(List.of("docker-credential-" + helper, "get"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var input = process.getOutputStream()) {
                input.write(registry.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(HELPER_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                LOG.warn("gave up a credential helper helper={} registry={} after={}", helper, registry, HELPER_LIMIT);
                return Optional.empty();
            }
            if (process.exitValue() != 0) return Optional.empty();
            return answer(Json.mapper().readTree(process.getInputStream().readAllBytes()), registry);
        } catch (IOException e) {
            LOG.warn("could not ask a credential helper helper={} registry={} because={}", helper, registry, e.getMessage());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static Optional<Map<String, String>> answer(JsonNode answer, String registry) {
        String user = answer.path("Username").asString("");
        String secret = answer.path("Secret").asString("");
        if (secret.isEmpty()) return Optional.empty();
        // the protocol's way to say that the secret is an identity token
        if (user.equals("<token>")) return Optional.of(Map.of("identitytoken", secret, "serveraddress", registry));
        return Optional.of(Map.of("username", user, "password", secret, "serveraddress", registry));
    }
}
