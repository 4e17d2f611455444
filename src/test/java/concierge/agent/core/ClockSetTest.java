package concierge.agent.core;

import static concierge.agent.core.CoreBench.DOCKER;
import static concierge.agent.core.CoreBench.WEB;
import static concierge.agent.core.CoreBench.ended;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.AgentLimits;
import concierge.executor.Running;
import concierge.model.InstanceState;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Machines whose clocks are set, and engines elsewhere whose clocks are other ones. */
class ClockSetTest {
    private static final Duration MINUTES = Duration.ofMinutes(5);
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable").with()
            .restart(new Restart(Restart.Policy.always, Duration.ofSeconds(1), Duration.ofSeconds(8)))
            .build();

    @Test
    void statusesBearWhatTheMachinesClockShows() {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.ClockSet(MINUTES.negated()));
        bench.assign(SPEC);
        bench.ensureRuns();
        assertThat(bench.status().since()).isEqualTo(bench.now.minus(MINUTES));
    }

    @Test
    void aRunOfBeforeOurTimeBeganWhenItDidWhateverTheClockWasSetBy() {
        CoreBench bench = new CoreBench();
        bench.tell(new AgentEvent.ClockSet(MINUTES));
        RunKind kind = new RunKind.ToCompletion(0, Optional.of(Duration.ofMinutes(10)));
        var assigned = CoreBench.assigned(WEB, 50, SPEC, kind, concierge.model.Assignment.Desired.run);
        Instant shown = bench.now.plus(MINUTES).minus(Duration.ofMinutes(9));
        bench.storeRead(List.of(assigned), Map.of(WEB, Status.of(50, InstanceState.ready, shown, "")));
        bench.engineListed(List.of(CoreBench.running(WEB, 50, shown)));
        bench.none(AgentEffect.Stop.class);
        bench.advance(Duration.ofSeconds(61));
        bench.take(AgentEffect.Stop.class);
    }

    /** Without it no crash loop is one there: each run seems to have been quiet for minutes. */
    @Test
    void anEngineWhoseClockIsBehindHasCrashLoops() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        for (int run = 1; run <= AgentLimits.CRASHES; run++) {
            AgentEffect.Ensure ensure = bench.take(AgentEffect.Ensure.class);
            Instant theirs = bench.now.minus(MINUTES);
            Running running = CoreBench.running(WEB, assigned.generation(), theirs);
            bench.answer(ensure, new AgentEvent.Outcome.Runs(running));
            bench.advance(Duration.ofMillis(10));
            bench.tell(new AgentEvent.Observed(DOCKER, ended(WEB, assigned.generation(), theirs, 1, false)));
            bench.advance(Duration.ofSeconds(1));
        }
        assertThat(bench.status().crashing()).isTrue();
    }
}
