package concierge.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** That it reads what the mapper reads, and nothing else. */
class JsonTreeTest {
    private static final String SAMPLE = """
            {"instances": [{"instance": "shop/default/web/1", "n": 1, "restarts": 0, "exitCode": -137, "ports": {"80/tcp": "127.0.0.1:1"},
              "reason": "a \\"quoted\\" \\\\ line\\n \\u00e9 é \\ud83d\\ude00", "crashing": false, "ok": true, "none": null, "empty": {}, "list": []}],
             "numbers": [0, -0, 1.5, 1e3, 2E-2, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, -9223372036854775808]}
            """;

    private static Optional<String> mapped(String text) {
        try {
            return Optional.of(Json.mapper().readTree(text)).filter(node -> !node.isMissingNode()).map(JsonNode::toString);
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(String text) {
        try {
            return Optional.of(JsonTree.read(text).toString());
        } catch (MalformedJsonException _) {
            return Optional.empty();
        }
    }

    @Test
    void aDocumentIsPrintedAsTheMapperPrintsIt() {
        assertThat(JsonTree.read(SAMPLE).toString()).isEqualTo(Json.mapper().readTree(SAMPLE).toString());
        assertThat(JsonTree.read(SAMPLE).toPrettyString()).isEqualTo(Json.mapper().readTree(SAMPLE).toPrettyString());
        String controls = "\"\\u0000\\u001f\\b\\f\\r\\t\\/\"";
        assertThat(JsonTree.read(controls).toString()).isEqualTo(Json.mapper().readTree(controls).toString());
    }

    @Test
    void valuesAreFoundByNameAndWhatIsNotThereIsTheFallback() {
        JsonTree first = JsonTree.read(SAMPLE).path("instances").values().getFirst();
        assertThat(first.path("n").asInt(0)).isEqualTo(1);
        assertThat(first.path("exitCode").asLong(0)).isEqualTo(-137);
        assertThat(first.path("exitCode").asString("")).isEqualTo("-137");
        assertThat(first.path("ok").asBoolean(false)).isTrue();
        assertThat(first.path("reason").asString("")).startsWith("a \"quoted\" \\ line\n é é");
        assertThat(first.path("ports").properties()).extracting(java.util.Map.Entry::getKey).containsExactly("80/tcp");
        assertThat(first.path("none").asString("nothing")).isEqualTo("nothing");
        assertThat(first.has("none")).isTrue();
        JsonTree absent = first.path("absent").path("more");
        assertThat(absent.isMissing()).isTrue();
        assertThat(absent.asInt(7)).isEqualTo(7);
        assertThat(absent.values()).isEmpty();
    }

    @Test
    void aListIsCutDownAndTheOriginalStays() {
        JsonTree all = JsonTree.read("{\"a\":[1,2,3],\"b\":0}");
        assertThat(all.only("a", it -> it.asInt(0) != 2).only("c", _ -> true).toString()).isEqualTo("{\"a\":[1,3],\"b\":0,\"c\":[]}");
        assertThat(all.path("a").size()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[1 2]", "01", "-", "1.", ".5", "1e", "+1", "tru", "truer", "nul", "\"a", "\"\\x\"",
        "\"\\u12g4\"", "\"a\tb\"", "[] []", "1 2", "NaN", "'a'", "// c\n1", "1a", "1.2.3", "\u0000"})
    void whatIsNoJsonIsRefusedAsTheMapperRefusesIt(String text) {
        assertThat(mapped(text)).isEmpty();
        assertThat(read(text)).isEmpty();
    }

    @Test
    void aRefusalSaysWhereAndWhatWasExpected() {
        assertThatThrownBy(() -> JsonTree.read("{\"a\": [1 2]}")).hasMessageContaining("JSON, character 10: '2' (expected: a comma or ])");
    }

    @Test
    void changedDocumentsAreReadOrRefusedAsTheMapperDoes() {
        Random random = new Random(1);
        String alphabet = "{}[]\",:0123456789.eE+-\\utfnl aé\n";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(SAMPLE);
            for (int edits = 1 + random.nextInt(2); edits > 0; edits--) {
                int place = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(place);
                    case 1 -> text.insert(place, alphabet.charAt(random.nextInt(alphabet.length())));
                    default -> text.setCharAt(place, alphabet.charAt(random.nextInt(alphabet.length())));
                }
            }
            assertThat(read(text.toString())).as(text.toString()).isEqualTo(mapped(text.toString()));
        }
    }

    @Test
    void aDocumentTooDeepIsRefusedAndNoOverflow() {
        assertThat(read("[".repeat(100_000))).isEmpty();
        assertThat(read("[".repeat(400) + "]".repeat(400))).isPresent();
    }
}
