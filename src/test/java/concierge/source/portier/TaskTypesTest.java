package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.model.ExecutorKind;
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

/** From defaults.yaml and the environment to what is run. */
class TaskTypesTest {
    @TempDir
    Path home;

    private TaskTypes types(Map<String, String> environment) {
        Configuration configuration = configuration(environment);
        return switch (TaskTypes.read(configuration.value(Settings.TYPES), configuration.origins(Settings.TYPES))) {
            case Parsed.Good<TaskTypes>(TaskTypes types, _) -> types;
            case Parsed.Bad<TaskTypes> bad -> throw new AssertionError(bad.problems());
        };
    }

    private Configuration configuration(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>(environment);
        all.put("CONCIERGE_HOME", home.toString());
        return switch (Configuration.load(all, Map.of())) {
            case Parsed.Good<Configuration>(Configuration configuration, _) -> configuration;
            case Parsed.Bad<Configuration> bad -> throw new AssertionError(bad.problems());
        };
    }

    private void defaults(String text) throws IOException {
        Files.writeString(home.resolve("defaults.yaml"), text);
    }

    private static List<String> problems(Map<String, Object> table) {
        return switch (TaskTypes.read(table, Origin.Table.NONE)) {
            case Parsed.Good<TaskTypes> _ -> List.of();
            case Parsed.Bad<TaskTypes>(List<Problem> problems) -> problems.stream().map(Problem::toString).toList();
        };
    }

    private static String from(TaskTypes types, String type, String key) {
        return types.shown().stream().filter(value -> value.type().equals(type) && value.key().equals(key)).findFirst().orElseThrow().from();
    }

    @Test
    void theBuiltInTypesAreThere() {
        TaskTypes types = types(Map.of());
        assertThat(types.find("restream").orElseThrow().image()).contains("concierge-restream:latest");
        assertThat(types.find("clock")).isPresent();
        assertThat(types.find("none")).isEmpty();
    }

    @Test
    void aFileInTheHomeAndTheEnvironmentGoOverThemKeyByKey() throws IOException {
        defaults("types:\n  restream:\n    image: mine:1\n  probe:\n    executor: process\n    run: [probe]\n");
        TaskTypes types = types(Map.of(
                "CONCIERGE_TYPES__restream__environment__EDGES", "rtmp://a:1936/ rtmp://b:1936/",
                "CONCIERGE_TYPES__restream__mounts", "['/data:/data']",
                "CONCIERGE_TYPES__restream__network", "host",
                "CONCIERGE_TYPES__restream__resources__cpu", "0.5"));
        ServiceSpec restream = types.find("restream").orElseThrow();
        assertThat(restream.image()).contains("mine:1");
        assertThat(restream.environment()).containsEntry("EDGES", "rtmp://a:1936/ rtmp://b:1936/");
        assertThat(restream.volumes()).singleElement().satisfies(volume -> assertThat(volume.container()).isEqualTo("/data"));
        assertThat(restream.options().arguments()).contains("--network=host");
        assertThat(restream.resources().cpuMillis()).isEqualTo(500);
        assertThat(types.find("probe").orElseThrow().executors()).containsExactly(ExecutorKind.process);
    }

    @Test
    void whereEachValueCameFromIsKnown() throws IOException {
        defaults("types:\n  restream:\n    image: mine:1\n");
        TaskTypes types = types(Map.of("CONCIERGE_TYPES__restream__resources__cpu", "0.5"));
        assertThat(from(types, "restream", "image")).endsWith("defaults.yaml:3:12").startsWith(home.toString());
        assertThat(from(types, "restream", "resources.cpu")).isEqualTo("environment CONCIERGE_TYPES__restream__resources__cpu");
        assertThat(from(types, "restream", "resources.memory")).startsWith("built-in defaults.yaml:");
    }

    @Test
    void aTaskStopsWithItsHostUnlessItsTypeSaysOtherwise() {
        TaskTypes types = types(Map.of("CONCIERGE_TYPES__clock__lost", "move"));
        assertThat(types.find("restream").orElseThrow().stopsWhenLost()).isTrue();
        assertThat(types.find("clock").orElseThrow().stopsWhenLost()).isFalse();
    }

    @Test
    void aTaskGetsItsConfiguration() {
        Claim claim = new Claim("t1", "clock", "me", "{\"every\":5}", "");
        assertThat(types(Map.of()).spec(claim).orElseThrow().environment()).containsEntry("CONCIERGE_CONFIGURATION", "{\"every\":5}");
    }

    @Test
    void whatIsWrongIsToldUnderTheNameThatPeopleWrote() {
        assertThat(problems(Map.of("a", Map.of("image", "x", "imagge", "y")))).singleElement().asString().contains("types.a").contains("imagge").contains("image");
        assertThat(problems(Map.of("a", Map.of()))).singleElement().asString().contains("types.a.image: missing");
        assertThat(problems(Map.of("a", Map.of("image", "x", "scale", 3)))).singleElement().asString().contains("types.a.scale");
        assertThat(problems(Map.of("a b", Map.of("image", "x")))).singleElement().asString().contains("a b");
        assertThat(problems(Map.of("a", "x"))).singleElement().asString().contains("expected: a table");
    }

    @Test
    void tasksWithNamesThatNoServiceMayHaveGetOneThatStays() {
        assertThat(Claim.name("0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111")).isEqualTo("0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111");
        assertThat(Claim.name("a b/c")).startsWith("task-").isEqualTo(Claim.name("a b/c")).isNotEqualTo(Claim.name("a b/d"));
    }

    @Test
    void whatOlderInstallationsSetStillWorks() {
        assertThat(configuration(Map.of("PORTIER_HOST", "queue.example")).value(Settings.PORTIER_ENDPOINT)).isEqualTo("https://queue.example");
        assertThat(configuration(Map.of("PORTIER_HOST", "q:80", "PORTIER_SCHEME", "http")).value(Settings.PORTIER_ENDPOINT)).isEqualTo("http://q:80");
        Configuration named = configuration(Map.of("PORTIER_HOST", "q:80", "CONCIERGE_PORTIER_ENDPOINT", "http://portier:8080", "CONCIERGE_IDENTITY", "007"));
        assertThat(named.value(Settings.PORTIER_ENDPOINT)).isEqualTo("http://portier:8080");
        assertThat(named.value(Settings.PORTIER_IDENTITY)).isEqualTo("007");
    }

    @Test
    void aSwarmTakesTasksWhereThereIsOneUnlessTheirTypeSaysOtherwiseOrNeedsMore() {
        TaskTypes types = types(Map.of(
                "CONCIERGE_TYPES__here", "{image='a:1', executor='docker'}",
                "CONCIERGE_TYPES__camera", "{image='a:1', dockerargs=['--device=/dev/video0']}",
                "CONCIERGE_TYPES__near", "{image='a:1', dockerargs=['--constraint=node.labels.near==true']}"));
        assertThat(types.find("restream").orElseThrow().executors()).containsExactly(ExecutorKind.swarm, ExecutorKind.docker);
        assertThat(types.find("near").orElseThrow().executors()).containsExactly(ExecutorKind.swarm, ExecutorKind.docker);
        assertThat(types.find("here").orElseThrow().executors()).containsExactly(ExecutorKind.docker);
        assertThat(types.find("camera").orElseThrow().executors()).containsExactly(ExecutorKind.docker);
    }
}
