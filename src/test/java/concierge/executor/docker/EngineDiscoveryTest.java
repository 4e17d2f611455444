package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import concierge.model.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which engine is meant, and in which version it is spoken to. */
class EngineDiscoveryTest {
    @TempDir
    Path home;

    private EngineAddress find(Map<String, String> environment) {
        return new EngineDiscovery(environment, home).find();
    }

    @Test
    void dockerHostWins() throws Exception {
        context("staging", "tcp://10.0.0.9:2376", true);
        EngineAddress address = find(Map.of("DOCKER_HOST", "tcp://10.0.0.7", "DOCKER_TLS_VERIFY", "1"));
        assertThat(address.uri()).hasToString("tcp://10.0.0.7:2376");
        assertThat(address.port()).isEqualTo(2376);
        assertThat(address.certificates()).contains(Certificates.in(home.resolve(".docker")));
        assertThat(address.toString()).contains("DOCKER_HOST");
    }

    @Test
    void theCurrentContextComesWithItsCertificates() throws Exception {
        context("staging", "tcp://10.0.0.9:2376", true);
        EngineAddress address = find(Map.of());
        assertThat(address.uri()).hasToString("tcp://10.0.0.9:2376");
        assertThat(address.certificates()).isPresent();
        assertThat(address.origin()).isEqualTo("context staging");
        assertThat(find(Map.of("DOCKER_CONTEXT", "default")).isLocal()).isTrue();
    }

    @Test
    void aContextThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> find(Map.of("DOCKER_CONTEXT", "gone"))).hasMessageContainingAll("gone", "docker context ls");
    }

    @Test
    void anAddressOfAnotherKindIsExplained() {
        assertThatThrownBy(() -> find(Map.of("DOCKER_HOST", "ssh://me@there"))).hasMessageContainingAll("ssh://me@there", "unix:///path");
    }

    @Test
    void theRootlessSocketIsFoundWhereThereIsNoOther() throws Exception {
        Files.createFile(home.resolve("docker.sock"));
        EngineAddress address = find(Map.of("XDG_RUNTIME_DIR", home.toString()));
        if (!Files.exists(EngineDiscovery.DEFAULT_SOCKET)) assertThat(address.socket()).isEqualTo(home.resolve("docker.sock"));
    }

    @Test
    void theNewestVersionThatBothSpeakIsChosen() {
        assertThat(negotiate("1.41", "1.12")).isEqualTo("1.41");
        assertThat(negotiate("1.44", "1.24")).isEqualTo("1.44");
        assertThat(negotiate("1.99", "1.44")).isEqualTo(Engine.NEWEST);
        assertThat(negotiate("1.99", "1.60")).isEqualTo("1.60");
        assertThatThrownBy(() -> negotiate("1.40", "1.12")).isInstanceOf(ExecutorException.class).hasMessageContainingAll("1.40", "1.41");
    }

    private static String negotiate(String newest, String oldest) {
        return Engine.negotiate(Json.mapper().valueToTree(Map.of("ApiVersion", newest, "MinAPIVersion", oldest)));
    }

    private void context(String name, String host, boolean secured) throws Exception {
        Path docker = home.resolve(".docker");
        Path meta = docker.resolve("contexts/meta/" + Digest.of(name).hex());
        Files.createDirectories(meta);
        Files.writeString(meta.resolve("meta.json"), Json.write(Map.of("Name", name, "Endpoints", Map.of("docker", Map.of("Host", host)))));
        Files.writeString(docker.resolve("config.json"), Json.write(Map.of("currentContext", name)));
        if (!secured) return;
        Path tls = docker.resolve("contexts/tls/" + Digest.of(name).hex() + "/docker");
        Files.createDirectories(tls);
        for (String file : java.util.List.of("ca.pem", "cert.pem", "key.pem")) Files.createFile(tls.resolve(file));
    }
}
