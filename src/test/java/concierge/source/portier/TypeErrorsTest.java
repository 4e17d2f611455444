package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a type is told where it was written, in the words that it was written in. */
class TypeErrorsTest {
    @TempDir
    Path home;

    /** What people are told; a file of the home is named without it. */
    private List<String> problems(String defaults, Map<String, String> environment) throws IOException {
        return problems(read(defaults, environment)).stream().map(problem -> problem.toString().replace(home + "/", "")).toList();
    }

    private Parsed<?> read(String defaults, Map<String, String> environment) throws IOException {
        Files.writeString(home.resolve("defaults.yaml"), defaults);
        Map<String, String> all = new LinkedHashMap<>(environment);
        all.put("CONCIERGE_HOME", home.toString());
        return switch (Configuration.load(all, Map.of())) {
            case Parsed.Bad<Configuration> bad -> bad;
            case Parsed.Good<Configuration>(Configuration configuration, _) -> TaskTypes.read(configuration.value(Settings.TYPES), configuration.origins(Settings.TYPES));
        };
    }

    private static List<Problem> problems(Parsed<?> parsed) {
        return parsed instanceof Parsed.Bad<?>(List<Problem> problems) ? problems : List.of();
    }

    private TaskTypes types(String defaults, Map<String, String> environment) throws IOException {
        return read(defaults, environment) instanceof Parsed.Good<?> good && good.value() instanceof TaskTypes types ? types : org.assertj.core.api.Assertions.fail("not read: " + problems(defaults, environment));
    }

    @Test
    void aValueIsToldWithItsPlaceAndItsWord() throws IOException {
        assertThat(problems("types:\n  restream:\n    environment:\n      EDGES: [a, b]\n", Map.of()))
                .containsExactly("defaults.yaml:4:14: types.restream.environment.EDGES: a list (expected: a text)");
        assertThat(problems("types:\n  restream:\n    resources: {cpu: much}\n", Map.of())).singleElement().asString().startsWith("defaults.yaml:3:22: types.restream.resources.cpu: much (expected: ");
        assertThat(problems("types:\n  probe:\n    image: a:1\n    mounts: ['/a:/b', 'data']\n", Map.of()))
                .containsExactly("defaults.yaml:4:13: types.probe.mounts[1]: data (expected: /path/inside or /on/host:/path/inside)");
    }

    @Test
    void aKeyIsToldWithItsPlaceAndWhatATypeCanHave() throws IOException {
        assertThat(problems("types:\n  probe:\n    imagge: a:1\n", Map.of())).satisfiesExactlyInAnyOrder(
                text -> assertThat(text).startsWith("defaults.yaml:3:5: types.probe: unknown key imagge (expected: image, command, environment, mounts, network").endsWith("did you mean image?"),
                text -> assertThat(text).startsWith("defaults.yaml:2:3: types.probe.image: missing (expected: an image)"));
        assertThat(problems("types:\n  probe:\n    image: a:1\n    scale: 3\n", Map.of()))
                .singleElement().asString().startsWith("defaults.yaml:4:5: types.probe.scale: not here (expected: image, ").endsWith("how many tasks there are is the queue's to say");
        assertThat(problems("types:\n  probe:\n    image: a:1\n    replicas: 3\n    statik: true\n", Map.of())).allSatisfy(text -> assertThat(text).doesNotContain("scale").doesNotContain("static"));
    }

    @Test
    void aVariableIsNamed() throws IOException {
        assertThat(problems("", Map.of("CONCIERGE_TYPES__restream__imagge", "a:1")))
                .singleElement().asString().startsWith("environment CONCIERGE_TYPES__restream__imagge: types.restream: unknown key imagge");
        assertThat(problems("types:\n  probe:\n    image: a:1\n", Map.of("CONCIERGE_TYPES__probe__executor", "dokcer")))
                .singleElement().asString().startsWith("environment CONCIERGE_TYPES__probe__executor: types.probe.executor: ").contains("dokcer");
        assertThat(problems("", Map.of("CONCIERGE_TYPES__probe__stop_grace", "2s"))).singleElement().asString()
                .startsWith("environment CONCIERGE_TYPES__probe__stop_grace: types.probe.image: missing");
    }

    @Test
    void whatIsNoDefinitionIsToldWithItsPlace() throws IOException {
        assertThat(problems("types:\n  'a b':\n    image: a:1\n  c: x\n", Map.of())).satisfiesExactlyInAnyOrder(
                text -> assertThat(text).startsWith("defaults.yaml:2:3: types: a b as a type (expected: 1 to 63 letters"),
                text -> assertThat(text).startsWith("defaults.yaml:4:6: types.c: x (expected: a table"));
        assertThat(problems("types:\n  a:\n    image: viking:shop/web\n  b:\n    image: a:1\n    link: mongo\n", Map.of())).satisfiesExactlyInAnyOrder(
                text -> assertThat(text).startsWith("defaults.yaml:3:12: types.a.image: viking:shop/web (expected: an image of a registry"),
                text -> assertThat(text).startsWith("defaults.yaml:6:11: types.b.link: mongo (expected: a service of a stack, as shop/mongo)"));
    }

    @Test
    void whatIsGivenTwiceIsRefused() throws IOException {
        assertThat(problems("types:\n  probe:\n    image: a:1\n    image: a:2\n", Map.of())).containsExactly("defaults.yaml:4:5: types.probe.image: given twice, first in line 3");
        assertThat(problems("types:\n  probe:\n    image: a:1\n  probe:\n    image: a:2\n", Map.of())).containsExactly("defaults.yaml:4:3: types.probe: given twice, first in line 2");
        assertThat(problems("types:\n  probe:\n    image: a:1\n    env: {A: x}\n    environment: {B: y}\n", Map.of()))
                .singleElement().asString().startsWith("defaults.yaml:5:5: types.probe.environment: means the same as env");
        assertThat(problems("types:\n  probe:\n    image: a:1\n    network: host\n    dockerargs: [--network=none]\n", Map.of()))
                .singleElement().asString().startsWith("defaults.yaml:4:5: types.probe.network: means the same as --network in dockerargs");
    }

    @Test
    void envGoesIntoTheEnvironmentThatIsBuiltIn() throws IOException {
        TaskTypes types = types("types:\n  restream:\n    env: {STALL: '30'}\n    run: [sh, -c, x]\n", Map.of("CONCIERGE_TYPES__restream__environment__MORE", "1", "CONCIERGE_TYPES__restream__command", "['y']"));
        ServiceSpec restream = types.find("restream").orElseThrow();
        assertThat(restream.environment()).containsEntry("STALL", "30").containsEntry("MORE", "1").containsEntry("EDGES", "rtmp://localhost:1935/");
        assertThat(restream.command()).containsExactly("y");
        List<Origin.Shown> shown = types.shown().stream().filter(value -> value.type().equals("restream") && value.key().startsWith("env")).toList();
        assertThat(shown).extracting(Origin.Shown::key).containsExactly("environment.EDGES", "environment.MORE", "environment.STALL");
        assertThat(shown).extracting(value -> value.from().replace(home + "/", "")).satisfiesExactly(
                from -> assertThat(from).startsWith("built-in defaults.yaml:"), from -> assertThat(from).isEqualTo("environment CONCIERGE_TYPES__restream__environment__MORE"),
                from -> assertThat(from).isEqualTo("defaults.yaml:3:18"));
    }
}
