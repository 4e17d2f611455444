package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import concierge.model.Status;
import concierge.model.View;
import concierge.state.Codec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The core by itself: what it is told, and what it asks for. */
class PortierCoreTest {
    private static final String ME = "12345";
    private static final TaskTypes TYPES = types(Map.of(
            "sleep", Map.of("executor", "process", "run", List.of("sleep", "1000"), "resources", Map.of("cpu", 1))));

    private PortierCore core = core(Duration.ZERO);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long revision = 100;
    private final Map<ServiceId, ServiceView> services = new TreeMap<>();
    private long capacity = 4000;

    private static TaskTypes types(Map<String, Object> table) {
        return switch (TaskTypes.read(table, Origin.Table.NONE)) {
            case Parsed.Good<TaskTypes>(TaskTypes types, _) -> types;
            case Parsed.Bad<TaskTypes> bad -> throw new AssertionError(bad.problems());
        };
    }

    private static PortierCore core(Duration silence) {
        return new PortierCore(TYPES, new PortierSettings("http://q", ME, Duration.ofSeconds(2), silence, Duration.ofSeconds(10), Duration.ofSeconds(30)));
    }

    @BeforeEach
    void hosts() {
        tell(changed());
    }

    // ---- what happens around the core

    private List<PortierEffect> tell(PortierEvent event) {
        return core.step(event, now);
    }

    private List<PortierEffect> after(Duration time) {
        now = now.plus(time);
        return tell(new PortierEvent.Woke());
    }

    private PortierEvent changed() {
        HostRecord record = new HostRecord("a", List.of("127.0.0.1"), Set.of(), new Resources(capacity, 0), Set.of(ExecutorKind.process), false);
        HostView host = new HostView("a", Optional.of(record), false, Resources.NONE, 0, new TreeMap<>());
        return new PortierEvent.ViewChanged(new View(
                revision, SharedMap.<ServiceId, ServiceView>empty().with(services), SharedMap.<String, HostView>empty().with(Map.of("a", host)),
                SharedMap.empty(), SharedMap.empty(), new TreeSet<>()));
    }

    private List<PortierEffect> elected(Claim... claims) {
        return tell(new PortierEvent.Elected(7, revision, Arrays.asList(claims)));
    }

    /** The state has it, and it runs, or not. */
    private List<PortierEffect> seen(Claim claim, boolean instance) {
        return seen(claim, instance ? instance(claim) : Instances.NONE, Map.of());
    }

    private List<PortierEffect> seen(Claim claim, Instances instances, Map<Integer, String> pending) {
        ServiceSpec spec = TYPES.spec(claim).orElseThrow();
        Intent intent = Intent.of(Codec.digest(spec), 1, "");
        SortedMap<Integer, String> reasons = new TreeMap<>(pending);
        services.put(claim.service(), new ServiceView(claim.service(), Optional.of(intent), Optional.of(spec), instances, new TreeMap<>(), reasons));
        revision++;
        return tell(changed());
    }

    private Instances instance(Claim claim) {
        return instance(claim, Optional.empty(), "c");
    }

    private Instances instance(Claim claim, Optional<Status> status, String container) {
        ServiceSpec spec = TYPES.spec(claim).orElseThrow();
        Assignment assignment = new Assignment(claim.service().instance(1), "a", Codec.digest(spec), ExecutorKind.process, 0, new TreeMap<>(), Assignment.Desired.run, concierge.model.RunKind.FOREVER, "");
        return Instances.of(List.of(new InstanceView(assignment, 5, spec, status, List.of(), container, 0)));
    }

    /** Nothing wants it any more, and nothing of it is left. */
    private List<PortierEffect> vanished(Claim claim) {
        services.remove(claim.service());
        revision++;
        return tell(changed());
    }

    private static Claim claim(String task) {
        return new Claim(task, "sleep", ME, "{\"n\":1}", "");
    }

