package concierge.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HomeTest {
    @Test
    void theHomeIsUnderTheUsersUnlessSaidOtherwise() {
        Path user = Path.of(System.getProperty("user.home"));
        assertThat(Home.of(Map.of()).path()).isEqualTo(user.resolve(".concierge"));
        assertThat(Home.of(Map.of("CONCIERGE_HOME", "")).path()).isEqualTo(user.resolve(".concierge"));
        assertThat(Home.of(Map.of("CONCIERGE_HOME", "~/x")).path()).isEqualTo(user.resolve("x"));
        assertThat(Home.of(Map.of("CONCIERGE_HOME", "/var/lib/concierge")).token()).isEqualTo(Path.of("/var/lib/concierge/token"));
    }

    @Test
    void aRelativeHomeIsTakenFromHere() {
        assertThat(Home.of(Map.of("CONCIERGE_HOME", "here")).path()).isEqualTo(Path.of("here").toAbsolutePath());
    }
}
