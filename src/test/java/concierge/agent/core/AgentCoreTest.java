package concierge.agent.core;

import static concierge.agent.core.CoreBench.DOCKER;
import static concierge.agent.core.CoreBench.HOST;
import static concierge.agent.core.CoreBench.WEB;
import static concierge.agent.core.CoreBench.running;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.AgentLimits;
import concierge.model.Assignment.Desired;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.model.Volume;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Adoption, starting, stopping, belonging, and what is written of it. */
class AgentCoreTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable").with().ports(List.of(Port.tcp(80))).build();

    @Test
    void anAssignedInstanceIsEnsuredInTheSameStep() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        var workload = bench.take(AgentEffect.Ensure.class).workload();
        assertThat(workload.generation()).isEqualTo(assigned.generation());
        assertThat(workload.environment())
                .containsEntry("VIKING_ID", "shop/default/web/1")
                .containsEntry("VIKING_STACK", "shop")
                .containsEntry("VIKING_TAG", "default")
                .containsEntry("VIKING_NAME", "web")
                .containsEntry("VIKING_PID", "1")
                .containsEntry("DB_PORT", "tcp://db:1");
        assertThat(bench.status().state()).isEqualTo(InstanceState.preparing);
    }

    @Test
    void aRunningInstanceWithoutHealthIsReadyWithEndpointsAndAContainerName() {
        CoreBench bench = CoreBench.ready();
        bench.assign(SPEC);
        bench.ensureRuns();
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
        assertThat(bench.endpoints())
                .isEqualTo(Map.of("/ports/shop/default/web/80/tcp/127.0.0.1/20001/1", "127.0.0.1:20001"));
        assertThat(bench.commits.stream().flatMap(commit -> commit.puts().stream()))
                .anyMatch(put -> put.key().equals(Keys.deploy(HOST, WEB)) && put.value().text().equals("shop-default-web-1"));
    }

    @Test
    void nothingIsStartedBeforeStoreAndEngineWereReadCompletely() {
        CoreBench bench = new CoreBench();
        bench.storeRead(List.of(CoreBench.assigned(WEB, 50, SPEC, RunKind.FOREVER, Desired.run)), Map.of());
        bench.none(AgentEffect.Ensure.class);
        bench.engineListed(List.of());
        bench.take(AgentEffect.Ensure.class);
    }

    @Test
    void whatRunsAlreadyIsAdoptedAndStaysReady() {
        CoreBench bench = new CoreBench();
        Status before = new Status(50, InstanceState.ready, CoreBench.START, "", Optional.empty(), 2, false, false, "shop-default-web-1", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:20001")), List.of());
        bench.storeRead(List.of(CoreBench.assigned(WEB, 50, SPEC, RunKind.FOREVER, Desired.run)), Map.of(WEB, before));
        bench.engineListed(List.of(running(WEB, 50, CoreBench.START)));
        bench.none(AgentEffect.Ensure.class);
        bench.commitAll();
        assertThat(bench.commits.stream().flatMap(commit -> commit.puts().stream()))
                .as("nothing changed but what the store lacked")
                .noneMatch(put -> put.key().startsWith(Keys.STATUS));
    }

    @Test
    void aStoreOfAnotherInstallationIsNotObeyed() {
        CoreBench bench = new CoreBench();
        bench.storeRead("theirs", List.of(CoreBench.assigned(WEB, 50, SPEC, RunKind.FOREVER, Desired.run)), Map.of(), Map.of());
        bench.engineListed(List.of(running(InstanceId.parse("a/b/c/1"), 3, CoreBench.START)));
        bench.none(AgentEffect.Ensure.class);
        bench.none(AgentEffect.Stop.class);
        bench.none(AgentEffect.Commit.class);
        bench.advance(Duration.ofSeconds(1));
        bench.take(AgentEffect.ReadStore.class);
    }

    @Test
    void anEmptyStoreRemovesNothing() {
        CoreBench bench = new CoreBench();
        bench.storeRead("", List.of(), Map.of(), Map.of());
        bench.engineListed(List.of(running(WEB, 3, CoreBench.START)));
        bench.none(AgentEffect.Stop.class);
        bench.none(AgentEffect.Remove.class);
    }

    @Test
    void aLateContainerOfAnEarlierGenerationGoesAlthoughTheCurrentOneHasEnded() {
        CoreBench bench = new CoreBench();
        Status failed = new Status(50, InstanceState.failed, CoreBench.START, "no such file", Optional.empty(), 0, false, false, "", new TreeMap<>(), List.of());
        bench.storeRead(List.of(CoreBench.assigned(WEB, 50, SPEC, RunKind.FOREVER, Desired.run)), Map.of(WEB, failed));
        bench.engineListed(List.of(running(WEB, 49, CoreBench.START)));
        bench.stopped();
        bench.removed();
        bench.none(AgentEffect.Ensure.class);
        assertThat(bench.commits).noneMatch(commit -> commit.puts().stream().anyMatch(put -> put.key().startsWith(Keys.STATUS)));
    }

    @Test
    void anInstanceThatNobodyAssignedIsStoppedAndRemoved() {
        CoreBench bench = new CoreBench();
        bench.engineListed(List.of(running(WEB, 3, CoreBench.START)));
        bench.none(AgentEffect.Stop.class);
        bench.storeRead(List.of(), Map.of());
        bench.stopped();
        bench.removed();
    }

    @Test
    void aVolumeIsNotUsedWhileALeftoverOfAnotherVersionHasIt() {
        ServiceSpec kept = SPEC.with().pinned(true).volumes(List.of(new Volume(Optional.empty(), "/data"))).build();
        InstanceId former = InstanceId.parse("shop/blue/web/1");
        CoreBench bench = new CoreBench();
        bench.storeRead(List.of(CoreBench.assigned(WEB, 50, kept, RunKind.FOREVER, Desired.run)), Map.of());
        bench.engineListed(List.of(running(former, 40, CoreBench.START)));
        bench.none(AgentEffect.Ensure.class);
        assertThat(bench.status().reason()).isEqualTo("waits until shop/blue/web/1 has stopped, which has its volume");
    }

    @Test
    void anOrphansEndpointsGoBeforeIt() {
        CoreBench bench = new CoreBench();
        String key = "/ports/shop/default/web/80/tcp/127.0.0.1/20001/1";
        bench.storeRead("ours", List.of(), Map.of(), Map.of(WEB, new TreeMap<>(Map.of(key, "127.0.0.1:20001"))));
        bench.engineListed(List.of(running(WEB, 3, CoreBench.START)));
        bench.none(AgentEffect.Stop.class);
        bench.commitAll();
        assertThat(bench.commits.getFirst().deletes()).containsExactly(key);
        bench.drained();
        bench.stopped();
    }

    @Test
    void somethingNewerThanTheKnownAssignmentsIsLeftAloneUntilTheStoreWasReadAgain() {
        CoreBench bench = new CoreBench();
        bench.storeRead(List.of(), Map.of());
        bench.engineListed(List.of(running(WEB, 500, CoreBench.START)));
        bench.none(AgentEffect.Stop.class);
        bench.advance(Duration.ofSeconds(1));
        bench.revision = 600;
        bench.storeRead(List.of(CoreBench.assigned(WEB, 500, SPEC, RunKind.FOREVER, Desired.run)), Map.of());
        bench.none(AgentEffect.Stop.class);
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
    }

    @Test
    void stoppingWithdrawsThenWaitsForRoutersThenStopsThenRemoves() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC.with().stopGrace(Duration.ofSeconds(3)).build());
        bench.ensureRuns();
        assertThat(bench.endpoints()).hasSize(1);
        bench.stop(assigned);
        bench.none(AgentEffect.Stop.class);
        assertThat(bench.endpoints()).isEmpty();
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopping);
        var wait = bench.take(AgentEffect.AwaitRouters.class);
        assertThat(wait.revision()).isEqualTo(bench.revision);
        bench.none(AgentEffect.Stop.class);
        bench.tell(new AgentEvent.Answered(WEB, wait.operation(), new AgentEvent.Outcome.Drained()));
        var stop = bench.take(AgentEffect.Stop.class);
        assertThat(stop.grace()).isEqualTo(Duration.ofSeconds(3));
        bench.tell(new AgentEvent.Answered(WEB, stop.operation(), new AgentEvent.Outcome.Stopped()));
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopping);
        bench.removed();
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopped);
    }

    @Test
    void aStopDuringAnEnsureCancelsItAndTakesAwayWhatItLeft() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        var ensure = bench.take(AgentEffect.Ensure.class);
        bench.stop(assigned);
        assertThat(bench.take(AgentEffect.Cancel.class).operation()).isEqualTo(ensure.operation());
        bench.answer(ensure, new AgentEvent.Outcome.Refused(concierge.executor.ExecutorException.Kind.other, "interrupted"));
        bench.none(AgentEffect.Ensure.class);
        bench.removed();
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopped);
    }

    @Test
    void anEnsureThatWasCalledOffSaysNothingAboutItsEngine() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        var ensure = bench.take(AgentEffect.Ensure.class);
        bench.stop(assigned);
        bench.answer(ensure, new AgentEvent.Outcome.Refused(concierge.executor.ExecutorException.Kind.unavailable, "interrupted while waiting"));
        // without asking the engine first whether it is there
        bench.removed();
        assertThat(bench.status().state()).isEqualTo(InstanceState.stopped);
    }

    @Test
    void aNewGenerationStartsOnlyWhenTheOldOneIsGoneAndKeepsItsHostPort() {
        CoreBench bench = CoreBench.ready();
        var old = bench.assign(SPEC);
        bench.ensureRuns();
        bench.commitAll();
        bench.release(old.instance());
        var next = bench.assign(SPEC);
        bench.none(AgentEffect.Ensure.class);
        bench.commitAll();
        bench.drained();
        bench.stopped();
        bench.removed();
        var workload = bench.take(AgentEffect.Ensure.class).workload();
        assertThat(workload.generation()).isEqualTo(next.generation());
        assertThat(workload.hostPorts()).isEqualTo(Map.of("80/tcp", 20001));
    }

    @Test
    void aContainerThatSomebodyRemovedIsMadeAgain() {
        CoreBench bench = CoreBench.ready();
        bench.assign(SPEC);
        bench.ensureRuns();
        bench.commitAll();
        bench.advance(AgentLimits.LIST_EVERY);
        bench.engineListed(List.of());
        assertThat(bench.status().reason()).contains("its container is gone");
        bench.ensureRuns();
        assertThat(bench.status().restarts()).isEqualTo(1);
    }

    @Test
    void aListingThatIsOlderThanAnEnsureDoesNotDenyIt() {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.Gap(DOCKER));
        var list = bench.take(AgentEffect.ListEngine.class);
        bench.assign(SPEC);
        bench.ensureRuns();
        bench.tell(new AgentEvent.EngineListed(DOCKER, list.listing(), List.of()));
        bench.none(AgentEffect.Ensure.class);
        assertThat(bench.status().state()).isEqualTo(InstanceState.ready);
    }

    @Test
    void anEndThatIsToldBeforeTheStartsAnswerIsNotForgotten() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        var ensure = bench.take(AgentEffect.Ensure.class);
        bench.died(assigned.generation(), bench.now, 3);
        bench.answer(ensure, new AgentEvent.Outcome.Runs(running(WEB, assigned.generation(), bench.now)));
        bench.take(AgentEffect.Ensure.class);
        assertThat(bench.status().exitCode()).contains(3);
    }

    @Test
    void manyInstancesShareCommitsWithinTheStoresLimit() {
        CoreBench bench = CoreBench.ready();
        for (int n = 1; n <= 100; n++) bench.assign(InstanceId.parse("shop/default/web/" + n), SPEC, RunKind.FOREVER);
        bench.commitAll();
        for (Transaction commit : bench.commits)
            assertThat(commit.puts().size() + commit.deletes().size()).isBetween(1, Limits.OPERATIONS);
        assertThat(bench.commits).as("the first one alone, then the rest together").hasSize(2);
    }

    @Test
    void ensuresOfOneEngineAreBoundedAndTheNextFollowsAnAnswer() {
        CoreBench bench = CoreBench.ready();
        for (int n = 1; n <= AgentLimits.ENSURES_AT_ONCE + 1; n++) bench.assign(InstanceId.parse("shop/default/web/" + n), SPEC, RunKind.FOREVER);
        for (int n = 1; n < AgentLimits.ENSURES_AT_ONCE; n++) bench.take(AgentEffect.Ensure.class);
        var last = bench.take(AgentEffect.Ensure.class);
        bench.none(AgentEffect.Ensure.class);
        bench.answer(last, new AgentEvent.Outcome.Runs(running(last.workload().instance(), last.workload().generation(), bench.now)));
        assertThat(bench.take(AgentEffect.Ensure.class).workload().instance().n()).isEqualTo(AgentLimits.ENSURES_AT_ONCE + 1);
    }

    @Test
    void aCommitInDoubtIsRepeatedUnchangedAndNothingIsTouchedMeanwhile() {
        CoreBench bench = CoreBench.ready();
        bench.assign(SPEC);
        var ensure = bench.take(AgentEffect.Ensure.class);
        var commit = bench.take(AgentEffect.Commit.class).transaction();
        bench.tell(new AgentEvent.CommitAnswered(commit.id(), new CommitResult.Unknown(commit.id(), "disk full")));
        bench.answer(ensure, new AgentEvent.Outcome.Refused(concierge.executor.ExecutorException.Kind.other, "x"));
        bench.assign(InstanceId.parse("shop/default/web/2"), SPEC, RunKind.FOREVER);
        bench.none(AgentEffect.Ensure.class);
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.take(AgentEffect.Commit.class).transaction()).isEqualTo(commit);
        bench.tell(new AgentEvent.CommitAnswered(commit.id(), new CommitResult.Committed(++bench.revision)));
        bench.take(AgentEffect.Ensure.class);
    }

    @Test
    void aConflictEndsTheWritesOfThatGenerationOnly() {
        CoreBench bench = CoreBench.ready();
        InstanceId second = InstanceId.parse("shop/default/web/2");
        bench.assign(SPEC);
        bench.commitAll();
        bench.assign(second, SPEC, RunKind.FOREVER);
        bench.ensureRuns();
        bench.ensureRuns();
        bench.answerCommit(new CommitResult.Conflict(Keys.assign(HOST, second)));
        bench.commitAll();
        assertThat(bench.commits.getLast().puts())
                .anyMatch(put -> put.key().equals(Keys.status(HOST, WEB)))
                .noneMatch(put -> put.key().contains("web/2"));
        bench.advance(AgentLimits.CONFLICT_PATIENCE);
        bench.take(AgentEffect.ReadStore.class);
    }

    @Test
    void whileTheStoreIsAwayNothingIsTouched() {
        CoreBench bench = CoreBench.ready();
        var assigned = bench.assign(SPEC);
        bench.ensureRuns();
        bench.commitAll();
        bench.tell(new AgentEvent.StoreLost(0, "gone"));
        bench.died(assigned.generation(), bench.now, 1);
        bench.none(AgentEffect.Ensure.class);
        bench.advance(Duration.ofSeconds(1));
        bench.storeRead(List.of(assigned), Map.of());
        bench.take(AgentEffect.Ensure.class);
    }

    @Test
    void whyTheStoreIsLostIsSaidOnceAMinute() {
        CoreBench bench = CoreBench.ready();
        bench.tell(new AgentEvent.StoreLost(0, "login refused"));
        assertThat(bench.take(AgentEffect.Say.class).text()).contains("login refused");
        for (int i = 0; i < 10; i++) {
            bench.advance(AgentLimits.READ.longest());
            bench.tell(new AgentEvent.StoreLost(bench.take(AgentEffect.ReadStore.class).reading(), "login refused"));
        }
        bench.none(AgentEffect.Say.class);
        bench.advance(AgentLimits.REMINDED);
        bench.tell(new AgentEvent.StoreLost(bench.take(AgentEffect.ReadStore.class).reading(), "login refused"));
        assertThat(bench.take(AgentEffect.Say.class).text()).contains("login refused");
    }

    @Test
    void anEngineThatAnswersAndCannotListIsToldAwayOnceAndAskedEverRarer() {
        CoreBench bench = new CoreBench(Set.of(DOCKER));
        int asked = 0;
        int told = 0;
        for (int second = 0; second < 120; second++) {
            if (bench.find(AgentEffect.CheckEngine.class).isPresent()) {
                asked++;
                bench.tell(new AgentEvent.EngineChecked(DOCKER, true, "Docker"));
                bench.tell(new AgentEvent.EngineListFailed(DOCKER, bench.take(AgentEffect.ListEngine.class).listing(), "its folder is gone"));
            }
            var announced = bench.find(AgentEffect.Announce.class);
            if (announced.isPresent()) {
                told++;
                assertThat(announced.get().available()).isEmpty();
                assertThat(announced.get().remarks()).containsExactly("docker is away: its folder is gone");
            }
            bench.advance(Duration.ofSeconds(1));
        }
        assertThat(told).isEqualTo(1);
        assertThat(asked).isLessThan(25);
        bench.tell(new AgentEvent.EngineChecked(DOCKER, true, "Docker"));
        bench.advance(Duration.ofSeconds(15));
        bench.engineListed(List.of());
        assertThat(bench.take(AgentEffect.Announce.class).available()).containsExactly(DOCKER);
    }

    @Test
    void anEngineThatHangsWhileNothingIsAskedOfItIsFoundOutAndTold() {
        CoreBench bench = new CoreBench(Set.of(DOCKER));
        bench.engineListed(List.of());
        assertThat(bench.take(AgentEffect.Announce.class).remarks()).isEmpty();
        bench.advance(AgentLimits.CHECK_EVERY);
        bench.tell(new AgentEvent.EngineChecked(bench.take(AgentEffect.CheckEngine.class).kind(), true, "Docker"));
        bench.none(AgentEffect.ListEngine.class);
        bench.none(AgentEffect.Announce.class);
        bench.advance(AgentLimits.CHECK_EVERY);
        bench.tell(new AgentEvent.EngineChecked(bench.take(AgentEffect.CheckEngine.class).kind(), false, "no answer within 5 s"));
        AgentEffect.Announce told = bench.take(AgentEffect.Announce.class);
        assertThat(told.available()).isEmpty();
        assertThat(told.remarks()).containsExactly("docker is away: no answer within 5 s");
    }

    @Test
    void onlyWorkingExecutorsAreAnnounced() {
        CoreBench bench = new CoreBench(Set.of(DOCKER, concierge.model.ExecutorKind.process));
        var first = bench.take(AgentEffect.CheckEngine.class);
        bench.tell(new AgentEvent.EngineChecked(first.kind(), false, "no socket"));
        bench.none(AgentEffect.Announce.class);
        var second = bench.take(AgentEffect.CheckEngine.class);
        bench.tell(new AgentEvent.EngineChecked(second.kind(), true, "processes"));
        bench.none(AgentEffect.Announce.class);
        bench.engineListed(List.of());
        assertThat(bench.take(AgentEffect.Announce.class).available()).containsExactly(second.kind());
        bench.advance(Duration.ofSeconds(1));
        bench.engineListed(List.of());
        assertThat(bench.take(AgentEffect.Announce.class).available()).hasSize(2);
    }
}
