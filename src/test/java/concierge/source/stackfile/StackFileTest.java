package concierge.source.stackfile;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.Health;
import concierge.model.ImageName;
import concierge.model.Link;
import concierge.model.Parsed;
import concierge.model.Port;
import concierge.model.Problem;
import concierge.model.Resources;
import concierge.model.Restart;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import concierge.model.Volume;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StackFileTest {
    @Test
    void readsTheExampleOfTheContract() throws Exception {
        StackFile file = good(resource("ragnar.yml"));

        assertThat(file.name()).isEqualTo("ragnar");
        assertThat(file.comment()).isEqualTo("Ragnarr Hamster Loðbrók");
        assertThat(file.builds()).extracting(build -> build.name().image()).containsExactly("src", "inherit");
        assertThat(file.services()).extracting(StackService::name).containsExactly("db", "logic", "website", "help", "mongo", "redis");
        assertThat(file.sites()).containsExactly("./help/www");
        ServiceSpec db = draft(file, "db");
        assertThat(db.command()).containsExactly("mon", "node", "index.js", "--volume=/data/db");
        assertThat(db.pinned()).isTrue();
        assertThat(draft(file, "mongo").shared()).isTrue();
        assertThat(service(file, "website").scale()).isEqualTo(3);
    }

    @Test
    void readsEveryKeyInEveryForm() throws Exception {
        StackFile file = good(resource("everything.yml"));

        assertThat(file.require()).containsExactly("infra", "other");
        assertThat(file.builds()).extracting(build -> build.name().image()).containsExactly("base", "app");
        ServiceSpec web = draft(file, "web");
        assertThat(web.command()).containsExactly("sh", "-c", "echo \"a b\" c", "d e");
        assertThat(web.ports()).containsExactly(Port.tcp(80), Port.tcp(81), new Port(53, Port.Protocol.udp, Optional.empty()), new Port(8081, Port.Protocol.tcp, Optional.of(8080)));
        assertThat(web.filters()).containsExactly(new Filter("db", false), new Filter("ssd", true), new Filter("gpu", true));
        assertThat(web.links()).containsExactly(new Link(Optional.empty(), "mongo"), new Link(Optional.of("other"), "redis"), new Link(Optional.empty(), "cache"));
        assertThat(web.environment()).containsEntry("PORT", "8080").containsEntry("FLAG", "true").containsEntry("EMPTY", "").containsEntry("SECRET", "_infra:TOKEN");
        assertThat(web.options().arguments()).containsExactly("--cap-add=NET_ADMIN", "--sysctl=net.core.somaxconn=100", "--init");
        assertThat(web.domains()).containsExactly("shop.example", "*.shop.example");
        assertThat(web.health()).isEqualTo(new Health(Health.Kind.http, Optional.of(80), "/healthz", List.of(), Duration.ofMillis(500), Duration.ofSeconds(2), 5, Duration.ofSeconds(90)));
        assertThat(web.resources()).isEqualTo(new Resources(500, 256L << 20));
        assertThat(web.restart()).isEqualTo(new Restart(Restart.Policy.onFailure, Duration.ofSeconds(1), Duration.ofMinutes(2)));
        assertThat(web.update()).isEqualTo(new Update(Update.Order.startFirst, 2, Duration.ofSeconds(5), Duration.ofSeconds(10), Update.OnFailure.rollback));
        assertThat(web.user()).contains("1000");
        assertThat(web.stopGrace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(web.entrypoint()).containsExactly("/bin/tini", "--");
        assertThat(web.labels()).containsEntry("team", "web");
        assertThat(web.uniqueHost()).isTrue();
        assertThat(web.stopsWhenLost()).isTrue();
        assertThat(web.secrets()).containsExactly(
                new SecretFile("db_password", "db_password", Optional.empty(), Optional.empty()),
                new SecretFile("tls.key", "key.pem", Optional.of(0440), Optional.empty()),
                new SecretFile("tls.key", "same", Optional.of(0400), Optional.empty()));
        assertThat(draft(file, "cache").secrets()).extracting(SecretFile::source).containsExactly("cache");
        assertThat(web.executors()).containsExactly(ExecutorKind.docker);
        assertThat(draft(file, "copy").domains()).containsExactly("copy.example");
        assertThat(draft(file, "copy").command()).isEqualTo(web.command());
        assertThat(draft(file, "mongo").volumes()).containsExactly(new Volume(Optional.empty(), "/data/db"), new Volume(Optional.of("/on/host"), "/data/more"));
        assertThat(draft(file, "cache").command()).containsExactly("redis-server");
        assertThat(draft(file, "cache").health().command()).containsExactly("redis-cli", "ping");
        assertThat(draft(file, "cache").environment()).containsEntry("B", "x=y");
        assertThat(draft(file, "tool").command()).containsExactly("/usr/bin/tool", "two words", "3");
        assertThat(draft(file, "tool").image()).isEmpty();
        assertThat(draft(file, "both").executors()).containsExactly(ExecutorKind.docker, ExecutorKind.process);
    }

    @Test
    void resolvesImagesVariablesAndSites() throws Exception {
        StackFile file = good(resource("everything.yml"));
        Digest site = Digest.of("site");

        Parsed<List<StackFile.Resolved>> resolved = file.resolve(lookup(Map.of("viking:My_Shop/app", "concierge/my-shop-app:1"), Map.of(), Map.of("./help/www", site)));

        Parsed.Good<List<StackFile.Resolved>> good = (Parsed.Good<List<StackFile.Resolved>>) resolved;
        ServiceSpec web = good.value().getFirst().spec();
        assertThat(web.image()).contains("concierge/my-shop-app:1");
        assertThat(web.environment()).doesNotContainKey("SECRET").containsEntry("A", "text");
        assertThat(good.warnings().getFirst().toString())
                .isEqualTo("viking.yml:24:15: deploy.web.env.SECRET: stack infra has no variable TOKEN; left out; set it: concierge env set infra TOKEN=…");
        assertThat(good.value().getLast().spec().site().orElseThrow().content()).contains(site);
        Parsed<List<StackFile.Resolved>> known = file.resolve(lookup(Map.of("viking:My_Shop/app", "x"), Map.of("infra:TOKEN", "secret"), Map.of("./help/www", site)));
        assertThat(((Parsed.Good<List<StackFile.Resolved>>) known).value().getFirst().spec().environment()).containsEntry("SECRET", "secret");
    }

    @Test
    void aMissingImageOrSiteIsAProblemOfTheResolution() throws Exception {
        Parsed<List<StackFile.Resolved>> resolved = good(resource("everything.yml")).resolve(lookup(Map.of(), Map.of("infra:TOKEN", "x"), Map.of()));

        assertThat(((Parsed.Bad<List<StackFile.Resolved>>) resolved).problems()).extracting(Problem::code)
                .containsExactly("unknown-image", "unknown-image", "blobs-missing");
    }

    @Test
    void readsOverByteOrderMarksAndCarriageReturns() {
        assertThat(good("\uFEFFviking:\r\n  name: a\r\ndeploy:\r\n  web: {image: busybox}\r\n").name()).isEqualTo("a");
    }

    @Test
    void aWrongByteIsPlaced() {
        byte[] bytes = "viking:\n  name: b\u0000d".getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 2] = (byte) 0xE4;

        Parsed.Bad<StackFile> bad = (Parsed.Bad<StackFile>) StackFile.parse("viking.yml", bytes);

        assertThat(bad.problems().toString()).isEqualTo("[viking.yml:2:10: byte 0xE4 (expected: UTF-8); save the file as UTF-8]");
    }

    @Test
    void aDockerfileSurvivesWordForWord() {
        String dockerfile = "# syntax=x\nFROM busybox AS a\nHEALTHCHECK --interval=5s \\\n  CMD true\nSTOPSIGNAL 9\n\nONBUILD RUN x\n";
        StackFile file = good("viking:\n  name: a\nbuild:\n  x: |\n" + dockerfile.indent(4));

        assertThat(file.builds().getFirst().dockerfile().text()).isEqualTo(dockerfile);
    }

    @Test
    void secretsAreResolvedToTheVersionThatIsStored() throws Exception {
        Digest site = Digest.of("site");
        Parsed.Good<List<StackFile.Resolved>> resolved = (Parsed.Good<List<StackFile.Resolved>>) good(resource("everything.yml"))
                .resolve(lookup(Map.of("viking:My_Shop/app", "x"), Map.of(), Map.of("./help/www", site)));

        assertThat(resolved.value().getFirst().spec().secrets()).extracting(SecretFile::version)
                .containsExactly(Optional.of(Digest.of("db_password")), Optional.of(Digest.of("tls.key")), Optional.of(Digest.of("tls.key")));
    }

    @Test
    void aSecretThatIsNotToBeHadIsAProblemWithItsPlaceAndWhatToDo() {
        StackFile file = good("viking: {name: shop}\ndeploy:\n  web:\n    image: nginx\n    secrets:\n      - there\n      - missing\n      - {source: locked, target: x}\n");
        List<Problem> problems = file.secretProblems(StackFileTest::kept);

        assertThat(problems).extracting(Problem::toString).containsExactly(
                "viking.yml:7:9: deploy.web.secrets: stack shop has no secret missing (expected: a stored one); set it: concierge secret set shop missing",
                "viking.yml:8:9: deploy.web.secrets: locked: was sealed elsewhere");
        assertThat(((Parsed.Bad<List<StackFile.Resolved>>) file.resolve(lookup(Map.of(), Map.of(), Map.of()))).problems()).isEqualTo(problems);
    }

    private static Lookup.Kept kept(String name) {
        return switch (name) {
            case "missing" -> new Lookup.Kept.Absent();
            case "locked" -> new Lookup.Kept.Locked("was sealed elsewhere");
            default -> new Lookup.Kept.Here(Digest.of(name));
        };
    }

    private static Lookup lookup(Map<String, String> images, Map<String, String> environment, Map<String, Digest> sites) {
        return new Lookup() {
            @Override
            public Optional<String> image(ImageName name) {
                return Optional.ofNullable(images.get(name.toString()));
            }

            @Override
            public Optional<String> environment(String stack, String key) {
                return Optional.ofNullable(environment.get(stack + ":" + key));
            }

            @Override
            public Kept secret(String name) {
                return kept(name);
            }

            @Override
            public Optional<Digest> site(String documentRoot) {
                return Optional.ofNullable(sites.get(documentRoot));
            }
        };
    }

    static StackFile good(String text) {
        return switch (StackFile.parse("viking.yml", text)) {
            case Parsed.Good<StackFile>(StackFile file, List<Problem> _) -> file;
            case Parsed.Bad<StackFile>(List<Problem> problems) -> throw new AssertionError(problems.toString());
        };
    }

    static String resource(String name) throws IOException {
        try (InputStream input = StackFileTest.class.getResourceAsStream("/stackfile/" + name)) {
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static StackService service(StackFile file, String name) {
        return file.services().stream().filter(service -> service.name().equals(name)).findFirst().orElseThrow();
    }

    private static ServiceSpec draft(StackFile file, String name) {
        return service(file, name).draft();
    }

    @Test
    void aKeyThatIsNotSupportedYetIsWarnedOfAndNeverIgnored() {
        String text = "viking: {name: a}\ndeploy:\n  web:\n    image: nginx\n    update: {order: start-first, on_failure: rollback}\n";
        Parsed.Good<StackFile> good = (Parsed.Good<StackFile>) StackFile.parse("viking.yml", text);
        assertThat(good.warnings()).extracting(Problem::message).containsExactly(
                "deploy.web.update.order: start-first is not done yet; stop-first is",
                "deploy.web.update.on_failure: rollback is not done yet; pause is");
    }
}
