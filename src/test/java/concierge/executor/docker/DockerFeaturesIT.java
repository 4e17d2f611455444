package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.EngineOptions;
import concierge.model.InstanceId;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What Docker adds to the contract: networks, volumes, limits, options, and belonging. */
class DockerFeaturesIT {
    private static final String FOREVER = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path folder;

    private DockerExecutor executor;
    private RawDocker raw;

    @BeforeEach
    void open() {
        raw = engine.raw();
        executor = new DockerExecutor(DockerSettings.of("feature-tests", folder).withEngine(engine.address()));
    }

    @AfterEach
    void removeAll() {
        for (Running running : executor.list()) executor.remove(running.instance());
        executor.close();
    }

    private static ServiceSpec shell(String script) {
        return ServiceSpec.of("busybox:stable").with().command(List.of("sh", "-c", script)).build();
    }

    private static Workload workload(String instance, ServiceSpec spec) {
        return new Workload(InstanceId.parse(instance), 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1");
    }

    private Running run(String instance, ServiceSpec spec) {
        return executor.ensure(workload(instance, spec), _ -> {});
    }

    private JsonNode inspect(Running running) {
        return raw.get("/containers/" + running.name() + "/json").ok().json();
    }

    private String output(String instance) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(
                () -> executor.inspect(InstanceId.parse(instance)).orElseThrow().state() == Running.State.ended);
        StringBuilder text = new StringBuilder();
        try {
            executor.logs(InstanceId.parse(instance), new Executor.LogQuery(false, Optional.empty(), -1), (_, _, line) -> {
                text.append(line).append('\n');
                return true;
            });
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return text.toString();
    }

    private static ExecutorException.Kind kindOf(Runnable call) {
        try {
            call.run();
        } catch (ExecutorException e) {
            return e.kind();
        }
        throw new AssertionError("did not fail");
    }

    @Test
    void anInstanceKilledForItsMemorySaysSo() {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with()
                .command(List.of("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"))
                .resources(new Resources(0, 32 << 20))
                .build();
        run("shop/default/greedy/1", spec);
        output("shop/default/greedy/1");
        Running ended = executor.inspect(InstanceId.parse("shop/default/greedy/1")).orElseThrow();
        assertThat(ended.oomKilled()).isTrue();
        assertThat(ended.exitCode()).contains(137);
    }

    @Test
    void limitsUserDirectoryAndIdentityReachTheEngine() {
        ServiceSpec spec = shell(FOREVER).with()
                .resources(new Resources(250, 64 << 20))
                .user("nobody")
                .directory("/tmp")
                .stopGrace(Duration.ofMillis(2500))
                .labels(Map.of("team", "video"))
                .build();
        JsonNode container = inspect(run("shop/default/web/1", spec));
        assertThat(container.path("Name").asString()).isEqualTo("/shop-default-web-1");
        assertThat(container.at("/HostConfig/NanoCpus").asLong()).isEqualTo(250_000_000);
        assertThat(container.at("/HostConfig/Memory").asLong()).isEqualTo(64 << 20);
        assertThat(container.at("/HostConfig/MemorySwap").asLong()).isEqualTo(64 << 20);
        assertThat(container.at("/HostConfig/RestartPolicy/Name").asString()).isEqualTo("no");
        assertThat(container.at("/HostConfig/LogConfig/Config/max-size").asString()).isEqualTo("10m");
        assertThat(container.at("/Config/User").asString()).isEqualTo("nobody");
        assertThat(container.at("/Config/WorkingDir").asString()).isEqualTo("/tmp");
        assertThat(container.at("/Config/StopTimeout").asInt()).isEqualTo(3);
        JsonNode labels = container.at("/Config/Labels");
        assertThat(labels.path("team").asString()).isEqualTo("video");
        assertThat(labels.path("concierge.installation").asString()).isEqualTo("feature-tests");
        assertThat(labels.path("concierge.instance").asString()).isEqualTo("shop/default/web/1");
        assertThat(labels.path("concierge.generation").asString()).isEqualTo("1");
        assertThat(labels.path("concierge.digest").asString()).isEqualTo(Digest.of("x").hex());
    }

    @Test
    void aNamedVolumeOutlivesItsInstanceAndIsNobodyElses() {
        List<Volume> data = List.of(new Volume(Optional.empty(), "/data"));
        ServiceSpec spec = shell("cat /data/visits; echo visit >> /data/visits").with().pinned(true).volumes(data).build();
        run("shop/default/db/1", spec);
        assertThat(output("shop/default/db/1")).doesNotContain("visit\n");
        executor.remove(InstanceId.parse("shop/default/db/1"));
        run("shop/v2/db/1", spec);
        assertThat(output("shop/v2/db/1")).contains("visit\n");
        run("shop/default/cache/1", spec);
        assertThat(output("shop/default/cache/1")).doesNotContain("visit\n");
        run("shop/default/db/2", spec);
        assertThat(output("shop/default/db/2")).doesNotContain("visit\n");
        run("my_shop/default/db/1", spec);
        output("my_shop/default/db/1");
        run("my/default/shop-db/1", spec);
        assertThat(output("my/default/shop-db/1")).as("reads like my_shop/db").doesNotContain("visit\n");
        JsonNode volumes = raw.get("/volumes").json().path("Volumes");
        for (JsonNode volume : volumes) assertThat(volume.at("/Labels").path("concierge.installation").asString()).isEqualTo("feature-tests");
    }

    @Test
    void aHostPathIsTheHostsOwn() throws Exception {
        Files.writeString(folder.resolve("note"), "from the host");
        ServiceSpec spec = shell("cat /in/note").with().pinned(true).volumes(List.of(new Volume(Optional.of(folder.toString()), "/in"))).build();
        run("shop/default/reader/1", spec);
        assertThat(output("shop/default/reader/1")).isEqualTo("from the host\n");
    }

    @Test
    void aStacksNetworkIsMadeOnceByManyAndGoesWithTheLast() throws Exception {
        List<Callable<Running>> starts = new ArrayList<>();
        for (int n = 1; n <= 8; n++) {
            String instance = "crowd/default/web/" + n;
            starts.add(() -> run(instance, shell(FOREVER)));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var start : threads.invokeAll(starts)) assertThat(start.get().address()).startsWith("10.213.");
        }
        assertThat(networks()).containsOnlyOnce("crowd-featur");
        for (int n = 1; n < 8; n++) executor.remove(InstanceId.parse("crowd/default/web/" + n));
        assertThat(networks()).contains("crowd-featur");
        executor.remove(InstanceId.parse("crowd/default/web/8"));
        assertThat(networks()).doesNotContain("crowd-featur");
    }

