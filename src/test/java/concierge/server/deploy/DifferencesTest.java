package concierge.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Digest;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    void namesSecretsThatChangedAmongThoseThatDidNot() {
        SecretFile same = new SecretFile("same", "same", Optional.empty(), Optional.of(Digest.of("1")));
        SecretFile old = new SecretFile("db", "db", Optional.empty(), Optional.of(Digest.of("2")));
        ServiceSpec before = WEB.with().secrets(List.of(same, old)).build();
        ServiceSpec after = WEB.with().secrets(List.of(same, old.at(Digest.of("3")))).build();
        assertThat(Differences.between(before, after)).isEqualTo("secrets db");
    }

    @Test
    void knowsEachFieldOfAService() {
        // image, environment and secrets are told apart; a new component of the record belongs into the list.
        assertThat(ServiceSpec.class.getRecordComponents()).hasSize(Differences.fields() + 3);
    }
}
