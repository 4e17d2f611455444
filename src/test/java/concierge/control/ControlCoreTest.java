package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.View;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.ViewBuilder;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The core over a real store in memory, its effects carried out by hand, its clock in our hands. */
class ControlCoreTest {
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");
    private static final ServiceSpec SPEC = ServiceSpec.of("web");

    
    private final ControlCore core = new ControlCore();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final MemoryStore store = new MemoryStore(() -> now);
    private final List<ControlEffect> effects = new ArrayList<>();
    private int ids;

    @AfterEach
    void close() {
        store.close();
    }

    private long commit(Consumer<Transaction.Builder> write) {
        Transaction.Builder to = Transaction.id("test-" + ++ids);
        write.accept(to);
        CommitResult result = store.commit(to.build());
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    private void host(String name) {
        commit(to -> to.put(Keys.host(name), Codec.value(new HostRecord(
                name, List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false))));
    }

    private void want(int scale) {
        commit(to -> {
            Writes.spec(to, SPEC);
            Writes.intent(to, WEB, Intent.of(Codec.digest(SPEC), scale, "1"));
        });
    }

    private long elect() {
        long fence = commit(to -> to.put(Keys.LEADER, "me"));
        tell(new ControlEvent.Elected(fence));
        return fence;
    }

    private View view() {
        return ViewBuilder.load(store).view();
    }

    private void tell(ControlEvent event) {
        effects.addAll(core.step(event, now));
    }

    private void observe() {
        tell(new ControlEvent.ViewChanged(view()));
    }

    private List<ControlEffect.Write> takeWrites() {
        List<ControlEffect.Write> writes = new ArrayList<>();
        for (ControlEffect effect : effects) if (effect instanceof ControlEffect.Write write) writes.add(write);
        effects.removeAll(writes);
        return writes;
    }

    /** Carries everything out until nothing is asked for any more. */
    private void run() {
        for (int round = 0; round < 100; round++) {
            now = now.plus(ControlCore.INTERVAL);
            observe();
            List<ControlEffect.Write> writes = takeWrites();
            if (writes.isEmpty()) return;
            for (ControlEffect.Write write : writes) tell(Commits.run(store, write));
        }
        throw new AssertionError("no end of committing");
    }

    private void report(int n, InstanceState state) {
        InstanceView instance = view().instance(WEB.instance(n)).orElseThrow();
        commit(to -> Writes.status(to, instance.host(), instance.id(), Status.of(instance.generation(), state, now, "")));
    }

    @Test
    void placesWhatIsWantedAndWritesAllItsKeysTogether() {
        host("a");
        want(2);
        elect();
        run();

        assertThat(store.find(Keys.run(WEB.instance(1)))).hasValueSatisfying(entry -> assertThat(entry.value().text()).isEqualTo("a"));
        assertThat(store.find(Keys.deploy("a", WEB.instance(1)))).hasValueSatisfying(entry -> assertThat(entry.value().text()).isEmpty());
        Assignment assignment = Codec.assignment(store.find(Keys.assign("a", WEB.instance(2))).orElseThrow().value());
        assertThat(assignment.desired()).isEqualTo(Assignment.Desired.run);
    }

    @Test
    void plansAtOnceWhenIdle() {
        host("a");
        want(0);
        elect();
        run();
        now = now.plusSeconds(1);
        want(1);
        observe();
        assertThat(takeWrites()).hasSize(1);
    }

    @Test
    void doesNothingUnlessElectedAndNothingAfterBeingDeposed() {
        host("a");
        want(1);
        observe();
        assertThat(effects).isEmpty();
        elect();
        observe();
        List<ControlEffect.Write> writes = takeWrites();
        assertThat(writes).hasSize(1);
        tell(new ControlEvent.Deposed());
        for (ControlEffect.Write write : writes) tell(Commits.run(store, write));
        want(2);
        observe();
        assertThat(takeWrites()).isEmpty();
    }

    @Test
    void waitsForAViewAsNewAsItsElection() {
        host("a");
        want(1);
        View old = view();
        elect();
        tell(new ControlEvent.ViewChanged(old));
        assertThat(takeWrites()).isEmpty();
        observe();
        assertThat(takeWrites()).hasSize(1);
    }

    @Test
    void aDeposedLeadersCommitsAreRefused() {
        host("a");
        want(1);
        elect();
        observe();
        List<ControlEffect.Write> writes = takeWrites();
        commit(to -> to.delete(Keys.LEADER));
        commit(to -> to.put(Keys.LEADER, "other"));

        ControlEvent.Answered answer = Commits.run(store, writes.getFirst());

        assertThat(answer.result()).isEqualTo(new CommitResult.Conflict(Keys.LEADER));
        assertThat(view().instance(WEB.instance(1))).isEmpty();
    }

    @Test
    void plansAnewAfterAConflictFromANewerView() {
        host("a");
        want(1);
        elect();
        observe();
        List<ControlEffect.Write> writes = takeWrites();
        commit(to -> Writes.place(to, new Assignment(
                WEB.instance(1), "a", Codec.digest(SPEC), ExecutorKind.docker, 0, new java.util.TreeMap<>(), Assignment.Desired.run,
                concierge.model.RunKind.FOREVER, "1"), false));
        for (ControlEffect.Write write : writes) tell(Commits.run(store, write));
        run();
        assertThat(view().service(WEB).orElseThrow().instances()).hasSize(1);
    }

    @Test
    void onePassIsUnderWayAtATime() {
        host("a");
        want(1);
        elect();
        observe();
        List<ControlEffect.Write> first = takeWrites();
        now = now.plusSeconds(1);
        want(3);
        observe();
        assertThat(takeWrites()).as("the first pass is not answered yet").isEmpty();
        for (ControlEffect.Write write : first) tell(Commits.run(store, write));
        run();
        assertThat(view().service(WEB).orElseThrow().instances()).hasSize(3);
    }

    @Test
    void asksAboutACommitInDoubtAndGoesOnWhenItWasDone() {
        host("a");
        want(1);
        elect();
        observe();
        ControlEffect.Write write = takeWrites().getFirst();
        long revision = ((CommitResult.Committed) Commits.run(store, write).result()).revision();
        tell(new ControlEvent.Answered(write.id(), new CommitResult.Unknown(write.id(), "connection lost")));
        wake();
        assertThat(effects).contains(new ControlEffect.Recall(write.id()));

        tell(new ControlEvent.Recalled(write.id(), OptionalLong.of(revision), true));
        run();

        assertThat(view().service(WEB).orElseThrow().instances()).hasSize(1);
    }

    @Test
    void sendsACommitAgainThatTheStoreDoesNotKnow() {
        host("a");
        want(1);
        elect();
        observe();
        ControlEffect.Write write = takeWrites().getFirst();
        tell(new ControlEvent.Answered(write.id(), new CommitResult.Unknown(write.id(), "connection lost")));
        wake();
        tell(new ControlEvent.Recalled(write.id(), OptionalLong.empty(), true));
        assertThat(takeWrites()).containsExactly(write);
    }

    @Test
    void givesACommitInDoubtUpAfterAWhileAndPlansAnew() {
        host("a");
        want(1);
        elect();
        observe();
        ControlEffect.Write write = takeWrites().getFirst();
        tell(new ControlEvent.Answered(write.id(), new CommitResult.Unknown(write.id(), "connection lost")));
        for (int i = 0; i < 20; i++) {
            wake();
            tell(new ControlEvent.Recalled(write.id(), OptionalLong.empty(), false));
        }
        wake();
        assertThat(takeWrites()).as("a new pass").extracting(ControlEffect.Write::id).doesNotContain(write.id()).hasSize(1);
    }

    /** Goes to the alarm that was asked for last. */
    private void wake() {
        effects.stream().filter(ControlEffect.WakeAt.class::isInstance).map(effect -> ((ControlEffect.WakeAt) effect).at())
                .filter(at -> at.isAfter(now)).min(Instant::compareTo).ifPresent(at -> now = at);
        effects.removeIf(effect -> effect instanceof ControlEffect.WakeAt(Instant at) && !at.isAfter(now));
        tell(new ControlEvent.Woke());
    }

    @Test
    void givesUpAHostThatStaysAwayAndMovesItsInstances() {
        host("a");
        host("b");
        want(2);
        elect();
        run();
        assertThat(view().instance(WEB.instance(1)).orElseThrow().host()).isEqualTo("a");
        commit(to -> to.delete(Keys.host("a")));
        run();
        assertThat(view().instance(WEB.instance(1)).orElseThrow().host()).as("only away").isEqualTo("a");
        Instant noticed = now;

        wake();

        assertThat(now).isAfterOrEqualTo(noticed.plus(ControlCore.LOST_AFTER_ALONE).minusMillis(10));
        for (ControlEffect.Write write : takeWrites()) tell(Commits.run(store, write));
        run();
        assertThat(view().instance(WEB.instance(1)).orElseThrow().host()).isEqualTo("b");
        assertThat(store.find(Keys.assign("a", WEB.instance(1)))).isEmpty();
    }

    @Test
    void stopsAndReleasesByTheProtocol() {
        host("a");
        want(1);
        elect();
        run();
        report(1, InstanceState.ready);
        want(0);
        run();
        assertThat(view().instance(WEB.instance(1)).orElseThrow().isStopping()).isTrue();
        report(1, InstanceState.stopped);
        run();
        for (String prefix : List.of(Keys.RUN, Keys.ASSIGN, Keys.DEPLOY, Keys.STATUS)) {
            assertThat(store.list(prefix, "", 10, 0).entries()).as(prefix).isEmpty();
        }
    }

    @Test
    void replacesInPlaceWithANewGeneration() {
        host("a");
        want(1);
        elect();
        run();
        report(1, InstanceState.ready);
        long first = view().instance(WEB.instance(1)).orElseThrow().generation();
        commit(to -> Writes.intent(to, WEB, Intent.of(Codec.digest(SPEC), 1, "1").nextEpoch()));
        run();
        report(1, InstanceState.stopped);
        run();
        InstanceView second = view().instance(WEB.instance(1)).orElseThrow();
        assertThat(second.generation()).isGreaterThan(first);
        assertThat(second.isStopping()).isFalse();
    }

    @Test
    void commitsABigPlanInChunksWithinTheLimits() {
        host("a");
        want(1000);
        elect();
        run();
        assertThat(view().service(WEB).orElseThrow().instances()).hasSize(1000);
    }

    @Test
    void concludesADeploymentWithoutUndoingANewerOne() {
        host("a");
        want(1);
        Deployment first = new Deployment("shop", "0000000001", "default", List.of("v0"), Deployment.Outcome.active, "", 0);
        commit(to -> Writes.deployment(to, first));
        ServiceId replaced = ServiceId.parse("shop/v0/web");
        commit(to -> Writes.intent(to, replaced, Intent.of(Codec.digest(SPEC), 0, "0")));
        elect();
        run();
        report(1, InstanceState.ready);
        now = now.plus(Duration.ofSeconds(1));
        observe();
        List<ControlEffect.Write> writes = takeWrites();
        assertThat(writes).hasSize(1).first().isInstanceOf(ControlEffect.Conclude.class);
        commit(to -> Writes.intent(to, replaced, Intent.of(Codec.digest(SPEC), 0, "2")));

        tell(Commits.run(store, writes.getFirst()));
        assertThat(view().deployments().find("shop")).as("changed in between: planned anew").isNotNull();
        run();

        assertThat(view().deployments().find("shop")).isNull();
        assertThat(Codec.deployment(store.find(Keys.deployment("shop", first.id())).orElseThrow().value()).outcome())
                .isEqualTo(Deployment.Outcome.succeeded);
        assertThat(store.find(Keys.proc(replaced))).isEmpty();
    }

    @Test
    void aDeploymentOfNothingIsConcludedThoughItsFirstCommitConflicts() {
        commit(to -> Writes.deployment(to, new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 0)));
        elect();
        observe();
        ControlEffect.Write conclude = takeWrites().getFirst();
        commit(to -> to.put(Keys.env("shop", "A"), "1"));
        tell(new ControlEvent.Answered(conclude.id(), new CommitResult.Conflict("/x")));
        run();
        assertThat(firstDeployment().outcome()).isEqualTo(Deployment.Outcome.succeeded);
    }