    private static <T extends PortierEffect> List<T> only(Class<T> type, List<PortierEffect> effects) {
        return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static <T extends PortierEffect> T one(Class<T> type, List<PortierEffect> effects) {
        List<T> found = only(type, effects);
        assertThat(found).as("%s in %s", type.getSimpleName(), effects).hasSize(1);
        return found.getFirst();
    }

    /** What the next heartbeat brings. */
    private List<PortierEffect> beat(List<String> claims, String... available) {
        List<PortierEffect> all = after(Duration.ofSeconds(2));
        PortierEffect.Beat beat = one(PortierEffect.Beat.class, all);
        return answered(beat, claims, available);
    }

    private List<PortierEffect> answered(PortierEffect.Beat beat, List<String> claims, String... available) {
        List<Answer.Available> tasks = new ArrayList<>();
        for (String task : available) tasks.add(new Answer.Available(task, task.startsWith("x") ? "unheard" : "sleep"));
        return tell(new PortierEvent.Beaten(beat.number(), new Answer.Listing(claims, tasks)));
    }

    private List<PortierEffect> granted(PortierEffect.ClaimTask wish) {
        return tell(new PortierEvent.Claimed(wish.operation(), new Answer.Granted(wish.task(), "sleep", "{\"n\":1}")));
    }

    private List<PortierEffect> written(PortierEffect.Write write) {
        return tell(new PortierEvent.Written(write.operation(), revision));
    }

    /** Elected, and the first heartbeat has been answered. */
    private void begun(Claim... claims) {
        for (Claim claim : claims) seen(claim, true);
        PortierEffect.Beat first = one(PortierEffect.Beat.class, elected(claims));
        List<String> names = Arrays.stream(claims).map(Claim::task).toList();
        answered(first, names);
    }

    // ---- behaviours

    @Test
    void aSilenceThatAQueueThatDoesWellKeepsIsRefused() {
        PortierSettings flapping = new PortierSettings("http://q", ME, Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(30));
        assertThat(flapping.trouble()).hasValueSatisfying(text -> assertThat(text).startsWith("portier.silence: 1000ms (expected: 0, or at least twice portier.interval"));
        PortierSettings never = new PortierSettings("http://q", ME, Duration.ofSeconds(2), Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(30));
        assertThat(never.trouble()).isEmpty();
    }

    @Test
    void nothingHappensBeforeItLeads() {
        assertThat(after(Duration.ofMinutes(1))).isEmpty();
    }

    @Test
    void anAvailableTaskIsClaimedAndRunWithItsConfiguration() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        PortierEffect.Write write = one(PortierEffect.Write.class, granted(wish));
        assertThat(write.fence()).isEqualTo(7);
        assertThat(write.claim().service().path()).isEqualTo("portier/sleep/t1");
        assertThat(write.spec().orElseThrow().environment()).containsEntry("CONCIERGE_CONFIGURATION", "{\"n\":1}");
        assertThat(write.spec().orElseThrow().stopsWhenLost()).isTrue();
    }

