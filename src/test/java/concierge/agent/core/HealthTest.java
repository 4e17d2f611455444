package concierge.agent.core;

import static concierge.agent.core.CoreBench.WEB;
import static concierge.agent.core.CoreBench.running;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.ProbeTarget;
import concierge.agent.instance.Readiness;
import concierge.executor.Published;
import concierge.executor.Running;
import concierge.model.Health;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How readiness comes and goes, and where the questions go. */
class HealthTest {
    private static final AgentEvent.ProbeResult GOOD = new AgentEvent.ProbeResult.Healthy();
    private static final AgentEvent.ProbeResult BAD = new AgentEvent.ProbeResult.Unhealthy("tcp 80: Connection refused");
    private static final Health TCP = new Health(
            Health.Kind.tcp, Optional.empty(), "/", List.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), 3, Duration.ofSeconds(5));
    private static final ServiceSpec SPEC =
            ServiceSpec.of("busybox:stable").with().ports(List.of(Port.tcp(80))).health(TCP).build();

    private final CoreBench bench = CoreBench.ready();

    @Test
    void runningIsNotReadyUntilTheFirstGoodProbe() {
        bench.assign(SPEC);
        bench.ensureRuns();
        assertThat(bench.status().state()).isEqualTo(InstanceState.running);
        assertThat(bench.endpoints()).isEmpty();
        bench.probed(BAD);
        assertThat(bench.status().reason()).isEqualTo("not healthy: tcp 80: Connection refused");
        bench.advance(AgentLimits.PROBE_FIRST);
        bench.probed(GOOD);
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.status().reason()).isEmpty();
        assertThat(bench.endpoints()).hasSize(1);
    }

    @Test
    void probesBeforeReadinessAreSoonAndThenTakeTheirInterval() {
        bench.assign(SPEC);
        bench.ensureRuns();
        for (long millis : new long[] {50, 100, 200, 400, 800, 1600, 2000, 2000}) {
            bench.probed(BAD);
            bench.advance(Duration.ofMillis(millis - 1));
            bench.none(AgentEffect.Probe.class);
            bench.advance(Duration.ofMillis(1));
        }
        bench.probed(GOOD);
        bench.advance(Duration.ofMillis(1_999));
        bench.none(AgentEffect.Probe.class);
        bench.advance(Duration.ofMillis(1));
        bench.take(AgentEffect.Probe.class);
    }

    @Test
    void failuresInARowTakeReadinessAndEndpointsAway() {
        bench.assign(SPEC);
        bench.ensureRuns();
        bench.probed(GOOD);
        bench.advance(Duration.ofSeconds(2));
        bench.probed(GOOD);
        bench.advance(Duration.ofSeconds(4));
        for (int failure = 1; failure <= 3; failure++) {
            assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
            bench.probed(BAD);
            bench.advance(Duration.ofSeconds(2));
        }
        assertThat(bench.status().state()).isEqualTo(InstanceState.running);
        assertThat(bench.endpoints()).isEmpty();
        bench.probed(GOOD);
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.status().restarts()).isZero();
    }

    @Test
    void failuresDoNotCountDuringTheStartPeriod() {
        bench.assign(SPEC.with().health(new Health(
                Health.Kind.tcp, Optional.empty(), "/", List.of(), Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofSeconds(60))).build());
        bench.ensureRuns();
        bench.probed(GOOD);
        for (int i = 0; i < 10; i++) {
            bench.advance(Duration.ofSeconds(1));
            bench.probed(BAD);
        }
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
    }

    @Test
    void aProbeThatCouldNotBeAskedCountsForNothing() {
        bench.assign(SPEC);
        bench.ensureRuns();
        bench.probed(GOOD);
        for (int i = 0; i < 10; i++) {
            bench.advance(Duration.ofSeconds(2));
            bench.probed(new AgentEvent.ProbeResult.Unknown("docker is away"));
        }
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
    }

    @Test
    void anAnswerAboutAnEarlierRunIsNotTaken() {
        var assigned = bench.assign(SPEC);
        bench.ensureRuns();
        var old = bench.take(AgentEffect.Probe.class);
        bench.died(assigned.generation(), bench.now, 1);
        bench.advance(Duration.ofMillis(1));
        bench.ensureRuns();
        bench.tell(new AgentEvent.Probed(WEB, old.probe(), GOOD));
        assertThat(bench.status().state()).isEqualTo(InstanceState.running);
    }

    @ParameterizedTest
    @CsvSource({
        "VIKING_HEALTH, tcp, 'Tcp[address=10.0.0.2, port=80, timeout=PT5S]'",
        "VIKING_HEALTH, http, 'Http[address=10.0.0.2, port=80, path=/, timeout=PT5S]'",
        "VIKING_HEALTH, http:/up, 'Http[address=10.0.0.2, port=80, path=/up, timeout=PT5S]'",
        "VIKING_HEALTH_8080, http:/up, 'Http[address=10.0.0.2, port=8080, path=/up, timeout=PT5S]'",
        "VIKING_HEALTH, exec:test -f /ok, 'Exec[command=[/bin/sh, -c, test -f /ok], timeout=PT5S]'",
    })
    void variablesOfTheEnvironmentMeanTheSame(String name, String value, String target) {
        ServiceSpec spec = SPEC.with().health(Health.NONE).environment(Map.of(name, value)).build();
        var running = running(WEB, 1, CoreBench.START);
        assertThat(Readiness.targets(Readiness.checks(spec, running).all(), spec, running, HOST)).hasToString("[" + target + "]");
    }

    @Test
    void oneOnAnEngineElsewhereIsAskedAtItsPublishedPortAlone() {
        var near = running(WEB, 1, CoreBench.START);
        ServiceSpec spec = SPEC.with().health(Health.NONE).environment(Map.of("VIKING_HEALTH", "tcp", "VIKING_HEALTH_8080", "http")).build();
        var far = new Running(WEB, 1, near.digest(), "web", near.state(), near.started(), Optional.empty(), false, "", new TreeMap<>(Map.of("80/tcp", "10.1.2.3:20007")));
        assertThat(Readiness.targets(Readiness.checks(spec, far).all(), spec, far, HOST)).hasToString("[Tcp[address=10.1.2.3, port=20007, timeout=PT5S]]");
    }

    private static final ServiceSpec PLAIN = SPEC.with().health(Health.NONE).build();

    /** As an engine tells of a container whose image sets variables. */
    private void ensureRuns(Map<String, String> ofTheImage, String remark) {
        AgentEffect.Ensure ensure = bench.take(AgentEffect.Ensure.class);
        Running plain = running(WEB, ensure.workload().generation(), bench.now);
        bench.answer(ensure, new AgentEvent.Outcome.Runs(new Running(
                WEB, plain.generation(), plain.digest(), plain.name(), plain.state(), plain.started(), plain.exitCode(), false,
                plain.address(), plain.ports(), new TreeMap<>(ofTheImage), remark)));
    }

    @Test
    void variablesOfTheImageMeanTheSame() {
        bench.assign(PLAIN);
        ensureRuns(Map.of("VIKING_HEALTH", "http:/up"), "");
        assertThat(bench.status().checked()).as("the leader cannot see the image").isTrue();
        assertThat(bench.status().state()).isEqualTo(InstanceState.running);
        assertThat(bench.endpoints()).isEmpty();
        bench.probed(GOOD);
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.status().reason()).isEmpty();
        assertThat(bench.endpoints()).isNotEmpty();
    }

    @Test
    void theServicesOwnVariablesWinOverTheImages() {
        bench.assign(PLAIN.with().environment(Map.of("VIKING_HEALTH", "none")).build());
        ensureRuns(Map.of("VIKING_HEALTH", "http:/up"), "");
        assertThat(bench.status().state()).as("the check is taken back").isEqualTo(InstanceState.ready);
    }

    @Test
    void anUnknownValueOfAnImageIsToldInTheStatus() {
        bench.assign(PLAIN);
        ensureRuns(Map.of("VIKING_HEALTH", "htpp"), "");
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.status().reason())
                .isEqualTo("VIKING_HEALTH: htpp (expected: tcp, http, http:/path, exec:COMMAND or none); that check is left out");
    }

    @Test
    void whatAnEngineRemarksIsToldWithWhatAilsAndWithWhatIsReady() {
        bench.assign(SPEC);
        ensureRuns(Map.of(), "published where nobody reaches it");
        bench.probed(BAD);
        assertThat(bench.status().reason()).isEqualTo("not healthy: tcp 80: Connection refused; published where nobody reaches it");
        bench.advance(AgentLimits.PROBE_FIRST);
        bench.probed(GOOD);
        assertThat(bench.status().reason()).isEqualTo("published where nobody reaches it");
    }

    @Test
    void aWrittenHealthWinsOverVariables() {
        ServiceSpec spec = SPEC.with().environment(Map.of("VIKING_HEALTH", "http:/x")).build();
        assertThat(Readiness.checks(spec, running(WEB, 1, CoreBench.START)).all()).containsExactly(TCP);
    }

    private static final String HOST = "10.1.2.3";

    private static Running at(String address, String published) {
        var plain = running(WEB, 1, CoreBench.START);
        return new Running(WEB, 1, plain.digest(), "web", plain.state(), plain.started(), Optional.empty(), false, address, new TreeMap<>(Map.of("80/tcp", published)));
    }

    @ParameterizedTest
    @CsvSource({
        "a process on loopback,            127.0.0.1,  127.0.0.1:20007, 127.0.0.1:20007",
        "a process on an address,          10.1.2.3,   10.1.2.3:20007,  10.1.2.3:20007",
        "a process on all addresses,       127.0.0.1,  0.0.0.0:20007,   127.0.0.1:20007",
        "a process on all of IPv6,         '::1',      '[::]:20007',    '[::1]:20007'",
        "a container on its network,       172.18.0.4, 10.1.2.3:20007,  172.18.0.4:80",
        "a container on all addresses,     172.18.0.4, 0.0.0.0:20007,   172.18.0.4:80",
        "a container elsewhere,            '',         10.9.9.9:20007,  10.9.9.9:20007",
        "one without any address of its own, '',       0.0.0.0:20007,   10.1.2.3:20007",
    })
    void isAskedWhereItListens(String what, String address, String published, String asked) {
        Published place = Published.parse(asked);
        assertThat(Readiness.targets(List.of(TCP), SPEC, at(address, published), HOST)).as(what)
                .containsExactly(new ProbeTarget.Tcp(place.address(), place.port(), Duration.ofSeconds(1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            127.0.0.1:20007 | 10.1.2.3  | published on 127.0.0.1:20007, where other machines do not reach it (bind is 10.1.2.3 now; restart publishes it anew)
            127.0.0.1:20007 | 127.0.0.1 | ''
            10.1.2.3:20007  | 10.1.2.3  | ''
            0.0.0.0:20007   | 10.1.2.3  | ''
            """)
    void onePublishedBeforeItsHostHadOthersIsTold(String published, String host, String remark) {
        Running running = at("172.18.0.4", published);
        assertThat(Readiness.remark(Readiness.checks(SPEC, running), running, host, host)).isEqualTo(remark);
    }

    @Test
    void aCheckWithoutAPortToAskMeansReady() {
        ServiceSpec spec = SPEC.with().ports(List.of()).build();
        bench.assign(spec);
        bench.ensureRuns();
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
    }
}
