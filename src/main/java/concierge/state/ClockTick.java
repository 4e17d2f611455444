package concierge.state;

import concierge.json.Json;
import concierge.store.Value;
import java.time.Duration;
import java.time.Instant;

/**
 * The leader's time, which it tells under {@link Keys#CLOCK}.
 *
 * @param leader its name, for people
 * @param term which leadership it is: its fence
 * @param at what its machine's clock showed
 * @param stepped how far that clock was set since this leader's program started
 */
public record ClockTick(String leader, long term, Instant at, Duration stepped) {
    /** Between two of them: whoever comes is judged after two, and the cost is one small commit however many hosts there are. */
    public static final Duration INTERVAL = Duration.ofSeconds(5);

    public Value value() {
        return Value.of(Json.write(this));
    }

    static ClockTick of(Value value) {
        return Json.read(value.text(), ClockTick.class);
    }

    /** By the leader's steady clock. */
    Instant steady() {
        return at.minus(stepped);
    }
}
