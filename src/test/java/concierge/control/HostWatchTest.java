package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.Loss;
import concierge.model.Resources;
import concierge.model.SharedMap;
import concierge.model.View;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HostWatchTest {
    private final HostWatch watch = new HostWatch(Loss.PATIENCE);
    private final Map<String, HostView> hosts = new HashMap<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long revision;

    private void is(String name, boolean there) {
        Optional<HostRecord> record = there
                ? Optional.of(new HostRecord(name, List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false))
                : Optional.empty();
        hosts.put(name, new HostView(name, record, false, Resources.NONE, 1, new TreeMap<>()));
    }

    private View after(Duration time) {
        now = now.plus(time);
        View view = new View(++revision, SharedMap.empty(), SharedMap.<String, HostView>empty().with(hosts), SharedMap.empty(), SharedMap.empty(), new TreeSet<>());
        watch.observe(view, now);
        watch.expire(now);
        return watch.mark(view);
    }

    private void three() {
        for (String name : List.of("a", "b", "c")) is(name, true);
        after(Duration.ZERO);
    }

    @Test
    void oneThatIsLostWithNothingOnItCountsAsLostOnceAndIsForgotten() {
        three();
        hosts.remove("a");
        after(Duration.ZERO);
        assertThat(watch.lostEmpty()).isEmpty();
        after(Loss.PATIENCE);
        assertThat(watch.lostEmpty()).containsExactly("a");
        after(Loss.PATIENCE);
        assertThat(watch.lostEmpty()).isEmpty();
        assertThat(watch.lost()).isEmpty();
        assertThat(watch.deadline()).isEmpty();
    }

    @Test
    void oneWithNothingOnItThatIsBackInTimeIsNotLost() {
        three();
        hosts.remove("a");
        after(Duration.ZERO);
        is("a", true);
        after(Loss.PATIENCE);
        assertThat(watch.lostEmpty()).isEmpty();
    }

    @Test
    void oneIsGivenUpSoonAndItsInstancesHaveStoppedLater() {
        three();
        is("a", false);
        assertThat(after(Duration.ZERO).host("a").orElseThrow().lost()).isFalse();
        assertThat(watch.deadline()).hasValue(now.plus(Loss.PATIENCE));
        HostView lost = after(Loss.PATIENCE).host("a").orElseThrow();
        assertThat(lost.lost()).isTrue();
        assertThat(lost.stopped()).isFalse();
        assertThat(watch.deadline()).hasValue(now.minus(Loss.PATIENCE).plus(Loss.STOPPED_AFTER));
        assertThat(after(Loss.STOPPED_AFTER).host("a").orElseThrow().stopped()).isTrue();
        assertThat(watch.deadline()).isEmpty();
    }

    @Test
    void mostOfThemAtOnceAreGivenMoreTimeToBeBack() {
        three();
        is("a", false);
        is("b", false);
        after(Duration.ZERO);
        after(Loss.PATIENCE);
        assertThat(watch.lost()).isEmpty();
        is("b", true);
        after(Duration.ofSeconds(1));
        assertThat(watch.lost()).containsExactly("a");
    }

    @Test
    void oneThatIsBackIsNotLost() {
        three();
        is("a", false);
        after(Duration.ZERO);
        after(Loss.PATIENCE);
        is("a", true);
        assertThat(after(Duration.ZERO).host("a").orElseThrow().lost()).isFalse();
    }
}
