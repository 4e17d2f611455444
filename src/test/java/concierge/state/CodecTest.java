package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.AgentProcess;
import concierge.model.Assignment;
import concierge.model.ClockSkew;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.EngineOptions;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.Health;
import concierge.model.HostNode;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Move;
import concierge.model.Port;
import concierge.model.Predecessor;
import concierge.model.Resources;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.SecretFile;
import concierge.model.SecretRecord;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.Update;
import concierge.model.Volume;
import concierge.store.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bytes below are in people's stores: a change of one of them is a change of the format. */
class CodecTest {
    private static final String ZEROS = "0".repeat(64);
    private static final Digest DIGEST = new Digest(ZEROS);

    static ServiceSpec fullSpec() {
        return new SpecBuilder()
                .image("shop/web:1")
                .command(List.of("node", "index.js"))
                .entrypoint(List.of("/init"))
                .directory("/srv")
                .ports(List.of(Port.tcp(80), new Port(53, Port.Protocol.udp, Optional.of(5353))))
                .volumes(List.of(new Volume(Optional.empty(), "/data"), new Volume(Optional.of("/on/host"), "/in")))
                .pinned(true)
                .shared(true)
                .filters(List.of(new Filter("db", false), new Filter("ssd", true)))
                .links(List.of(new Link(Optional.empty(), "mongo"), new Link(Optional.of("other"), "redis")))
                .environment(Map.of("B", "2", "A", "1"))
                .options(new EngineOptions(List.of("--init")))
                .domains(List.of("shop.example"))
                .site(new Site("./www", Optional.of(DIGEST)))
                .health(new Health(
                        Health.Kind.http, Optional.of(80), "/up", List.of(), Duration.ofSeconds(1), Duration.ofSeconds(5), 4, Duration.ofSeconds(60)))
                .resources(new Resources(500, 1 << 20))
                .restart(new Restart(Restart.Policy.onFailure, Duration.ofMillis(500), Duration.ofSeconds(60)))
                .update(new Update(Update.Order.startFirst, 2, Duration.ofSeconds(3), Duration.ZERO, Update.OnFailure.rollback))
                .executors(List.of(ExecutorKind.docker, ExecutorKind.process))
                .uniqueHost(true)
                .stopGrace(Duration.ofSeconds(90))
                .user("1000:1000")
                .labels(Map.of("team", "a"))
                .secrets(List.of(new SecretFile("db", "password", Optional.of(0444), Optional.of(DIGEST)), new SecretFile("key", "key", Optional.empty(), Optional.empty())))
                .build();
    }

    @Test
    void aSpecWithDefaultsIsWrittenWithoutThem() {
        assertThat(Codec.value(ServiceSpec.of("nginx:1")).text()).isEqualTo("{\"image\":\"nginx:1\"}");
        assertThat(Codec.digest(ServiceSpec.of("nginx:1")).hex())
                .isEqualTo(Digest.of("{\"image\":\"nginx:1\"}").hex());
    }

    @Test
    void aFullSpecHasItsPinnedBytesAndComesBack() {
        assertThat(Codec.value(fullSpec()).text()).isEqualTo(
                "{\"command\":[\"node\",\"index.js\"],\"directory\":\"/srv\",\"domains\":[\"shop.example\"],\"entrypoint\":[\"/init\"],"
                + "\"environment\":{\"A\":\"1\",\"B\":\"2\"},\"executors\":[\"docker\",\"process\"],"
                + "\"filters\":[{\"flexible\":false,\"tag\":\"db\"},{\"flexible\":true,\"tag\":\"ssd\"}],"
                + "\"health\":{\"interval\":\"PT1S\",\"kind\":\"http\",\"path\":\"/up\",\"port\":80,\"retries\":4},\"image\":\"shop/web:1\","
                + "\"labels\":{\"team\":\"a\"},\"links\":[{\"service\":\"mongo\"},{\"service\":\"redis\",\"stack\":\"other\"}],"
                + "\"options\":{\"arguments\":[\"--init\"]},\"pinned\":true,"
                + "\"ports\":[{\"container\":80,\"protocol\":\"tcp\"},{\"container\":53,\"host\":5353,\"protocol\":\"udp\"}],"
                + "\"resources\":{\"cpuMillis\":500,\"memoryBytes\":1048576},\"restart\":{\"policy\":\"onFailure\"},"
                + "\"secrets\":[{\"mode\":292,\"source\":\"db\",\"target\":\"password\",\"version\":\"" + ZEROS + "\"},{\"source\":\"key\",\"target\":\"key\"}],"
                + "\"shared\":true,\"site\":{\"content\":\"" + ZEROS + "\",\"documentRoot\":\"./www\"},\"stopGrace\":\"PT1M30S\",\"uniqueHost\":true,"
                + "\"update\":{\"delay\":\"PT3S\",\"onFailure\":\"rollback\",\"order\":\"startFirst\",\"parallel\":2},\"user\":\"1000:1000\","
                + "\"volumes\":[{\"container\":\"/data\"},{\"container\":\"/in\",\"host\":\"/on/host\"}]}");
        assertThat(Codec.spec(Codec.value(fullSpec()))).isEqualTo(fullSpec());
    }

