package concierge.agent.core;

import java.time.Duration;
import java.time.Instant;

/**
 * What the machine's clock shows at a step. Steps bear a time that only passes, so that whatever waits is not moved when
 * somebody sets that clock; people are told what it shows. Confined to the core.
 */
final class WallTime {
    private Duration stepped = Duration.ZERO;

    void set(Duration stepped) {
        this.stepped = stepped;
    }

    Instant at(Instant now) {
        return now.plus(stepped);
    }

    /** Which step's time it was when the machine's clock would have shown that. */
    Instant steady(Instant shown) {
        return shown.minus(stepped);
    }
}