    private List<String> networks() {
        List<String> names = new ArrayList<>();
        raw.get("/networks").json().forEach(network -> names.add(network.path("Name").asString()));
        return names;
    }

    @Test
    void aNetworkThatSomebodyRemovedIsMadeAgain() {
        run("again/default/web/1", shell("true"));
        output("again/default/web/1");
        raw.delete("/networks/again-featur").ok();
        assertThat(run("again/default/web/2", shell(FOREVER)).address()).isNotEmpty();
        assertThat(run("again/default/web/1", shell("true")).instance().n()).isEqualTo(1);
    }

    @Test
    void servicesFindEachOtherByNameAndLinkedStacksByQualifiedName() {
        String serve = "while :; do busybox nc -l -p 80 -e echo hello; done";
        run("base/default/store/1", shell(serve));
        String ask = "for i in 1 2 3 4 5 6 7 8; do busybox nc %s 80 </dev/null && exit; sleep 0.3; done";
        run("base/default/near/1", shell(ask.formatted("store")));
        assertThat(output("base/default/near/1")).contains("hello");
        run("guest/default/far/1", shell(ask.formatted("store.base")).with().links(List.of(new Link(Optional.of("base"), "store"))).build());
        assertThat(output("guest/default/far/1")).contains("hello");
        run("stranger/default/far/1", shell("busybox nc store.base 80 </dev/null; echo end"));
        assertThat(output("stranger/default/far/1")).doesNotContain("hello");
    }

    @Test
    void eachVersionHasANameThatMeansItAlone() {
        String serve = "mkdir /www; echo %s > /www/index.html; exec busybox httpd -f -p 80 -h /www";
        run("twin/one/store/1", shell(serve.formatted("first")));
        run("twin/two/store/1", shell(serve.formatted("second")));
        String ask = "busybox wget -qO- http://store.one.twin/";
        run("twin/two/asks/1", shell("until " + ask + " 2>/dev/null; do sleep 0.1; done; for i in 1 2 3 4 5 6 7; do " + ask + "; done"));
        assertThat(output("twin/two/asks/1").lines()).hasSize(8).allMatch("first"::equals);
    }

    @Test
    void furtherOptionsReachTheEngine() {
        EngineOptions options = new EngineOptions(List.of(
                "--cap-add=NET_ADMIN", "--cap-drop=MKNOD", "--dns=10.0.0.53", "--add-host=db:10.0.0.5", "--hostname=edge", "--init",
                "--read-only", "--tmpfs=/scratch:size=1m", "--ulimit=nofile=100:200", "--shm-size=2m", "--sysctl=net.ipv4.ip_forward=1",
                "--pids-limit=50", "--stop-signal=USR1", "--network-alias=other", "--log-opt=max-size=1m", "--oom-score-adj=100"));
        JsonNode container = inspect(run("shop/default/web/1", shell(FOREVER).with().options(options).build()));
        JsonNode host = container.path("HostConfig");
        assertThat(host.at("/CapAdd/0").asString()).endsWith("NET_ADMIN");
        assertThat(host.at("/CapDrop/0").asString()).endsWith("MKNOD");
        assertThat(host.at("/Dns/0").asString()).isEqualTo("10.0.0.53");
        assertThat(host.at("/ExtraHosts/0").asString()).isEqualTo("db:10.0.0.5");
        assertThat(host.path("Init").asBoolean()).isTrue();
        assertThat(host.path("ReadonlyRootfs").asBoolean()).isTrue();
        assertThat(host.path("Tmpfs").path("/scratch").asString()).isEqualTo("size=1m");
        assertThat(host.at("/Ulimits/0/Hard").asInt()).isEqualTo(200);
        assertThat(host.path("ShmSize").asLong()).isEqualTo(2 << 20);
        assertThat(host.path("Sysctls").path("net.ipv4.ip_forward").asString()).isEqualTo("1");
        assertThat(host.path("PidsLimit").asInt()).isEqualTo(50);
        assertThat(host.path("OomScoreAdj").asInt()).isEqualTo(100);
        assertThat(host.at("/LogConfig/Config/max-size").asString()).isEqualTo("1m");
        assertThat(container.at("/Config/Hostname").asString()).isEqualTo("edge");
        assertThat(container.at("/Config/StopSignal").asString()).isEqualTo("USR1");
        assertThat(container.at("/NetworkSettings/Networks/shop-featur/Aliases").toString()).contains("other");
    }