    @Test
    void theDefaultsThatOldValuesRelyOnStayAsTheyAre() {
        ServiceSpec read = Codec.spec(Value.of("{\"image\":\"a\"}"));
        assertThat(read).isEqualTo(ServiceSpec.of("a"));
        assertThat(read.stopGrace()).isEqualTo(Duration.ofSeconds(10));
        assertThat(read.executors()).containsExactly(ExecutorKind.docker);
        assertThat(read.health()).isEqualTo(new Health(
                Health.Kind.none, Optional.empty(), "/", List.of(), Duration.ofSeconds(2), Duration.ofSeconds(5), 3, Duration.ofSeconds(60)));
        assertThat(read.restart()).isEqualTo(new Restart(Restart.Policy.always, Duration.ofMillis(500), Duration.ofSeconds(60)));
        assertThat(read.update()).isEqualTo(new Update(Update.Order.stopFirst, 1, Duration.ZERO, Duration.ZERO, Update.OnFailure.pause));
    }

    @Test
    void everyOtherRecordHasItsPinnedBytesAndComesBack() {
        Intent intent = Intent.of(DIGEST, 2, "0000000001");
        pinned(intent, "{\"deployment\":\"0000000001\",\"scale\":2,\"spec\":\"" + ZEROS + "\"}");
        pinned(new Intent(DIGEST, 1, 3, true, 4, "", new RunKind.ToCompletion(7, Optional.of(Duration.ofMinutes(1)))),
                "{\"epoch\":4,\"kind\":{\"deadline\":\"PT1M\",\"kind\":\"toCompletion\",\"priority\":7},\"override\":3,\"scale\":1,\"spec\":\""
                + ZEROS + "\",\"stopped\":true}");
        pinned(new HostRecord("n1", List.of("10.0.0.1"), Set.of("db"), new Resources(2000, 5), Set.of(ExecutorKind.process, ExecutorKind.docker), false),
                "{\"addresses\":[\"10.0.0.1\"],\"capacity\":{\"cpuMillis\":2000,\"memoryBytes\":5},\"executors\":[\"docker\",\"process\"],\"name\":\"n1\",\"tags\":[\"db\"]}");
        pinned(new HostRecord("n1", List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(), true, false, "a1", List.of("docker: x")),
                "{\"addresses\":[\"10.0.0.1\"],\"agent\":\"a1\",\"cordoned\":true,\"name\":\"n1\",\"remarks\":[\"docker: x\"]}");
        HostNode node = new HostNode("m1", "10.0.0.2", true, false, "drain", new Resources(1, 2), Set.of("ssd"));
        pinned(new HostRecord("n1", List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(), false, false, "", List.of(), List.of(node), Optional.empty(), Optional.empty()),
                "{\"addresses\":[\"10.0.0.1\"],\"name\":\"n1\",\"nodes\":[{\"address\":\"10.0.0.2\",\"capacity\":{\"cpuMillis\":1,\"memoryBytes\":2},"
                + "\"manager\":true,\"name\":\"m1\",\"said\":\"drain\",\"tags\":[\"ssd\"],\"usable\":false}]}");
        pinned(new HostRecord("n1", List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(), false, false, "", List.of(), List.of(), Optional.of(new AgentProcess("m1", 42, Instant.ofEpochSecond(1))), Optional.of(new ClockSkew(Duration.ofSeconds(-90), "one"))),
                "{\"addresses\":[\"10.0.0.1\"],\"name\":\"n1\",\"process\":{\"machine\":\"m1\",\"pid\":42,\"since\":\"1970-01-01T00:00:01Z\"},\"skew\":{\"ahead\":\"PT-1M-30S\",\"leader\":\"one\"}}");
        Assignment assignment = new Assignment(
                InstanceId.parse("shop/default/web/1"), "n1", DIGEST, ExecutorKind.docker, 0, new TreeMap<>(Map.of("A", "1")), Assignment.Desired.run, RunKind.FOREVER, "");
        pinned(assignment, "{\"executor\":\"docker\",\"host\":\"n1\",\"instance\":\"shop/default/web/1\",\"links\":{\"A\":\"1\"},\"spec\":\"" + ZEROS + "\"}");
        pinned(assignment.stopping(), "{\"desired\":\"stop\",\"executor\":\"docker\",\"host\":\"n1\",\"instance\":\"shop/default/web/1\",\"links\":{\"A\":\"1\"},\"spec\":\"" + ZEROS + "\"}");
        pinned(new Status(3, InstanceState.failed, Instant.ofEpochSecond(1), "exit 1", Optional.of(1), 2, true, true, "c", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:2")), List.of("x")),
                "{\"container\":\"c\",\"crashing\":true,\"exitCode\":1,\"generation\":3,\"lastLog\":[\"x\"],\"oomKilled\":true,\"ports\":{\"80/tcp\":\"127.0.0.1:2\"},"
                + "\"reason\":\"exit 1\",\"restarts\":2,\"since\":\"1970-01-01T00:00:01Z\",\"state\":\"failed\"}");
        pinned(new Status(3, InstanceState.ready, Instant.ofEpochSecond(1), "", Optional.empty(), 0, false, false, "", new TreeMap<>(), List.of(), true),
                "{\"checked\":true,\"generation\":3,\"since\":\"1970-01-01T00:00:01Z\",\"state\":\"ready\"}");
        pinned(new StackRecord("shop", "ð", List.of("db"), "default", new TreeMap<>(Map.of("default", DIGEST))),
                "{\"comment\":\"ð\",\"files\":{\"default\":\"" + ZEROS + "\"},\"name\":\"shop\",\"primary\":\"default\",\"require\":[\"db\"]}");
        pinned(new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 5),
                "{\"id\":\"0000000001\",\"outcome\":\"active\",\"stack\":\"shop\",\"started\":5,\"tag\":\"default\"}");
        pinned(assignment.insteadOf(new Predecessor(2, 7)), "{\"executor\":\"docker\",\"host\":\"n1\",\"instance\":\"shop/default/web/1\","
                + "\"insteadOf\":{\"generation\":7,\"n\":2},\"links\":{\"A\":\"1\"},\"spec\":\"" + ZEROS + "\"}");
        Move move = new Move(InstanceId.parse("shop/default/web/1"), 7, "n1", "n2", 0, 1, Move.Outcome.active, "");
        pinned(move, "{\"from\":\"n1\",\"generation\":7,\"instance\":\"shop/default/web/1\",\"to\":\"n2\"}");
        pinned(new Move(move.instance(), 7, "n1", "n2", 3, 2, Move.Outcome.dropped, "y"),
                "{\"atOnce\":2,\"from\":\"n1\",\"generation\":7,\"instance\":\"shop/default/web/1\",\"outcome\":\"dropped\",\"reason\":\"y\",\"to\":\"n2\",\"turn\":3}");
        pinned(new SecretRecord(List.of(new SecretRecord.Version(DIGEST, 5, "0a1b2c3d", "c2VhbGVk"))),
                "{\"versions\":[{\"digest\":\"" + ZEROS + "\",\"key\":\"0a1b2c3d\",\"sealed\":\"c2VhbGVk\",\"setSeconds\":5}]}");
    }

