package concierge.agent.core;

import static concierge.agent.core.CoreBench.START;
import static concierge.agent.core.CoreBench.WEB;
import static concierge.agent.core.CoreBench.assigned;
import static concierge.agent.core.CoreBench.ended;
import static concierge.agent.core.CoreBench.running;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.Assigned;
import concierge.model.Assignment.Desired;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The state was put back to an earlier time: what was made since runs on, and is newer than the store. */
class PutBackTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable").with().ports(List.of(Port.tcp(80))).build();
    private static final InstanceId OTHER = InstanceId.parse("shop/default/web/2");
    private static final long NEWER = 500;

    private final CoreBench bench = new CoreBench();

    /** The engine shows a copy of WEB that no reading of the store explains. */
    private void behind(List<Assigned> assignments, Map<InstanceId, Status> statuses) {
        bench.storeRead(assignments, statuses);
        bench.engineListed(List.of(running(WEB, NEWER, START)));
        bench.storeRead(assignments, statuses);
    }

    private static Assigned wanted(InstanceId id) {
        return assigned(id, 50, SPEC, RunKind.FOREVER, Desired.run);
    }

    private List<String> remarks() {
        List<String> last = List.of();
        for (var found = bench.find(AgentEffect.Announce.class); found.isPresent(); found = bench.find(AgentEffect.Announce.class))
            last = found.get().remarks();
        return last;
    }

    @Test
    void whatNobodyWantsIsLeftAloneAndToldAndAllElseGoesOn() {
        behind(List.of(wanted(OTHER)), Map.of());
        assertThat(bench.ensureRuns().workload().instance()).isEqualTo(OTHER);
        assertThat(bench.status(OTHER).state()).isEqualTo(InstanceState.ready);
        bench.none(AgentEffect.Stop.class);
        assertThat(remarks()).containsExactly("what is newer than the state runs on and is left alone, since the state was put back to an earlier time; "
                + "to be stopped by hand: shop/default/web/1 (docker rm -f shop-default-web-1)");
    }

    @Test
    void theStoreIsReadOnceAtOnceAndThenNowAndThen() {
        behind(List.of(), Map.of());
        int readings = 0;
        for (int second = 0; second < 300; second++) {
            bench.advance(Duration.ofSeconds(1));
            Optional<AgentEffect.ReadStore> reading = bench.find(AgentEffect.ReadStore.class);
            if (reading.isEmpty()) continue;
            readings++;
            bench.tell(new AgentEvent.StoreRead(reading.get().reading(), new HostState(
                    "ours", bench.revision, List.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of())));
        }
        assertThat(readings).isBetween(5, 10);
        bench.none(AgentEffect.Stop.class);
    }

    @Test
    void itIsStoppedOnceTheStoreHasPassedIt() {
        behind(List.of(), Map.of());
        bench.revision = NEWER + 1;
        bench.advance(Duration.ofSeconds(31));
        bench.storeRead(List.of(), Map.of());
        bench.stopped();
        bench.removed();
        assertThat(remarks()).isEmpty();
    }

    @Test
    void anInstanceSaysThatItWaitsForSuchACopyAndStartsWhenThatHasEnded() {
        behind(List.of(wanted(WEB)), Map.of());
        bench.none(AgentEffect.Ensure.class);
        bench.none(AgentEffect.Stop.class);
        assertThat(bench.status().reason()).contains("newer than the state").endsWith("stop that by hand: docker rm -f shop-default-web-1");
        bench.tell(new AgentEvent.Observed(CoreBench.DOCKER, ended(WEB, NEWER, START, 0, false)));
        bench.removed();
        assertThat(bench.ensureRuns().workload().generation()).isEqualTo(50);
    }

    @Test
    void whatWasReadyBeforeHasNoEndpointsWhileItWaits() {
        Status before = new Status(50, InstanceState.ready, START, "", Optional.empty(), 0, false, false, "shop-default-web-1", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:20001")), List.of());
        behind(List.of(wanted(WEB)), Map.of(WEB, before));
        assertThat(bench.status().state()).isEqualTo(InstanceState.starting);
        assertThat(bench.endpoints()).isEmpty();
    }

    @Test
    void oneThatIsToStopHasStoppedAndTheCopyIsLeftAlone() {
        behind(List.of(assigned(WEB, 50, SPEC, RunKind.FOREVER, Desired.stop)), Map.of());
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopped);
        bench.none(AgentEffect.Stop.class);
        bench.none(AgentEffect.Remove.class);
    }

    @Test
    void aRunToCompletionWaitsEvenForOneThatHasEnded() {
        RunKind once = new RunKind.ToCompletion(0, Optional.empty());
        List<Assigned> assignments = List.of(assigned(WEB, 50, SPEC, once, Desired.run));
        bench.storeRead(assignments, Map.of());
        bench.engineListed(List.of(ended(WEB, NEWER, START, 0, false)));
        bench.storeRead(assignments, Map.of());
        bench.none(AgentEffect.Remove.class);
        bench.none(AgentEffect.Ensure.class);
    }

    @Test
    void aStoreThatIsPutBackUnderARunningAgentIsReadAsItIs() {
        bench.revision = NEWER;
        bench.storeRead(List.of(wanted(WEB)), Map.of());
        bench.engineListed(List.of(running(WEB, 50, START)));
        bench.tell(new AgentEvent.StoreLost(0, "away"));
        bench.advance(Duration.ofSeconds(31));
        bench.revision = 60;
        bench.storeRead(List.of(wanted(WEB)), Map.of());
        bench.engineListed(List.of(running(WEB, 50, START), running(OTHER, NEWER - 1, START)));
        bench.storeRead(List.of(wanted(WEB)), Map.of());
        bench.none(AgentEffect.Stop.class);
    }
}