    @Test
    void anInstanceWithoutNetworkOrWithTheHosts() {
        EngineOptions none = new EngineOptions(List.of("--network=none"));
        assertThat(run("shop/default/alone/1", shell(FOREVER).with().options(none).build()).address()).isEmpty();
        EngineOptions host = new EngineOptions(List.of("--network=host"));
        Running shared = run("shop/default/shared/1", shell(FOREVER).with().options(host).ports(List.of(Port.tcp(8099))).build());
        assertThat(shared.ports()).containsEntry("8099/tcp", "0.0.0.0:8099");
        assertThat(shared.address()).isEqualTo("127.0.0.1");
    }

    @Test
    void aForeignContainerOfOurNameIsLeftAlone() {
        raw.run("shop-default-web-1", Map.of("Image", "busybox:stable", "Cmd", List.of("sleep", "1000"), "NetworkMode", "none"));
        Running ours = run("shop/default/web/1", shell(FOREVER));
        assertThat(ours.name()).isEqualTo("shop-default-web-1-featur");
        assertThat(executor.list()).containsExactly(ours);
        executor.remove(InstanceId.parse("shop/default/web/1"));
        assertThat(raw.get("/containers/shop-default-web-1/json").json().at("/State/Running").asBoolean()).isTrue();
        raw.delete("/containers/shop-default-web-1?force=1").ok();
    }

    @Test
    void aMissingImageIsExplained() {
        assertThatThrownBy(() -> run("shop/default/web/1", ServiceSpec.of("localhost:1/no/such:7")))
                .hasMessageContainingAll("localhost:1/no/such:7", "docker pull")
                .isInstanceOfSatisfying(ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.imageMissing));
    }

    @Test
    void whoHoldsAFixedPortIsNamed() {
        ServiceSpec spec = shell(FOREVER).with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(19480)))).build();
        run("shop/default/first/1", spec);
        assertThatThrownBy(() -> run("shop/default/second/1", spec)).hasMessageContainingAll("19480", "container shop-default-first-1");
    }

    @Test
    void aPortTakenWhileItWasStoppedIsReplaced() throws Exception {
        ServiceSpec spec = shell("exit 0").with().ports(List.of(Port.tcp(80))).build();
        Running first = run("shop/default/web/1", spec);
        output("shop/default/web/1");
        int port = Integer.parseInt(first.ports().get("80/tcp").split(":")[1]);
        try (var _ = new java.net.ServerSocket(port, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThat(run("shop/default/web/1", spec).ports().get("80/tcp")).isNotEqualTo(first.ports().get("80/tcp"));
        }
    }

    @Test
    void aMalformedOrUnknownOptionIsRefused() {
        for (String bad : List.of("--ulimit=lots", "--pids-limit=many", "--shm-size=big", "--privilged")) {
            ServiceSpec spec = shell("true").with().options(new EngineOptions(List.of(bad))).build();
            assertThat(kindOf(() -> run("shop/default/web/1", spec))).as(bad).isEqualTo(ExecutorException.Kind.refused);
        }
    }

    @Test
    void execHasATerminalAUserAndADirectory() throws Exception {
        run("shop/default/web/1", shell(FOREVER));
        ExecRequest request = new ExecRequest(
                List.of("sh", "-c", "stty size; id -un; pwd"), Map.of(), Optional.of("/tmp"), Optional.of("nobody"), true, true, 97, 31);
        try (ExecSession session = executor.exec(InstanceId.parse("shop/default/web/1"), request)) {
            String text = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text).contains("nobody").contains("/tmp");
            assertThat(session.exitCode()).isZero();
        }
        assertThat(kindOf(() -> {
            try {
                executor.exec(InstanceId.parse("shop/default/none/1"), request).close();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        })).isEqualTo(ExecutorException.Kind.conflict);
    }

    @Test
    void outputOfAnInstanceWithATerminalIsReadToo() {
        run("shop/default/web/1", shell("echo one; echo two").with().options(new EngineOptions(List.of("--tty"))).build());
        assertThat(output("shop/default/web/1")).isEqualTo("one\ntwo\n");
    }
}
