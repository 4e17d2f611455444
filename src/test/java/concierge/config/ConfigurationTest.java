package concierge.config;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Location;
import concierge.model.Parsed;
import concierge.model.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
    private static final Setting<Map<String, Object>> TYPES = new Setting<>("types", Kind.TABLE,
            Map.of("restream", Map.of("image", "restream:1", "mounts", List.of("/a"), "limits", Map.of("cpu", 1L))), "task types");
    private static final Setting<String> PASSWORD = new Setting<>("registry.password", Kind.TEXT, "", "", true);

    @TempDir
    Path home;

    @Test
    void withoutAnythingEverySettingHasItsDefault() {
        Configuration configuration = good(Map.of(), Map.of());
        assertThat(configuration.value(Settings.API_PORT)).isEqualTo(8791);
        assertThat(configuration.value(Settings.EXECUTORS)).containsExactly("docker", "swarm", "process");
        assertThat(configuration.source(Settings.API_PORT)).isEqualTo(Source.DEFAULT);
        assertThat(configuration.home().path()).isEqualTo(home);
    }

    @Test
    void optionWinsOverEnvironmentOverFile() throws IOException {
        write("api:\n  port: 1\n  host: file\nbind: file\n");
        Configuration configuration =
                good(Map.of("CONCIERGE_API__PORT", "2", "CONCIERGE_API__HOST", "env"), Map.of("api.port", "3"));
        assertThat(configuration.value(Settings.API_PORT)).isEqualTo(3);
        assertThat(configuration.value(Settings.API_HOST)).isEqualTo("env");
        assertThat(configuration.value(Settings.BIND)).isEqualTo("file");
        assertThat(configuration.source(Settings.API_PORT)).hasToString("option --set api.port");
        assertThat(configuration.source(Settings.API_HOST)).hasToString("environment CONCIERGE_API__HOST");
        assertThat(configuration.source(Settings.BIND)).hasToString(home + "/config.yml:4:7");
    }

    @Test
    void namesOfHostsAreRefusedThatCannotBePartsOfKeys() {
        for (String name : List.of("a/b", "fi ve", "é", "..")) {
            assertThat(bad(Map.of(), Map.of("host.name", name))).singleElement().extracting(Problem::message).asString()
                    .startsWith("host.name: " + name).endsWith("(expected: 1 to 63 letters, digits, _ . or -)");
            assertThat(bad(Map.of(), Map.of("swarm.name", name))).hasSize(1);
        }
        assertThat(bad(Map.of(), Map.of("engines", "@json {\"a/b\": {\"docker\": \"tcp://h:1\"}}"))).singleElement().extracting(Problem::message).asString().contains("1 to 63 letters");
        assertThat(good(Map.of(), Map.of("host.name", "12")).value(Settings.HOST_NAME)).isEqualTo("12");
    }

    @Test
    void aListWithoutQuotesIsRefusedWithTheTwoWaysToWriteIt() {
        assertThat(bad(Map.of(), Map.of("executors", "[process]"))).singleElement().extracting(Problem::message).asString()
                .contains("executors: [process]").contains("a,b or [\"a\", \"b\"] with quotes");
    }

    @Test
    void everyUnknownKeyIsNamedAtOnceWithTheNearest() throws IOException {
        write("api:\n  prot: 1\nrooter:\n  port: 2\n");
        List<Problem> problems = bad(Map.of("CONCIERGE_API_PORT", "1"), Map.of("host.tag", "db"));
        assertThat(problems).extracting(Problem::message).containsExactly(
                "api.prot: no such setting", "rooter: no such setting",
                "CONCIERGE_API_PORT: no such setting", "host.tag: no such setting");
        assertThat(problems).extracting(Problem::hint).contains(
                "did you mean api.port?", "did you mean CONCIERGE_API__PORT?", "did you mean host.tags?");
        assertThat(problems.getFirst().location()).contains(new Location(home + "/config.yml", 2, 3));
    }

    @Test
    void valuesThatDoNotFitSayWhatWasExpected() throws IOException {
        write("api:\n  port: many\nbind: [a]\nlog: loud\n");
        assertThat(bad(Map.of("CONCIERGE_ROUTER__PORT", "70000", "CONCIERGE_LOG__LEVEL", "loud"), Map.of("host.cpu", "@int x")))
                .extracting(Problem::message)
                .containsExactlyInAnyOrder(
                        "api.port: many (expected: a port, 0 to 65535; 0 takes a free one)",
                        "bind: [a] (expected: a text)",
                        "log: a value (expected: a table)",
                        "router.port: 70000 (environment CONCIERGE_ROUTER__PORT) (expected: a port, 0 to 65535; 0 takes a free one)",
                        "log.level: loud (environment CONCIERGE_LOG__LEVEL) (expected: one of error, warn, info, debug, trace)",
                        "option --set host.cpu: @int x (expected: a whole number after @int)");
    }

    @Test
    void aKeyGivenTwiceAndBrokenYamlAreRefusedWithTheirPlace() throws IOException {
        write("bind: a\nbind: b\n");
        assertThat(bad(Map.of(), Map.of())).singleElement().hasToString(
                home + "/config.yml:2:1: bind: given twice, first in line 1");
        write("bind: [a\n");
        assertThat(bad(Map.of(), Map.of())).singleElement().satisfies(problem -> {
            assertThat(problem.message()).startsWith("no YAML: ");
            assertThat(problem.location()).isPresent();
        });
        write("- a\n");
        assertThat(bad(Map.of(), Map.of())).singleElement().asString().contains("a list (expected: a table of settings)");
    }

    @Test
    void theHomeCannotStandInTheFileWithinIt() throws IOException {
        write("home: /tmp\n");
        assertThat(bad(Map.of(), Map.of())).singleElement().asString().contains("set CONCIERGE_HOME instead");
    }

    @Test
    void anEmptyOrCommentedFileIsNoFile() throws IOException {
        write("# nothing yet\n");
        assertThat(good(Map.of(), Map.of()).value(Settings.API_PORT)).isEqualTo(8791);
    }

    @Test
    void variablesOfWorkersAndLaunchersAreLeftAlone() {
        good(Map.of("CONCIERGE_IDENTITY", "12345", "CONCIERGE_PORTIER_ENDPOINT", "http://x", "CONCIERGE_CONFIGURATION", "{}",
                "CONCIERGE_NO_BUILD", "1", "OTHER", "x"), Map.of());
    }

    @Test
    void aTextKeepsTheWayItWasWritten() {
        assertThat(good(Map.of("CONCIERGE_HOST__NAME", "007"), Map.of()).value(Settings.HOST_NAME)).isEqualTo("007");
        assertThat(good(Map.of("CONCIERGE_HOST__NAME", "\"a.b\""), Map.of()).value(Settings.HOST_NAME)).isEqualTo("a.b");
        assertThat(good(Map.of("CONCIERGE_HOST__NAME", "@str true"), Map.of()).value(Settings.HOST_NAME)).isEqualTo("true");
    }

    @Test
    void listsAreReadFromTomlFromCommasAndMerged() {
        assertThat(good(Map.of("CONCIERGE_HOST__TAGS", "['db', 'ssd']"), Map.of()).value(Settings.HOST_TAGS)).containsExactly("db", "ssd");
        assertThat(good(Map.of("CONCIERGE_HOST__TAGS", "db, ssd"), Map.of()).value(Settings.HOST_TAGS)).containsExactly("db", "ssd");
        assertThat(good(Map.of("CONCIERGE_HOST__TAGS", "db"), Map.of("host.tags", "@merge ssd,gpu")).value(Settings.HOST_TAGS))
                .containsExactly("db", "ssd", "gpu");
        assertThat(good(Map.of("CONCIERGE_EXECUTORS", "['dynaconf_merge', 'lxd']"), Map.of()).value(Settings.EXECUTORS))
                .containsExactly("docker", "swarm", "process", "lxd");
    }

    @Test
    void sizesAndCoresAreReadAsPeopleWriteThem() {
        Configuration configuration = good(Map.of("CONCIERGE_HOST__MEMORY", "1.5", "CONCIERGE_HOST__CPU", "500m"), Map.of("host.memory", "2GiB"));
        assertThat(configuration.value(Settings.HOST_MEMORY)).isEqualTo(2L << 30);
        assertThat(configuration.value(Settings.HOST_CPU)).isEqualTo(0.5);
        assertThat(good(Map.of(), Map.of("host.memory", "1MB")).value(Settings.HOST_MEMORY)).isEqualTo(1_000_000L);
    }

    @Test
    void aGroupCanBeSetByOneTable() {
        Configuration configuration = good(Map.of("CONCIERGE_API", "{port = 5, host = \"::1\"}"), Map.of());
        assertThat(configuration.value(Settings.API_PORT)).isEqualTo(5);
        assertThat(configuration.value(Settings.API_HOST)).isEqualTo("::1");
    }

    @Test
    void aTableTakesNestedVariablesOfAnyDepth() {
        Map<String, Object> types = types(Map.of(
                "CONCIERGE_TYPES__restream__image", "restream:2",
                "CONCIERGE_TYPES__RESTREAM__limits__memory", "64",
                "CONCIERGE_TYPES__probe", "{image = 'probe'}"));
        assertThat(types).containsEntry("probe", Map.of("image", "probe"));
        assertThat(types).containsEntry("restream",
                Map.of("image", "restream:2", "mounts", List.of("/a"), "limits", Map.of("cpu", 1L, "memory", 64L)));
    }

    @Test
    void aTableReplacesOrMerges() {
        assertThat(types(Map.of("CONCIERGE_TYPES", "{a = {image = 'x'}}"))).isEqualTo(Map.of("a", Map.of("image", "x")));
        assertThat(types(Map.of("CONCIERGE_TYPES", "{a = {image = 'x'}, dynaconf_merge = true}"))).containsOnlyKeys("a", "restream");
        assertThat(types(Map.of("CONCIERGE_TYPES", "@merge {restream = {image = 'y'}}")).get("restream"))
                .isEqualTo(Map.of("image", "y", "mounts", List.of("/a"), "limits", Map.of("cpu", 1L)));
        assertThat(types(Map.of("CONCIERGE_TYPES__restream__mounts", "@merge /b,/c")).get("restream")).asString().contains("[/a, /b, /c]");
        assertThat(types(Map.of("CONCIERGE_TYPES__restream__limits", "@merge cpu=2")).get("restream")).asString().contains("{cpu=2}");
    }

    @Test
    void secretsAreShownAsStars() {
        Parsed<Configuration> parsed = Configuration.load(List.of(Settings.HOME, PASSWORD),
                Map.of("CONCIERGE_HOME", home.toString(), "CONCIERGE_REGISTRY__PASSWORD", "hunter2"), Map.of());
        Configuration configuration = ((Parsed.Good<Configuration>) parsed).value();
        assertThat(configuration.show().toString()).contains("***").doesNotContain("hunter2");
        assertThat(configuration.value(PASSWORD)).isEqualTo("hunter2");
    }

    @Test
    void everyDefaultIsOfItsOwnKind() {
        for (Setting<?> setting : Settings.ALL) assertThat(fits(setting)).as(setting.key()).isTrue();
        assertThat(good(Map.of(), Map.of()).show()).hasSameSizeAs(Settings.ALL);
    }

    @Test
    void whatIsShownCanBeWrittenIntoAFile() {
        assertThat(good(Map.of("CONCIERGE_LOSS__LEASE", "20s"), Map.of()).show()).filteredOn(shown -> shown.key().equals("loss.lease"))
                .singleElement().satisfies(shown -> assertThat(List.of(shown.value(), shown.fallback())).containsExactly("20s", "4s"));
        for (Setting<?> setting : Settings.ALL) assertThat(comesBack(setting)).as(setting.key()).isTrue();
    }

    private static <T> boolean comesBack(Setting<T> setting) {
        return setting.kind().reader().apply(setting.kind().writer().apply(setting.fallback())).filter(setting.fallback()::equals).isPresent();
    }

    private static <T> boolean fits(Setting<T> setting) {
        return setting.kind().reader().apply(setting.fallback()).filter(setting.fallback()::equals).isPresent();
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> types(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("CONCIERGE_HOME", home.toString());
        Parsed<Configuration> parsed = Configuration.load(List.of(Settings.HOME, TYPES), all, Map.of());
        return ((Parsed.Good<Configuration>) parsed).value().value(TYPES);
    }

    private Configuration good(Map<String, String> environment, Map<String, String> options) {
        Parsed<Configuration> parsed = load(environment, options);
        if (parsed instanceof Parsed.Good<Configuration> good) return good.value();
        throw new AssertionError(parsed);
    }

    private List<Problem> bad(Map<String, String> environment, Map<String, String> options) {
        return ((Parsed.Bad<Configuration>) load(environment, options)).problems();
    }

    private Parsed<Configuration> load(Map<String, String> environment, Map<String, String> options) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("CONCIERGE_HOME", home.toString());
        return Configuration.load(all, options);
    }

    private void write(String text) throws IOException {
        Files.writeString(home.resolve("config.yml"), text);
    }
}
