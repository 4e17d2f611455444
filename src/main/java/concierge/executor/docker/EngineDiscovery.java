package concierge.executor.docker;

import concierge.json.Json;
import concierge.model.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Finds the engine that the {@code docker} command would talk to: {@code DOCKER_HOST}, then the context that
 * {@code DOCKER_CONTEXT} or the configuration names, then the usual sockets, a rootless one last.
 */
public final class EngineDiscovery {
    static final Path DEFAULT_SOCKET = Path.of("/var/run/docker.sock");

    private final Map<String, String> environment;
    private final Path userHome;

    public EngineDiscovery(Map<String, String> environment, Path userHome) {
        this.environment = environment;
        this.userHome = userHome;
    }

    /** The address, whether or not something answers there. */
    public EngineAddress find() {
        Optional<String> host = variable("DOCKER_HOST");
        if (host.isPresent()) return EngineAddress.of(host.get(), environmentCertificates(), "DOCKER_HOST");
        Optional<String> context = variable("DOCKER_CONTEXT").or(this::configuredContext).filter(name -> !name.equals("default"));
        if (context.isPresent()) return context(context.get());
        return sockets()
                .filter(Files::exists)
                .findFirst()
                .map(path -> EngineAddress.of("unix://" + path, Optional.empty(), path.equals(DEFAULT_SOCKET) ? "default socket" : "rootless socket"))
                .orElseGet(() -> EngineAddress.of("unix://" + DEFAULT_SOCKET, Optional.empty(), "default socket"));
    }

    /** The folder of {@code config.json}. */
    public Path configuration() {
        return variable("DOCKER_CONFIG").map(Path::of).orElse(userHome.resolve(".docker"));
    }

    private Stream<Path> sockets() {
        Stream<Path> rootless = variable("XDG_RUNTIME_DIR").map(folder -> Path.of(folder, "docker.sock")).stream();
        return Stream.of(Stream.of(DEFAULT_SOCKET), rootless, Stream.of(userHome.resolve(".docker/run/docker.sock"))).flatMap(paths -> paths);
    }

    private Optional<Certificates> environmentCertificates() {
        if (variable("DOCKER_TLS_VERIFY").isEmpty() && variable("DOCKER_CERT_PATH").isEmpty()) return Optional.empty();
        return Optional.of(Certificates.in(variable("DOCKER_CERT_PATH").map(Path::of).orElse(configuration())));
    }

    private Optional<String> configuredContext() {
        return read(configuration().resolve("config.json")).map(config -> config.path("currentContext").asString(""))
                .filter(name -> !name.isEmpty());
    }

    /** Contexts stand in folders that are named by the SHA-256 of the context's name. */
    private EngineAddress context(String name) {
        String folder = Digest.of(name).hex();
        Path contexts = configuration().resolve("contexts");
        JsonNode endpoint = read(contexts.resolve("meta").resolve(folder).resolve("meta.json"))
                .map(meta -> meta.at("/Endpoints/docker"))
                .orElseThrow(() -> new IllegalArgumentException(
                        "docker context: " + name + " (expected: one that `docker context ls` shows; choose one with `docker context use`)"));
        Path certificates = contexts.resolve("tls").resolve(folder).resolve("docker");
        Certificates given = Certificates.in(certificates);
        return EngineAddress.of(
                endpoint.path("Host").asString("unix://" + DEFAULT_SOCKET),
                Optional.of(given).filter(Certificates::areMeant),
                "context " + name);
    }

    static Optional<JsonNode> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Json.mapper().readTree(Files.readString(file))) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (tools.jackson.core.JacksonException e) {
            throw new IllegalArgumentException(file + ": no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
