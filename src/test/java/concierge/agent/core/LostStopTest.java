package concierge.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.Assigned;
import concierge.model.InstanceState;
import concierge.model.Loss;
import concierge.model.ServiceSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What says {@code lost: stop} runs only while its host's lease is held, as far as the agent can know. */
class LostStopTest {
    private static final ServiceSpec STOPS = ServiceSpec.of("busybox:stable").with().stopsWhenLost(true).stopGrace(Duration.ofMinutes(1)).build();
    private static final ServiceSpec MOVES = ServiceSpec.of("busybox:stable");

    private static CoreBench running(ServiceSpec spec) {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.LeaseHeld());
        bench.assign(spec);
        bench.ensureRuns();
        bench.commitAll();
        return bench;
    }

    private static void cutOff(CoreBench bench) {
        bench.tell(new AgentEvent.StoreLost(0, "no answer"));
        bench.tell(new AgentEvent.LeaseLapsed());
    }

    @Test
    void whenTheLeaseMayHaveEndedItIsStoppedAtOnceAndWithoutTheStore() {
        CoreBench bench = running(STOPS);
        cutOff(bench);
        assertThat(bench.take(AgentEffect.Stop.class).grace()).as("however long it would like to take").isEqualTo(Loss.STOP_GRACE);
        bench.none(AgentEffect.AwaitRouters.class);
    }

    @Test
    void allElseRunsOn() {
        CoreBench bench = running(MOVES);
        cutOff(bench);
        bench.none(AgentEffect.Stop.class);
    }

    @Test
    void aStartThatIsUnderWayIsCalledOff() {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.LeaseHeld());
        bench.assign(STOPS);
        long operation = bench.take(AgentEffect.Ensure.class).operation();
        cutOff(bench);
        assertThat(bench.take(AgentEffect.Cancel.class).operation()).isEqualTo(operation);
    }

    @Test
    void itStartsAgainWhenTheLeaseIsHeldAndTheStoreStillGivesItToThisHost() {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.LeaseHeld());
        Assigned assigned = bench.assign(STOPS);
        bench.ensureRuns();
        bench.commitAll();
        cutOff(bench);
        bench.stopped();
        bench.tell(new AgentEvent.LeaseHeld());
        bench.none(AgentEffect.Ensure.class);
        bench.advance(Duration.ofSeconds(10));
        bench.storeRead(List.of(assigned), Map.of());
        bench.take(AgentEffect.Ensure.class);
        bench.commitAll();
        assertThat(bench.status().reason()).doesNotContain("exited");
        assertThat(bench.status().restarts()).isEqualTo(1);
        assertThat(bench.status().state()).isEqualTo(InstanceState.starting);
    }

    @Test
    void itIsNotStartedBeforeTheLeaseIsHeld() {
        CoreBench bench = CoreBench.ready();
        Assigned assigned = bench.assign(STOPS);
        bench.none(AgentEffect.Ensure.class);
        bench.commitAll();
        assertThat(bench.status().reason()).isEqualTo("waits until this host's lease is held (lost: stop)");
        bench.tell(new AgentEvent.LeaseHeld());
        bench.storeRead(List.of(assigned), Map.of());
        bench.take(AgentEffect.Ensure.class);
    }
}
