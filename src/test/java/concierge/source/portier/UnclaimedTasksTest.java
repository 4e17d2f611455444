package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import concierge.model.View;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is not claimed, or comes to nothing, and what people hear of it. */
class UnclaimedTasksTest {
    private static final String ME = "12345";

    private static final TaskTypes TYPES = switch (TaskTypes.read(Map.of("sleep", Map.of("executor", "process", "run", List.of("sleep", "1000"), "resources", Map.of("cpu", 1))), Origin.Table.NONE)) {
        case Parsed.Good<TaskTypes>(TaskTypes types, _) -> types;
        case Parsed.Bad<TaskTypes> bad -> throw new AssertionError(bad.problems());
    };

    private final PortierCore core = new PortierCore(TYPES, new PortierSettings("http://q", ME, Duration.ofSeconds(2), Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(30)));
    private final List<String> said = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Standing standing = Standing.WELL;
    private int claims;
    private int releases;
    private long beat;

    @BeforeEach
    void lead() {
        HostRecord record = new HostRecord("a", List.of("127.0.0.1"), Set.of(), new Resources(2000, 0), Set.of(ExecutorKind.process), false);
        HostView host = new HostView("a", Optional.of(record), false, Resources.NONE, 0, new TreeMap<>());
        tell(new PortierEvent.ViewChanged(new View(100, SharedMap.<ServiceId, ServiceView>empty(), SharedMap.<String, HostView>empty().with(Map.of("a", host)),
                SharedMap.empty(), SharedMap.empty(), new TreeSet<>())));
        tell(new PortierEvent.Elected(7, 100, List.of()));
    }

    private List<PortierEffect> tell(PortierEvent event) {
        List<PortierEffect> effects = core.step(event, now);
        for (PortierEffect effect : effects) {
            switch (effect) {
                case PortierEffect.Say(boolean _, String text) -> said.add(text);
                case PortierEffect.Tell(long _, Standing told) -> standing = told;
                case PortierEffect.Beat(long number) -> beat = number;
                case PortierEffect.ClaimTask _ -> claims++;
                case PortierEffect.ReleaseTask _ -> releases++;
                case PortierEffect.Write _, PortierEffect.WakeAt _, PortierEffect.Draining _, PortierEffect.Drained _ -> {
                    // Of no interest here.
                }
            }
        }
        return effects;
    }

    private static Answer.Available task(String task, String type) {
        return new Answer.Available(task, type);
    }

    private List<PortierEffect> listed(List<String> ours, Answer.Available... available) {
        List<PortierEffect> all = tell(new PortierEvent.Beaten(beat, new Answer.Listing(ours, List.of(available))));
        now = now.plusSeconds(2);
        tell(new PortierEvent.Woke());
        return all;
    }

    private void unheard(String reason) {
        tell(new PortierEvent.Beaten(beat, new Answer.Unreachable(reason)));
        now = now.plusSeconds(2);
        tell(new PortierEvent.Woke());
    }

    private void answered(List<PortierEffect> effects, Answer answer) {
        for (PortierEffect effect : effects) {
            if (effect instanceof PortierEffect.ClaimTask claim) tell(new PortierEvent.Claimed(claim.operation(), answer));
        }
    }

    private boolean ours;

    /** A beat of a queue that takes a claim and says nothing of use: it is listed as ours, given back, and available again. */
    private void claimedInVain(String reason) {
        List<PortierEffect> effects = ours ? listed(List.of("t1")) : listed(List.of(), task("t1", "sleep"));
        for (PortierEffect effect : effects) {
            if (!(effect instanceof PortierEffect.ReleaseTask release)) continue;
            ours = false;
            effects = tell(new PortierEvent.Released(release.operation(), new Answer.Granted("t1", "sleep", "")));
        }
        ours |= effects.stream().anyMatch(PortierEffect.ClaimTask.class::isInstance);
        answered(effects, new Answer.Unreachable(reason));
    }