    @Test
    void whatFailedBecauseTheKeyWasLostIsPlannedAtOnceWhenItLeadsAgain() {
        host("a");
        want(1);
        elect();
        observe();
        List<ControlEffect.Write> writes = takeWrites();
        commit(to -> to.delete(Keys.LEADER));
        for (ControlEffect.Write write : writes) tell(Commits.run(store, write));
        tell(new ControlEvent.Deposed());
        elect();
        Instant before = now;
        run();
        assertThat(view().instance(WEB.instance(1))).isPresent();
        assertThat(Duration.between(before, now)).isLessThan(Duration.ofMillis(50));
    }

    private Deployment firstDeployment() {
        return Codec.deployment(store.find(Keys.deployment("shop", "0000000001")).orElseThrow().value());
    }

    private void host(Set<ExecutorKind> executors, boolean cordoned) {
        commit(to -> to.put(Keys.host("a"), Codec.value(new HostRecord("a", List.of("10.0.0.1"), Set.of(), Resources.NONE, executors, cordoned))));
    }

    @Test
    void aDeploymentWithoutRoomFailsSoonAfterNothingElseIsAwaited() {
        host(Set.of(), false);
        want(1);
        commit(to -> Writes.deployment(to, new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 0)));
        elect();
        run();
        now = now.plus(Duration.ofMinutes(5));
        tell(new ControlEvent.Woke());
        run();
        assertThat(firstDeployment().outcome()).as("its engine may be back").isEqualTo(Deployment.Outcome.active);

