package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Registry credentials as {@code docker login} left them in {@code config.json}: plain, or with a credential
 * helper. Read anew for each pull and push: a login takes effect at once.
 */
public final class Credentials {
    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

    /** A helper may ask a key chain, not a person. */
    private static final Duration HELPER_LIMIT = Duration.ofSeconds(20);

    /** What Docker Hub is called in configurations. */
    static final String HUB = "https://index.docker.io/v1/";

    /** How helpers say that they know nothing of a registry, with exit code 1: that is no failure. */
    private static final String UNKNOWN = "credentials not found";

    private final Path configuration;
    private final Map<String, String> environment;

    /**
     * @param configuration the folder of {@code config.json}
     * @param environment whose {@code PATH} helpers are looked for on, and which they get
     */
    public Credentials(Path configuration, Map<String, String> environment) {
        this.configuration = configuration;
        this.environment = Map.copyOf(environment);
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
    public String header(String reference) {
        Map<String, String> answer = find(registry(reference)).orElse(Map.of());
        return Base64.getUrlEncoder().encodeToString(Json.write(answer).getBytes(StandardCharsets.UTF_8));
    }

    /** Who a registry was told that we are, for its refusals: {@code as bob, from /root/.docker/config.json}. */
    String told(String reference) {
        String registry = registry(reference);
        Path file = configuration.resolve("config.json");
        return find(registry)
                .map(found -> "as " + found.getOrDefault("username", "the holder of a token") + ", from " + file)
                .orElse("without credentials: " + file + " has none for " + registry);
    }

    /** All credentials by registry, for builds, which may pull from any. */
    String buildHeader() {
        Map<String, Map<String, String>> all = new LinkedHashMap<>();
        JsonNode config = config();
        Set<String> registries = new LinkedHashSet<>(config.path("auths").propertyNames());
        registries.addAll(config.path("credHelpers").propertyNames());
        for (String registry : registries) find(registry).ifPresent(found -> all.put(registry, found));
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
        JsonNode auths = config.path("auths");
        if (auths.has(registry)) return plain(auths.path(registry), registry);
        // older logins noted the whole address
        return auths.propertyNames().stream().filter(name -> host(name).equals(registry)).findFirst()
                .flatMap(name -> plain(auths.path(name), registry));
    }

    /** {@code https://registry.example/v2/ → registry.example} */
    private static String host(String address) {
        return address.replaceFirst("^https?://", "").replaceFirst("/.*", "");
    }

    private Optional<Map<String, String>> plain(JsonNode entry, String registry) {
        String token = entry.path("identitytoken").asString("");
        if (!token.isEmpty()) return Optional.of(Map.of("identitytoken", token, "serveraddress", registry));
        String user = entry.path("username").asString("");
        String password = entry.path("password").asString("");
        String packed = entry.path("auth").asString("");
        if (!packed.isEmpty()) {
            String[] parts = unpacked(packed, registry).split(":", 2);
            user = parts[0];
            password = parts.length > 1 ? parts[1] : "";
        }
        if (user.isEmpty()) return Optional.empty();
        return Optional.of(Map.of("username", user, "password", password, "serveraddress", registry));
    }

    private String unpacked(String packed, String registry) {
        try {
            return new String(Base64.getDecoder().decode(packed), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ExecutorException(ExecutorException.Kind.refused, configuration.resolve("config.json") + ": auths." + registry
                    + ".auth: no base64 (expected: that of user:password, as `docker login` writes it)", e);
        }
    }

    /** By the helpers' protocol: the registry on standard input, JSON on standard output. */
    private Optional<Map<String, String>> ask(String helper, String registry) {
        try {
            String said = run(helper, registry);
            if (said.contains(UNKNOWN)) return Optional.empty();
            return answer(Json.mapper().readTree(said), registry);
        } catch (IOException | TimeoutException | ExecutionException | JacksonException e) {
            LOG.warn("could not ask a credential helper helper={} registry={} because={}", helper, registry, e.getMessage());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private String run(String helper, String registry) throws IOException, InterruptedException, TimeoutException, ExecutionException {
        ProcessBuilder builder = new ProcessBuilder(List.of(program("docker-credential-" + helper).toString(), "get"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            return Deadline.call(HELPER_LIMIT, () -> {
                try (var input = process.getOutputStream()) {
                    input.write(registry.getBytes(StandardCharsets.UTF_8));
                }
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                int exit = process.waitFor();
                if (exit != 0 && !said.contains(UNKNOWN)) throw new IOException("exit code " + exit + (said.isEmpty() ? "" : ": " + said));
                return said;
            });
        } finally {
            process.destroyForcibly();
        }
    }

    private Path program(String name) throws IOException {
        for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path candidate = Path.of(folder, name);
            if (!folder.isEmpty() && Files.isExecutable(candidate)) return candidate;
        }
        throw new IOException(name + " is not on the PATH");
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