    @Test
    void typesThatAreNotKnownHereAreLeftToOthers() {
        begun();
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "x1"))).isEmpty();
    }

    @Test
    void noMoreIsClaimedThanTheHostsHaveRoomFor() {
        capacity = 2000;
        tell(changed());
        begun();
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1", "t2", "t3", "t4"))).hasSize(2);
    }

    @Test
    void whatWasClaimedAndHasNoPlaceYetTakesRoom() {
        capacity = 1000;
        tell(changed());
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        written(one(PortierEffect.Write.class, granted(wish)));
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of("t1"), "t2"))).isEmpty();
    }

    @Test
    void aBurstIsSharedWithOthersInAnOrderOfEachsOwn() {
        capacity = 0;
        tell(changed());
        String[] tasks = new String[40];
        for (int i = 0; i < tasks.length; i++) tasks[i] = "t" + i;
        begun();
        List<String> mine = only(PortierEffect.ClaimTask.class, beat(List.of(), tasks)).stream().map(PortierEffect.ClaimTask::task).toList();
        assertThat(mine).hasSize(10);
        assertThat(mine).as("not simply the first ones").isNotEqualTo(Arrays.asList(tasks).subList(0, 10));
    }

    @Test
    void aClaimUnderWayIsNotMadeTwice() {
        begun();
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).hasSize(1);
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).isEmpty();
    }

    @Test
    void anAnswerFromBeforeAClaimDoesNotTakeItAway() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        PortierEffect.Beat early = one(PortierEffect.Beat.class, after(Duration.ofSeconds(2)));
        written(one(PortierEffect.Write.class, granted(wish)));
        List<PortierEffect> told = answered(early, List.of());
        assertThat(only(PortierEffect.Write.class, told)).isEmpty();
        assertThat(only(PortierEffect.ReleaseTask.class, told)).isEmpty();
    }

    @Test
    void somebodyElseBeingFasterIsNoNews() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        assertThat(tell(new PortierEvent.Claimed(wish.operation(), new Answer.Locked()))).isEmpty();
    }

    @Test
    void aTaskThatTheQueueNoLongerListsIsStopped() {
        begun(claim("t1"));
        seen(claim("t1"), true);
        PortierEffect.Write write = one(PortierEffect.Write.class, beat(List.of()));
        assertThat(write.spec()).isEmpty();
        assertThat(write.kept()).isFalse();
        assertThat(only(PortierEffect.ReleaseTask.class, written(write))).isEmpty();
    }

    @Test
    void aTaskIsNotClaimedAgainWhileSomethingOfItIsLeft() {
        begun(claim("t1"));
        seen(claim("t1"), true);
        written(one(PortierEffect.Write.class, beat(List.of())));
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).isEmpty();
        vanished(claim("t1"));
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).hasSize(1);
    }

    @Test
    void afterARestartWhatTheQueueStillListsGoesOnUntouched() {
        seen(claim("t1"), true);
        PortierEffect.Beat first = one(PortierEffect.Beat.class, elected(claim("t1")));
        List<PortierEffect> told = answered(first, List.of("t1"));
        assertThat(only(PortierEffect.Write.class, told)).isEmpty();
        assertThat(only(PortierEffect.ReleaseTask.class, told)).isEmpty();
        assertThat(only(PortierEffect.ClaimTask.class, told)).isEmpty();
    }

    @Test
    void aListedClaimWhoseConfigurationNobodyKnowsIsReleasedAndClaimedAfresh() {
        begun();
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, beat(List.of("t9")));
        List<PortierEffect> told = tell(new PortierEvent.Released(release.operation(), new Answer.Granted("t9", "sleep", "")));
        assertThat(one(PortierEffect.ClaimTask.class, told).task()).isEqualTo("t9");
    }

    @Test
    void aViewFromBeforeItLedSaysNothingOfWhatIsGivenBack() {
        seen(claim("t1"), true);
        services.remove(claim("t1").service());
        tell(changed());
        // Read later than what the view shows: it may run again.
        List<PortierEffect> told = tell(new PortierEvent.Elected(7, revision + 1, List.of(claim("t1").leaving("drained"))));
        assertThat(only(PortierEffect.ReleaseTask.class, told)).isEmpty();
        assertThat(only(PortierEffect.ReleaseTask.class, vanished(claim("t1")))).hasSize(1);
    }

    @Test
    void aTaskWhoseReleaseMayStillArriveIsNotClaimedAfresh() {
        begun();
        PortierEffect.ReleaseTask lost = one(PortierEffect.ReleaseTask.class, beat(List.of("t9")));
        tell(new PortierEvent.Released(lost.operation(), new Answer.Unreachable("no answer within 5 s")));
        PortierEffect.ReleaseTask again = one(PortierEffect.ReleaseTask.class, beat(List.of("t9")));
        assertThat(only(PortierEffect.ClaimTask.class, tell(new PortierEvent.Released(again.operation(), new Answer.Granted("t9", "sleep", ""))))).isEmpty();
        now = now.plus(Claiming.LATE);
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t9"))).hasSize(1);
    }

    @Test
    void aConfigurationIsMeasuredInBytes() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        List<PortierEffect> told = tell(new PortierEvent.Claimed(wish.operation(), new Answer.Granted("t1", "sleep", "{\"n\":\"" + "ß".repeat(60_000) + "\"}")));
        assertThat(one(PortierEffect.Say.class, told).text()).contains("120008 bytes");
        assertThat(only(PortierEffect.ReleaseTask.class, told)).hasSize(1);
    }

    @Test
    void itIsDrainedOnlyWhenNothingIsInDoubt() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        tell(new PortierEvent.Drain(true));
        assertThat(only(PortierEffect.Drained.class, tell(new PortierEvent.Claimed(wish.operation(), new Answer.Unreachable("cut off"))))).isEmpty();
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, beat(List.of("t1")));
        assertThat(only(PortierEffect.Drained.class, tell(new PortierEvent.Released(release.operation(), new Answer.Granted("t1", "sleep", ""))))).hasSize(1);
    }

    @Test
    void anIntentThatSomebodyRemovedComesBack() {
        begun(claim("t1"));
        vanished(claim("t1"));
        PortierEffect.Write write = one(PortierEffect.Write.class, beat(List.of("t1")));
        assertThat(write.spec()).isPresent();
    }

    @Test
    void whatFindsNoPlaceIsGivenBackAfterItsPatienceAndLeftAloneForAWhile() {
        begun(claim("t1"));
        seen(claim("t1"), Instances.NONE, Map.of(1, "0 hosts"));
        assertThat(only(PortierEffect.Write.class, after(Duration.ofSeconds(9)))).isEmpty();
        List<PortierEffect> told = after(Duration.ofSeconds(1));
        PortierEffect.Write leaving = one(PortierEffect.Write.class, told);
        assertThat(leaving.kept()).isTrue();
        assertThat(leaving.spec()).isEmpty();
        assertThat(one(PortierEffect.Say.class, told).text()).contains("t1").contains("0 hosts");
        written(leaving);
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, vanished(claim("t1")));
        PortierEffect.Write forgotten = one(PortierEffect.Write.class, tell(new PortierEvent.Released(release.operation(), new Answer.Granted("t1", "sleep", ""))));
        assertThat(forgotten.kept()).isFalse();
        written(forgotten);
        // The heartbeat that was under way all the while.
        answered(new PortierEffect.Beat(2), List.of(), "t1");
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).isEmpty();
        now = now.plus(Duration.ofSeconds(30));
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).hasSize(1);
    }

    @Test
    void aTaskWhoseRunsEndIsKeptButOneThatNeverCameToRunIsGivenBack() {
        begun(claim("t1"), claim("t2"));
        Status crashing = new Status(5, InstanceState.failed, now, "image gone", Optional.empty(), 3, true, false, "", new TreeMap<>(), List.of());
        assertThat(only(PortierEffect.Write.class, seen(claim("t1"), instance(claim("t1"), Optional.of(crashing), "c"), Map.of()))).isEmpty();
        List<PortierEffect> told = seen(claim("t2"), instance(claim("t2"), Optional.of(crashing), ""), Map.of());
        assertThat(one(PortierEffect.Write.class, told).claim().leaving()).isEqualTo("image gone");
    }

    @Test
    void anUnreachableQueueLeavesEverythingRunningAndIsNewsOnce() {
        begun(claim("t1"));
        seen(claim("t1"), true);
        PortierEffect.Beat beat = one(PortierEffect.Beat.class, after(Duration.ofSeconds(2)));
        assertThat(one(PortierEffect.Say.class, tell(new PortierEvent.Beaten(beat.number(), new Answer.Unreachable("503")))).text()).contains("503");
        now = now.plus(Duration.ofHours(1));
        PortierEffect.Beat next = one(PortierEffect.Beat.class, tell(new PortierEvent.Woke()));
        List<PortierEffect> told = tell(new PortierEvent.Beaten(next.number(), new Answer.Unreachable("503")));
        assertThat(only(PortierEffect.Say.class, told)).isEmpty();
        assertThat(only(PortierEffect.Write.class, told)).isEmpty();
    }

    @Test
    void afterItsSilenceTasksAreStoppedAndRunAgainWhenItListsThem() {
        core = core(Duration.ofSeconds(20));
        hosts();
        begun(claim("t1"));
        seen(claim("t1"), true);
        one(PortierEffect.Beat.class, after(Duration.ofSeconds(2)));
        PortierEffect.Write stop = one(PortierEffect.Write.class, after(Duration.ofSeconds(20)));
        assertThat(stop.stopped()).isTrue();
        written(stop);
        answered(new PortierEffect.Beat(2), List.of("t1"));
        PortierEffect.Write again = one(PortierEffect.Write.class, beat(List.of("t1")));
        assertThat(again.stopped()).isFalse();
        assertThat(again.spec()).isPresent();
    }

    @Test
    void anUnknownIdentityIsSaidOnceAndTriedSlowly() {
        PortierEffect.Beat first = one(PortierEffect.Beat.class, elected());
        assertThat(one(PortierEffect.Say.class, tell(new PortierEvent.Beaten(first.number(), new Answer.UnknownIdentity()))).text()).contains(ME);
        assertThat(only(PortierEffect.Beat.class, after(Duration.ofSeconds(9)))).isEmpty();
        assertThat(only(PortierEffect.Beat.class, after(Duration.ofSeconds(1)))).hasSize(1);
    }

    @Test
    void drainingStopsFirstThenReleasesAndClaimsNothingMore() {
        begun(claim("t1"));
        seen(claim("t1"), true);
        List<PortierEffect> told = tell(new PortierEvent.Drain(true));
        PortierEffect.Write leaving = one(PortierEffect.Write.class, told);
        assertThat(only(PortierEffect.ReleaseTask.class, told)).isEmpty();
        assertThat(only(PortierEffect.ReleaseTask.class, written(leaving))).as("something of it is left").isEmpty();
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, vanished(claim("t1")));
        PortierEffect.Write forgotten = one(PortierEffect.Write.class, tell(new PortierEvent.Released(release.operation(), new Answer.Granted("t1", "sleep", ""))));
        assertThat(only(PortierEffect.Drained.class, written(forgotten))).hasSize(1);
        assertThat(only(PortierEffect.ClaimTask.class, beat(List.of(), "t1"))).isEmpty();
    }

    @Test
    void aReleaseThatDidNotComeThroughIsTriedAgain() {
        begun(claim("t1"));
        seen(claim("t1"), true);
        written(one(PortierEffect.Write.class, tell(new PortierEvent.Drain(true))));
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, vanished(claim("t1")));
        assertThat(only(PortierEffect.ReleaseTask.class, tell(new PortierEvent.Released(release.operation(), new Answer.Unreachable("cut off"))))).isEmpty();
        assertThat(only(PortierEffect.ReleaseTask.class, after(Duration.ofSeconds(2)))).hasSize(1);
    }

    @Test
    void whatWasAskedUnderAnEarlierLeadershipCountsNoMore() {
        begun();
        PortierEffect.ClaimTask wish = one(PortierEffect.ClaimTask.class, beat(List.of(), "t1"));
        tell(new PortierEvent.Deposed());
        assertThat(granted(wish)).isEmpty();
    }

    @Test
    void tasksOfAnotherIdentityAreGivenBackUnderIt() {
        Claim old = new Claim("t1", "sleep", "former", "{}", "");
        seen(old, true);
        PortierEffect.Beat first = one(PortierEffect.Beat.class, elected(old));
        written(one(PortierEffect.Write.class, answered(first, List.of())));
        PortierEffect.ReleaseTask release = one(PortierEffect.ReleaseTask.class, vanished(old));
        assertThat(release.identity()).isEqualTo("former");
    }
}
