package concierge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.agent.AgentSettings;
import concierge.executor.EngineMachine;
import concierge.executor.docker.Certificates;
import concierge.model.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RemoteEngineTest {
    private static RemoteEngine engine(Map<String, Object> said) throws IOException {
        return RemoteEngine.all(Map.of("h1", said)).getFirst();
    }

    @Test
    void anAddressIsEnoughAndTheRestIsWhatTheMachineHas() throws Exception {
        RemoteEngine engine = engine(Map.of("docker", "tcp://10.0.0.5:2376", "certificates", "/etc/h1"));
        assertThat(engine.certificates()).contains(Certificates.in(Path.of("/etc/h1")));
        AgentSettings settings = engine.settings("installation", new EngineMachine.Machine("box", new Resources(8_000, 64L << 30)), "me");
        assertThat(settings.host()).isEqualTo("h1");
        assertThat(settings.addresses()).containsExactly("10.0.0.5");
        assertThat(settings.bind()).isEqualTo("0.0.0.0");
        assertThat(settings.capacity()).isEqualTo(new Resources(8_000, 64L << 30));
    }

    @Test
    void whatIsSaidWinsOverWhatIsFound() throws Exception {
        RemoteEngine engine = engine(Map.of(
                "docker", "tcp://engine.lan:2376", "ca", "/a", "certificate", "/b", "key", "/c", "addresses", List.of("192.168.1.5"), "bind", "192.168.1.5",
                "tags", "ssd,db", "cpu", 2, "memory", "1G"));
        assertThat(engine.certificates()).contains(new Certificates(Path.of("/a"), Path.of("/b"), Path.of("/c")));
        AgentSettings settings = engine.settings("installation", new EngineMachine.Machine("box", new Resources(8_000, 64L << 30)), "me");
        assertThat(settings.addresses()).containsExactly("192.168.1.5");
        assertThat(settings.tags()).containsExactlyInAnyOrder("ssd", "db");
        assertThat(settings.capacity()).isEqualTo(new Resources(2_000, 1L << 30));
    }

    @Test
    void anIpv6AddressLosesItsBrackets() throws Exception {
        assertThat(engine(Map.of("docker", "tcp://[fd00::5]:2376")).addresses()).containsExactly("fd00::5");
    }

    @Test
    void enginesComeInTheOrderOfTheirNames() throws Exception {
        Map<String, Object> docker = Map.of("docker", "tcp://10.0.0.5:2376");
        assertThat(RemoteEngine.all(Map.of("b", docker, "a", docker))).extracting(RemoteEngine::name).containsExactly("a", "b");
    }

    @Test
    void whatIsWrongIsNamedWithWhatWasExpected() {
        assertThatThrownBy(() -> engine(Map.of())).isInstanceOf(IOException.class).hasMessage("engines.h1.docker:  (expected: tcp://host:port or unix:///path)");
        assertThatThrownBy(() -> engine(Map.of("docker", "ssh://box"))).hasMessage("engines.h1.docker: ssh://box (expected: tcp://host:port or unix:///path)");
        assertThatThrownBy(() -> engine(Map.of("docker", "tcp://10.0.0.5", "tag", "x"))).hasMessageContaining("engines.h1: tag (expected: one of docker,").hasMessageContaining("did you mean tags?");
        assertThatThrownBy(() -> engine(Map.of("docker", "tcp://10.0.0.5", "memory", "much"))).hasMessage("engines.h1.memory: much (expected: a size such as 512MiB or 2G)");
        assertThatThrownBy(() -> engine(Map.of("docker", "tcp://10.0.0.5", "ca", "/a"))).hasMessageContaining("all three, or certificates: a folder");
        assertThatThrownBy(() -> RemoteEngine.all(Map.of("h1", "tcp://10.0.0.5"))).hasMessageContaining("engines.h1: tcp://10.0.0.5 (expected: a table with at least docker");
        assertThatThrownBy(() -> RemoteEngine.all(Map.of("a/b", Map.of("docker", "tcp://10.0.0.5")))).hasMessageContaining("a host's name");
    }
}