    private static void pinned(Record record, String json) {
        assertThat(Codec.value(record).text()).isEqualTo(json);
        Record read = switch (record) {
            case Intent _ -> Codec.intent(Value.of(json));
            case Move _ -> Codec.move(Value.of(json));
            case HostRecord _ -> Codec.host(Value.of(json));
            case Assignment _ -> Codec.assignment(Value.of(json));
            case Status _ -> Codec.status(Value.of(json));
            case StackRecord _ -> Codec.stack(Value.of(json));
            case Deployment _ -> Codec.deployment(Value.of(json));
            case SecretRecord _ -> Codec.secret(Value.of(json));
            default -> throw new AssertionError(record);
        };
        assertThat(read).isEqualTo(record);
    }

    @Test
    void unknownFieldsAreReadOverAndSurviveRewriting() {
        Value newer = Value.of("{\"futureA\":{\"x\":1},\"scale\":2,\"spec\":\"" + ZEROS + "\",\"kind\":{\"kind\":\"forever\",\"futureB\":true}}");
        Intent intent = Codec.intent(newer);
        assertThat(Codec.rewrite(newer, intent.withOverride(5)).text()).isEqualTo(
                "{\"futureA\":{\"x\":1},\"kind\":{\"futureB\":true},\"override\":5,\"scale\":2,\"spec\":\"" + ZEROS + "\"}");
        assertThat(Codec.intent(Codec.rewrite(newer, intent.withOverride(5)))).isEqualTo(intent.withOverride(5));
    }

    @Test
    void rewritingForgetsWhatTheRecordForgot() {
        Value before = Codec.value(fullSpec());
        ServiceSpec less = fullSpec().with().environment(Map.of("A", "1")).ports(List.of()).build();
        assertThat(Codec.spec(Codec.rewrite(before, less))).isEqualTo(less);
        assertThat(Codec.rewrite(Value.of("rubbish"), less)).isEqualTo(Codec.value(less));
    }

    @Test
    void whatIsNoRecordIsRefusedByName() {
        for (String bad : List.of("", "[]", "{", "{\"scale\":1}", "{\"scale\":-1,\"spec\":\"" + ZEROS + "\"}", "{\"spec\":\"xyz\"}", "{} {}", "null")) {
            assertThatThrownBy(() -> Codec.intent(Value.of(bad))).as(bad).isInstanceOf(MalformedValueException.class).hasMessageContaining("stored Intent");
        }
        assertThatThrownBy(() -> Codec.assignment(Value.of("{}"))).isInstanceOf(MalformedValueException.class);
    }
}
