package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineTest {
    @ParameterizedTest
    @CsvSource({"node-1.example.org, node-1.example.org", "'Büro PC', b-ro-pc", "'', localhost", "., localhost"})
    void hostNamesTakeTheFormThatTheNetworkAllows(String name, String expected) {
        assertThat(Machine.hostName(name)).isEqualTo(expected);
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
