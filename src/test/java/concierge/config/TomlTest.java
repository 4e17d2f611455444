package concierge.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TomlTest {
    @Test
    void scalarsAreRead() {
        assertThat(Toml.read("42")).isEqualTo(42L);
        assertThat(Toml.read("-1_000")).isEqualTo(-1000L);
        assertThat(Toml.read("0xff")).isEqualTo(255L);
        assertThat(Toml.read("0b101")).isEqualTo(5L);
        assertThat(Toml.read("1.5e3")).isEqualTo(1500.0);
        assertThat(Toml.read("-inf")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Toml.read(" true ")).isEqualTo(true);
        assertThat(Toml.read("\"a\\n\\u00e9\\\"\"")).isEqualTo("a\né\"");
        assertThat(Toml.read("'a\\n'")).isEqualTo("a\\n");
    }

    @Test
    void listsAndTablesNest() {
        assertThat(Toml.read("[1, [2, 3,], {a = 1}]")).isEqualTo(List.of(1L, List.of(2L, 3L), Map.of("a", 1L)));
        assertThat(Toml.read("{a.b = 1, \"c d\" = [], a.c = {}}"))
                .isEqualTo(Map.of("a", Map.of("b", 1L, "c", Map.of()), "c d", List.of()));
        assertThat(Toml.read("[]")).isEqualTo(List.of());
        assertThat(Toml.pairs("a=1, b.c='x'")).isEqualTo(Map.of("a", 1L, "b", Map.of("c", "x")));
    }

    @Test
    void whatIsNoTomlIsNothing() {
        for (String text : List.of("", "abc", "/a/b", "1.2.3", "[1", "[1 2]", "{a}", "{a=1", "{a=1,a=2}", "\"a", "'a", "007",
                "1 2", "99999999999999999999", "\"\\q\"", "\"\\u12\"", "[,]", "\"\\UFFFFFFFF\"", "[".repeat(10_000))) {
            assertThat(Toml.read(text)).as(text).isNull();
        }
        assertThat(Toml.pairs("a,b")).isNull();
        assertThat(Toml.pairs("")).isNull();
    }
}
