package concierge.agent.core;

import static concierge.agent.core.CoreBench.DOCKER;
import static concierge.agent.core.CoreBench.WEB;
import static concierge.agent.core.CoreBench.ended;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.AgentLimits;
import concierge.executor.ExecutorException;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.state.Keys;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What ends and failed starts lead to. */
class RestartsTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable").with()
            .ports(List.of(Port.tcp(80)))
            .restart(new Restart(Restart.Policy.always, Duration.ofSeconds(1), Duration.ofSeconds(8)))
            .build();

    private final CoreBench bench = CoreBench.ready();

    /** Starts it and lets it die a moment later. */
    private void runAndDie(long generation, int exitCode) {
        bench.ensureRuns();
        Instant started = bench.now;
        bench.advance(Duration.ofMillis(10));
        bench.died(generation, started, exitCode);
    }

    @Test
    void theFirstRestartIsAskedForInTheStepThatHearsOfTheEnd() {
        var assigned = bench.assign(SPEC);
        runAndDie(assigned.generation(), 1);
        bench.take(AgentEffect.Ensure.class);
        assertThat(bench.status().restarts()).isEqualTo(1);
        assertThat(bench.status().reason()).isEqualTo("exited with 1; starts again");
        assertThat(bench.endpoints()).isEmpty();
    }

    @Test
    void laterRestartsPauseTwiceAsLongEachTime() {
        var assigned = bench.assign(SPEC);
        runAndDie(assigned.generation(), 1);
        long[] longest = {1000, 2000, 4000, 8000, 8000};
        for (long most : longest) {
            runAndDie(assigned.generation(), 1);
            bench.advance(Duration.ofMillis(most / 2 - 1));
            bench.none(AgentEffect.Ensure.class);
            bench.advance(Duration.ofMillis(most / 2 + 1));
        }
    }

    @Test
    void threeFailuresInARowAreACrashLoopWithTheLastLogLines() {
        var assigned = bench.assign(SPEC);
        for (int run = 1; run <= 3; run++) {
            runAndDie(assigned.generation(), 7);
            if (run < 3) assertThat(bench.status().crashing()).isFalse();
            bench.advance(Duration.ofSeconds(1));
        }
        var log = bench.take(AgentEffect.ReadLog.class);
        bench.tell(new AgentEvent.LogRead(WEB, log.generation(), List.of("no such database")));
        assertThat(bench.status().crashing()).isTrue();
        assertThat(bench.status().reason()).contains("crash loop: exited with 7, 3 times in a row");
        assertThat(bench.status().lastLog()).containsExactly("no such database");
        assertThat(bench.commits.stream().flatMap(commit -> commit.puts().stream()))
                .anyMatch(put -> put.key().equals(Keys.counter(CoreBench.HOST, WEB)) && put.value().text().equals("3"));
    }

    @Test
    void aQuietTimeEndsTheCrashLoop() {
        var assigned = bench.assign(SPEC);
        for (int run = 1; run <= 3; run++) {
            runAndDie(assigned.generation(), 7);
            bench.advance(Duration.ofSeconds(8));
        }
        bench.ensureRuns();
        assertThat(bench.status().crashing()).isTrue();
        bench.advance(AgentLimits.QUIET);
        assertThat(bench.status().crashing()).isFalse();
        assertThat(bench.status().reason()).isEmpty();
        bench.died(assigned.generation(), bench.now.minus(AgentLimits.QUIET), 1);
        bench.take(AgentEffect.Ensure.class);
    }

    @Test
    void wantOfMemoryIsNamedWithItsLimit() {
        var assigned = bench.assign(SPEC.with().resources(new concierge.model.Resources(0, 64L << 20)).build());
        bench.ensureRuns();
        bench.tell(new AgentEvent.Observed(DOCKER, ended(WEB, assigned.generation(), bench.now, 137, true)));
        assertThat(bench.status().oomKilled()).isTrue();
        assertThat(bench.status().exitCode()).contains(137);
        assertThat(bench.status().reason()).contains("killed for want of memory (limit 64 MiB)");
    }

    @ParameterizedTest
    @CsvSource({"never, 0, completed", "never, 1, failed", "onFailure, 0, completed", "onFailure, 1, starting", "always, 0, starting"})
    void thePolicyDecidesWhatAnEndMeans(Restart.Policy policy, int exitCode, InstanceState state) {
        var assigned = bench.assign(SPEC.with().restart(new Restart(policy, Duration.ofSeconds(1), Duration.ofSeconds(1))).build());
        runAndDie(assigned.generation(), exitCode);
        assertThat(bench.status().state()).isEqualTo(state);
        if (state.isFinal()) bench.none(AgentEffect.Ensure.class);
    }

    @ParameterizedTest
    @CsvSource({"0, completed", "3, failed"})
    void whatRunsToCompletionIsNotRestarted(int exitCode, InstanceState state) {
        var assigned = bench.assign(WEB, SPEC, new RunKind.ToCompletion(0, Optional.empty()));
        runAndDie(assigned.generation(), exitCode);
        assertThat(bench.status().state()).isEqualTo(state);
        assertThat(bench.status().exitCode()).contains(exitCode);
        bench.none(AgentEffect.Ensure.class);
        bench.stop(assigned);
        bench.commitAll();
        bench.find(AgentEffect.AwaitRouters.class)
                .ifPresent(wait -> bench.tell(new AgentEvent.Answered(WEB, wait.operation(), new AgentEvent.Outcome.Drained())));
        bench.removed();
        assertThat(bench.status().state()).as("the fact is kept").isEqualTo(state);
    }

    @Test
    void aJobWhoseContainerIsGoneIsNotRunASecondTime() {
        bench.assign(WEB, SPEC, new RunKind.ToCompletion(0, Optional.empty()));
        bench.ensureRuns();
        bench.commitAll();
        bench.advance(AgentLimits.LIST_EVERY);
        bench.engineListed(List.of());
        bench.none(AgentEffect.Ensure.class);
        assertThat(bench.status().state()).isEqualTo(InstanceState.failed);
        assertThat(bench.status().reason()).contains("not run a second time");
    }

    @Test
    void aJobWhoseImageIsNotToBeHadFailsAfterSomeTries() {
        bench.assign(WEB, SPEC, new RunKind.ToCompletion(0, Optional.empty()));
        for (int attempt = 1; attempt < AgentLimits.ONCE_TRIES; attempt++) {
            bench.refuse(ExecutorException.Kind.imageMissing, "busybox:nope is not there");
            assertThat(bench.status().state()).isEqualTo(InstanceState.starting);
            bench.advance(Duration.ofMinutes(1));
            bench.found(Optional.empty());
        }
        bench.refuse(ExecutorException.Kind.imageMissing, "busybox:nope is not there");
        assertThat(bench.status().state()).isEqualTo(InstanceState.failed);
        assertThat(bench.status().reason()).isEqualTo("busybox:nope is not there");
    }

    @Test
    void aJobThatTheEngineRefusesFailsAtOnce() {
        bench.assign(WEB, SPEC, new RunKind.ToCompletion(0, Optional.empty()));
        bench.refuse(ExecutorException.Kind.refused, "invalid mount");
        assertThat(bench.status().state()).isEqualTo(InstanceState.failed);
    }

    @Test
    void aJobPastItsDeadlineIsStoppedAndFailed() {
        bench.assign(WEB, SPEC, new RunKind.ToCompletion(0, Optional.of(Duration.ofSeconds(60))));
        bench.ensureRuns();
        bench.commitAll();
        bench.advance(Duration.ofSeconds(59));
        bench.none(AgentEffect.Stop.class);
        bench.advance(Duration.ofSeconds(1));
        bench.stopped();
        assertThat(bench.status().state()).isEqualTo(InstanceState.failed);
        assertThat(bench.status().reason()).contains("deadline");
    }

    @ParameterizedTest
    @EnumSource(value = ExecutorException.Kind.class, names = {"imageMissing", "portTaken", "exhausted", "conflict", "other"})
    void whatMayWorkLaterIsTriedAgainAfterALookWithGrowingPauses(ExecutorException.Kind kind) {
        bench.assign(SPEC);
        bench.refuse(kind, "busybox:nope is not there");
        assertThat(bench.status().state()).isEqualTo(InstanceState.starting);
        assertThat(bench.status().reason()).startsWith("busybox:nope is not there; tried again in");
        bench.none(AgentEffect.Inspect.class);
        bench.advance(Duration.ofSeconds(1));
        bench.found(Optional.empty());
        bench.refuse(kind, "busybox:nope is not there");
        bench.advance(Duration.ofMillis(999));
        bench.none(AgentEffect.Inspect.class);
        bench.advance(Duration.ofMillis(1001));
        bench.found(Optional.empty());
        bench.take(AgentEffect.Ensure.class);
        assertThat(bench.status().restarts()).isZero();
    }

    @Test
    void whatTheEngineRefusesIsTriedRarely() {
        bench.assign(SPEC);
        bench.refuse(ExecutorException.Kind.refused, "invalid capability");
        bench.advance(AgentLimits.REFUSED_PAUSE.minusSeconds(1));
        bench.none(AgentEffect.Inspect.class);
        bench.advance(Duration.ofSeconds(1));
        bench.take(AgentEffect.Inspect.class);
    }

    @Test
    void aCommandThatCannotBeStartedIsACrashLoopTheThirdTime() {
        bench.assign(SPEC);
        for (int start = 1; start <= 3; start++) {
            bench.refuse(ExecutorException.Kind.cannotStart, "exec: \"nope\": not found");
            if (start == 3) break;
            bench.advance(Duration.ofSeconds(2));
            bench.found(Optional.empty());
        }
        assertThat(bench.status().crashing()).isTrue();
        assertThat(bench.status().reason()).contains("\"nope\": not found");
    }

    @Test
    void anEngineThatIsAwayChangesReasonsAndNothingElse() {
        bench.assign(SPEC);
        bench.ensureRuns();
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        bench.advance(AgentLimits.LIST_EVERY);
        var list = bench.take(AgentEffect.ListEngine.class);
        bench.tell(new AgentEvent.EngineListFailed(DOCKER, list.listing(), "connection refused"));
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.status().reason()).isEqualTo("docker is away: connection refused");
        assertThat(bench.endpoints()).hasSize(1);
        bench.advance(Duration.ofMillis(500));
        bench.take(AgentEffect.CheckEngine.class);
        bench.none(AgentEffect.Ensure.class);
    }

    @Test
    void whenTheEngineIsBackItIsListedAndWhatEndedStartsAgain() {
        var assigned = bench.assign(SPEC);
        bench.ensureRuns();
        Instant started = bench.now;
        bench.advance(AgentLimits.LIST_EVERY);
        bench.tell(new AgentEvent.EngineListFailed(DOCKER, bench.take(AgentEffect.ListEngine.class).listing(), "connection refused"));
        bench.advance(Duration.ofMillis(500));
        bench.engineListed(List.of(ended(WEB, assigned.generation(), started, 137, false)));
        bench.take(AgentEffect.Ensure.class);
        assertThat(bench.status().reason()).doesNotContain("away");
    }

    @Test
    void anOperationWithoutAnswerIsToldToPeople() {
        bench.assign(SPEC);
        bench.take(AgentEffect.Ensure.class);
        bench.commitAll();
        bench.advance(AgentLimits.SILENCE);
        assertThat(bench.status().reason()).isEqualTo("docker has not answered for 20 s (ensure)");
        assertThat(bench.status().state()).isEqualTo(InstanceState.preparing);
    }

    @Test
    void progressOfAPullIsShownAtMostOnceASecond() {
        bench.assign(SPEC);
        var ensure = bench.take(AgentEffect.Ensure.class);
        bench.commitAll();
        int before = bench.commits.size();
        for (int i = 0; i < 50; i++) {
            bench.tell(new AgentEvent.Progressed(WEB, ensure.operation(), "pulling " + i));
            bench.advance(Duration.ofMillis(100));
            bench.commitAll();
        }
        assertThat(bench.commits.size() - before).isEqualTo(5);
        assertThat(bench.status().reason()).startsWith("pulling");
    }

    @Test
    void countersOfAnEarlierAgentAreContinued() {
        CoreBench fresh = new CoreBench();
        var assigned = CoreBench.assigned(WEB, 50, SPEC, RunKind.FOREVER, concierge.model.Assignment.Desired.run);
        fresh.tell(new AgentEvent.StoreRead(fresh.take(AgentEffect.ReadStore.class).reading(), new HostState(
                "ours", fresh.revision, List.of(assigned), Map.of(), Map.of(), Map.of(), Map.of(WEB, 4), Map.of())));
        fresh.engineListed(List.of(ended(WEB, 50, CoreBench.START, 1, false)));
        fresh.commitAll();
        assertThat(fresh.commits.stream().flatMap(commit -> commit.puts().stream()))
                .anyMatch(put -> put.key().equals(Keys.counter(CoreBench.HOST, WEB)) && put.value().text().equals("5"));
    }
}