    @Test
    void aClaimThatComesToNothingIsTriedAfterLongerAndLongerPauses() {
        listed(List.of());
        for (int i = 0; i < 60; i++) claimedInVain("answered 500 with request " + i);
        // In two minutes; without pauses in each beat.
        assertThat(claims).isBetween(5, 10);
        assertThat(releases).isLessThanOrEqualTo(claims);
        assertThat(said).singleElement().asString().contains("task=t1").contains("answered 500").contains("pauses of up to 30 s");
    }

    @Test
    void anAnswerThatIsLostOnceCostsNoPauseAndIsNoNews() {
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Unreachable("cut off"));
        listed(List.of(), task("t1", "sleep"));
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Granted("t1", "sleep", "{}"));
        assertThat(claims).isEqualTo(2);
        assertThat(said).isEmpty();
    }

    @Test
    void aTroubleIsNewsOnceWhateverNumbersAreInIt() {
        listed(List.of());
        for (int i = 0; i < 5; i++) unheard("answered 503 with retry after " + i + " s, id=" + i * 77);
        assertThat(said).singleElement().asString().contains("does not answer: answered 503").contains("; tasks run on until it has been silent for 30 s");
        listed(List.of());
        assertThat(said.getLast()).isEqualTo("the queue answers again");
    }

    @Test
    void itIsNotSaidThatTasksRunOnWhenTheSilenceHasStoppedThem() {
        listed(List.of());
        unheard("no answer within 5 s");
        now = now.plusSeconds(60);
        unheard("no answer within 5 s");
        assertThat(said).hasSize(2);
        assertThat(said.getLast()).contains("tasks stay stopped until it does");
    }

    @Test
    void whatIsNotClaimedIsToldWithItsReasonAndLoggedOnce() {
        listed(List.of());
        Answer.Available[] all = {task("x1", "unheard"), task("x2", "unheard"), task("t1", "sleep"), task("t2", "sleep"), task("t3", "sleep"), task("t4", "sleep")};
        listed(List.of(), all);
        assertThat(claims).isEqualTo(2);
        assertThat(standing.unclaimed()).extracting(Standing.Unclaimed::reason)
                .containsExactly("no such type here", "no such type here", "no room: 1 host: 1 short of CPU (need 1)", "no room: 1 host: 1 short of CPU (need 1)");
        assertThat(standing.unclaimed()).extracting(Standing.Unclaimed::task).startsWith("x1", "x2");
        listed(List.of(), all);
        assertThat(said).hasSize(2).anySatisfy(text -> assertThat(text).contains("type=unheard")).anySatisfy(text -> assertThat(text).contains("type=sleep").contains("short of CPU"));
    }

    @Test
    void oneThatIsLeftAloneIsToldUntilWhen() {
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Granted("t1", "unheard", "{}"));
        listed(List.of());
        answered(List.of(), new Answer.Locked());
        assertThat(releases).isEqualTo(1);
        tell(new PortierEvent.Released(2, new Answer.Granted("t1", "unheard", "")));
        listed(List.of());
        listed(List.of(), task("t1", "sleep"));
        assertThat(standing.unclaimed()).singleElement().satisfies(one -> {
            assertThat(one.reason()).isEqualTo("tasks of the type unheard are not run here");
            assertThat(one.again()).hasValueSatisfying(until -> assertThat(until).isAfter(now));
        });
    }

    @Test
    void aNameThatCannotBeSentIsNotClaimedButShown() {
        listed(List.of());
        tell(new PortierEvent.Beaten(beat, new Answer.Listing(List.of(), List.of(), List.of(task("cam�", "sleep")))));
        assertThat(claims).isZero();
        assertThat(standing.unclaimed()).singleElement().satisfies(one -> assertThat(one.reason()).contains("cannot be sent or shown"));
    }

    @Test
    void manyAreCountedInsteadOfTold() {
        listed(List.of());
        Answer.Available[] all = new Answer.Available[Standing.MOST + 20];
        for (int i = 0; i < all.length; i++) all[i] = task("x" + i, "unheard");
        listed(List.of(), all);
        assertThat(standing.unclaimed()).hasSize(Standing.MOST);
        assertThat(standing.more()).isEqualTo(20);
    }

    @Test
    void aTroubleStandsBesideWhatWasListedLast() {
        listed(List.of(), task("x1", "unheard"));
        unheard("connection refused");
        assertThat(standing.trouble()).contains("connection refused");
        assertThat(standing.unclaimed()).hasSize(1);
    }

    @Test
    void aClaimThatMayStillArriveIsNotTakenForAnothers() {
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Unreachable("no answer within 5 s"));
        for (int i = 0; i < 2; i++) {
            listed(List.of());
            answered(listed(List.of(), task("t1", "sleep")), new Answer.Locked());
        }
        listed(List.of());
        listed(List.of("t1"));
        assertThat(said).isEmpty();
    }

    // ---- another with our identity

    @Test
    void aListedClaimThatNobodyHereAskedForTellsOfAnotherWithOurIdentityOnce() {
        listed(List.of());
        listed(List.of("t9"));
        assertThat(said).singleElement().asString().contains("t9").contains("another concierge uses the identity " + ME).contains("portier.identity");
        listed(List.of("t9", "t8"));
        assertThat(said).hasSize(1);
    }

    @Test
    void onTheFirstListingItIsSaidTooWithWhatElseItMayBe() {
        listed(List.of("t8", "t9"));
        assertThat(said).singleElement().asString().contains("t8,t9").contains("ended while it claimed").contains("another concierge uses the identity " + ME).contains("earlier one ran may still run");
    }

    @Test
    void whatSomebodyElseWasFasterWithIsNotOursLater() {
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Locked());
        listed(List.of());
        listed(List.of("t1"));
        assertThat(said).singleElement().asString().contains("another concierge uses the identity");
    }

    @Test
    void aClaimWithoutAnAnswerMayBeOurs() {
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Unreachable("cut off"));
        listed(List.of());
        answered(listed(List.of(), task("t1", "sleep")), new Answer.Locked());
        listed(List.of("t1"));
        listed(List.of("t1"));
        assertThat(said).isEmpty();
    }

    @Test
    void aReleaseThatIsUnderWayWhenTheLeadershipChangesMayStillArrive() {
        listed(List.of());
        listed(List.of("t9"));
        assertThat(releases).isEqualTo(1);
        tell(new PortierEvent.Elected(8, 101, List.of()));
        for (PortierEffect effect : listed(List.of("t9"))) {
            if (effect instanceof PortierEffect.ReleaseTask again) tell(new PortierEvent.Released(again.operation(), new Answer.Granted("t9", "sleep", "")));
        }
        assertThat(releases).isEqualTo(2);
        assertThat(claims).as("the first one would free it").isZero();
    }

    // ---- leaving

    @Test
    void drainingTellsWhatItWaitsFor() {
        listed(List.of());
        PortierEffect.ClaimTask claim = listed(List.of(), task("t1", "sleep")).stream().filter(PortierEffect.ClaimTask.class::isInstance).map(PortierEffect.ClaimTask.class::cast).findFirst().orElseThrow();
        assertThat(departure(tell(new PortierEvent.Drain(true)))).isEqualTo("the queue to say what it has given us");
        // Granted while it drains: given back at once.
        assertThat(departure(tell(new PortierEvent.Claimed(claim.operation(), new Answer.Unreachable("cut off"))))).isEmpty();
        List<PortierEffect> beaten = tell(new PortierEvent.Beaten(beat, new Answer.Unreachable("connection refused")));
        assertThat(departure(beaten)).startsWith("the queue to say what it has given us (the queue does not answer").contains("connection refused");
    }

    private static String departure(List<PortierEffect> effects) {
        return effects.stream().filter(PortierEffect.Draining.class::isInstance).map(it -> ((PortierEffect.Draining) it).departure().text()).reduce("", (_, last) -> last);
    }
}
