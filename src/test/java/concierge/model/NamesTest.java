package concierge.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {
    @Test
    void stacksAreWordCharactersAndPartsMayHaveDotsAndDashes() {
        for (String good : List.of("a", "Z9_", "x".repeat(63))) {
            assertThat(Names.isStack(good)).as(good).isTrue();
            assertThat(Names.isPart(good)).as(good).isTrue();
        }
        for (String part : List.of("v1.2-rc_3", "...", "-")) {
            assertThat(Names.isPart(part)).as(part).isTrue();
            assertThat(Names.isStack(part)).as(part).isFalse();
        }
        for (String bad : List.of("", ".", "..", "a/b", "a b", "ä", "x".repeat(64), "a\n", "٣")) {
            assertThat(Names.isPart(bad)).as(bad).isFalse();
            assertThat(Names.isStack(bad)).as(bad).isFalse();
        }
    }

    @Test
    void idsAndDigestsAreReadStrictly() {
        assertThat(InstanceId.parse("shop/default/web/123456789").n()).isEqualTo(123456789);
        for (String bad : List.of("", "/1", "a/b/c", "a/b/c/", "a/b/c/0", "a/b/c/01", "a/b/c/-1", "a/b/c/1234567890", "a/b/c/1x", "a/b/1", "a/b/c/d/1")) {
            assertThatThrownBy(() -> InstanceId.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new Digest("0123456789abcdef".repeat(4)).shortHex()).isEqualTo("0123456789ab");
        for (String bad : List.of("", "0".repeat(63), "0".repeat(65), "A" + "0".repeat(63), "g" + "0".repeat(63))) {
            assertThatThrownBy(() -> new Digest(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
