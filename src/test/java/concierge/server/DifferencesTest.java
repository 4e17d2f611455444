package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ServiceSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DifferencesTest {
    private static final ServiceSpec WEB = ServiceSpec.of("busybox:1");

    @Test
    void namesEachThingInTheFilesWords() {
        ServiceSpec after = WEB.with().image("busybox:2").user("www").command(List.of("httpd")).build();
        assertThat(Differences.between(WEB, after)).isEqualTo("image busybox:1 → busybox:2, run, user");
        assertThat(Differences.between(WEB, WEB)).isEmpty();
    }

    @Test
    void namesVariablesWithoutTheirValues() {
        ServiceSpec before = WEB.with().environment(Map.of("A", "1", "B", "1")).build();
        ServiceSpec after = WEB.with().environment(Map.of("A", "hush", "C", "hush")).build();
        assertThat(Differences.between(before, after)).isEqualTo("env A B C").doesNotContain("hush");
    }

    @Test
    void knowsEachFieldOfAService() {
        // image and environment are told apart; a new component of the record belongs into the list.
        assertThat(ServiceSpec.class.getRecordComponents()).hasSize(Differences.fields() + 2);
    }
}
