package concierge.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecretTest {
    private static final Secret SECRET = Secret.of("hush");

    private record Holder(Secret secret, Map<String, Secret> all) {}

    @Test
    void printsAsStarsAlsoInsideOfOthers() {
        assertThat(SECRET).hasToString("***");
        assertThat(new Holder(SECRET, Map.of("a", SECRET)).toString()).doesNotContain("hush").contains("***");
    }

    @Test
    void nobodyChangesItThroughTheBytes() {
        byte[] bytes = "hush".getBytes(StandardCharsets.UTF_8);
        Secret secret = Secret.of(bytes);
        bytes[0] = 'X';
        secret.reveal()[1] = 'X';
        assertThat(new String(secret.reveal(), StandardCharsets.UTF_8)).isEqualTo("hush");
        assertThat(secret).isEqualTo(SECRET).hasSameHashCodeAs(SECRET).isNotEqualTo(Secret.of("hus"));
    }

    @Test
    void aFileOfASecretIsOnlyEverReadable() {
        assertThatThrownBy(() -> new SecretFile("a", "a", Optional.of(0600), Optional.empty())).hasMessage("mode: 0600 (expected: read bits alone, as 0400)");
        assertThatThrownBy(() -> new SecretFile("a", "../a", Optional.empty(), Optional.empty())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRecordKeepsTheLastFewValuesEachOnce() {
        SecretRecord record = new SecretRecord(List.of(version(0)));
        for (int i = 1; i < 8; i++) record = record.with(version(i));
        assertThat(record.versions()).containsExactly(version(7), version(6), version(5), version(4), version(3));
        record = record.with(version(5));
        assertThat(record.versions()).containsExactly(version(5), version(7), version(6), version(4), version(3));
        assertThat(record.version(Digest.of("6"))).contains(version(6));
        assertThat(record.version(Digest.of("0"))).isEmpty();
    }

    private static SecretRecord.Version version(int i) {
        return new SecretRecord.Version(Digest.of(Integer.toString(i)), i, "key", "sealed");
    }
}
