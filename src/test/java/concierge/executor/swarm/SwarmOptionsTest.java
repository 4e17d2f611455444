package concierge.executor.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.model.EngineOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Docker's options in Swarm's terms. */
class SwarmOptionsTest {
    private static SwarmOptions options(String... arguments) {
        return SwarmOptions.of(new EngineOptions(List.of(arguments)));
    }

    @Test
    void optionsHaveSwarmsNames() {
        SwarmOptions options = options(
                "--cap-add=NET_ADMIN", "--init", "--read-only", "--dns=1.1.1.1", "--add-host=db:10.0.0.9", "--tmpfs=/run", "--pids-limit=50",
                "--memory-reservation=64m", "--label=a=b", "--log-driver=local", "--hostname=h");
        assertThat(options.container()).containsEntry("CapabilityAdd", List.of("NET_ADMIN")).containsEntry("Init", true).containsEntry("ReadOnly", true)
                .containsEntry("DNSConfig", Map.of("Nameservers", List.of("1.1.1.1"))).containsEntry("Hosts", List.of("10.0.0.9 db"))
                .containsEntry("Hostname", "h");
        assertThat(options.mounts()).containsExactly(Map.of("Type", "tmpfs", "Target", "/run"));
        assertThat(options.limits()).isEqualTo(Map.of("Pids", 50L));
        assertThat(options.reservations()).isEqualTo(Map.of("MemoryBytes", 64L << 20));
        assertThat(options.labels()).isEqualTo(Map.of("a", "b"));
        assertThat(options.logging()).contains(Map.of("Name", "local", "Options", Map.of()));
    }

    @Test
    void constraintsAreSwarmsOwn() {
        assertThat(options("--constraint=node.labels.disk==ssd", "--constraint=node.role!=manager").constraints())
                .containsExactly("node.labels.disk==ssd", "node.role!=manager");
    }

    @Test
    void whatSwarmHasNoWordForIsRefused() {
        assertThatThrownBy(() -> options("--privileged")).isInstanceOf(ExecutorException.class)
                .hasMessageStartingWith("dockerargs: --privileged (expected: one of those that Swarm has, --add-host, ");
    }
}