        host(Set.of(ExecutorKind.docker), true);
        run();
        Instant stuck = now;
        assertThat(firstDeployment().outcome()).as("what was before does not count").isEqualTo(Deployment.Outcome.active);
        wake();
        for (ControlEffect.Write write : takeWrites()) tell(Commits.run(store, write));

        assertThat(firstDeployment().reason()).startsWith("no room for shop/default/web/1 in 30 s: 1 host: 1 cordoned");
        assertThat(now).isBetween(stuck.plusSeconds(29), stuck.plusSeconds(31));
        host(Set.of(ExecutorKind.docker), false);
        run();
        assertThat(view().instance(WEB.instance(1)).orElseThrow().host()).as("wanted all the same").isEqualTo("a");
    }

    @Test
    void domainsMoveWithTheSuccessOfTheirDeployment() {
        host("a");
        commit(to -> Writes.stack(to, new StackRecord("shop", "", List.of(), "v0", new TreeMap<>())));
        want(1);
        Deployment deployment = new Deployment("shop", "0000000001", "default", List.of("v0"), Deployment.Outcome.active, "", 0);
        commit(to -> Writes.deployment(to, deployment));
        ServiceId replaced = ServiceId.parse("shop/v0/web");
        commit(to -> Writes.intent(to, replaced, Intent.of(Codec.digest(SPEC), 0, "0")));
        elect();
        run();
        assertThat(view().stacks().find("shop").primary()).as("nothing of the new version is ready").isEqualTo("v0");

        report(1, InstanceState.ready);
        now = now.plus(Duration.ofSeconds(1));
        observe();
        run();

        assertThat(view().stacks().find("shop").primary()).isEqualTo("default");
        assertThat(store.find(Keys.stack("shop")).orElseThrow().modified()).as("with what is withdrawn, in one commit")
                .isEqualTo(store.find(Keys.deployment("shop", deployment.id())).orElseThrow().modified());
    }

    @Test
    void aHostThatIsBackKeepsWhatItRunsWhateverTheLeaderHeard() {
        host("a");
        host("b");
        want(2);
        elect();
        run();
        commit(to -> to.delete(Keys.host("a")));
        observe();
        now = now.plus(ControlCore.LOST_AFTER_ALONE);
        tell(new ControlEvent.Woke());
        ControlEffect.Write release = takeWrites().getFirst();
        host("a");
        assertThat(Commits.run(store, release).result()).isEqualTo(new CommitResult.Conflict(Keys.host("a")));
    }

    @Test
    void aHostThatFlapsIsShownAsSuchAndGetsNothingNewUntilItsTimeIsOver() {
        host("a");
        host("b");
        elect();
        for (int loss = 0; loss < Flapping.LOSSES; loss++) {
            // One that runs nothing is lost all the same.
            want(loss == 1 ? 0 : 4 * (loss + 1));
            run();
            commit(to -> to.delete(Keys.host("a")));
            observe();
            now = now.plus(ControlCore.LOST_AFTER_ALONE);
            tell(new ControlEvent.Woke());
            run();
            host("a");
            observe();
        }
        ControlEffect.Calm calm = (ControlEffect.Calm) effects.stream().filter(ControlEffect.Calm.class::isInstance).findFirst().orElseThrow();
        assertThat(Commits.run(store, calm)).isInstanceOf(CommitResult.Committed.class);
        HostRecord shown = view().host("a").orElseThrow().record().orElseThrow();
        assertThat(shown.cordoned()).isTrue();
        assertThat(shown.remarks()).hasSize(1).first().asString().contains("lost 3 times");
        want(20);
        run();
        assertThat(view().service(WEB).orElseThrow().instances().values()).hasSize(20).allMatch(instance -> instance.host().equals("b"));
    }
}
