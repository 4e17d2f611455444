package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineTest {
    @ParameterizedTest
    @CsvSource({"node-1.example.org, node-1.example.org", "'Büro PC', b-ro-pc", "'', localhost", "., localhost"})
    void hostNamesTakeTheFormThatTheNetworkAllows(String name, String expected) {
        assertThat(Machine.hostName(name)).isEqualTo(expected);
    }

    @Test
    void portsAreReachedWhereTheyArePublished() throws IOException {
        assertThat(Machine.addresses("127.0.0.2", List.of())).containsExactly("127.0.0.2");
        assertThat(Machine.addresses("127.0.0.2", List.of("127.0.0.2"))).containsExactly("127.0.0.2");
        assertThat(Machine.addresses("0.0.0.0", List.of("192.0.2.7"))).containsExactly("192.0.2.7");
        assertThat(Machine.addresses("0.0.0.0", List.of())).isNotEmpty();
        assertThatThrownBy(() -> Machine.addresses("127.0.0.1", List.of("192.0.2.7"))).hasMessageContaining("host.addresses: 192.0.2.7").hasMessageContaining("set bind");
    }

    @Test
    void anAgentIsTheSameInTheSameHomeOnly(@TempDir Path home, @TempDir Path other) throws IOException {
        assertThat(AgentIdentity.of(home)).isEqualTo(AgentIdentity.of(home)).isNotEqualTo(AgentIdentity.of(other));
    }

    @Test
    void memoryIsReadInBytes() {
        assertThat(Machine.memoryBytes("MemFree: 1 kB\nMemTotal:       16384 kB\n")).isEqualTo(16384L * 1024);
        assertThat(Machine.memoryBytes("")).isZero();
    }

    @Test
    void thisMachineHasANameAndProcessors() {
        assertThat(Names.isPart(Machine.name())).isTrue();
        assertThat(Machine.capacity().cpuMillis()).isGreaterThanOrEqualTo(1_000);
    }
}
