package concierge.model;

import java.time.Duration;

/**
 * That a machine's clock is another than the leader's.
 *
 * @param ahead in whole seconds; negative: it is behind
 * @param leader whose clock it was compared with
 */
public record ClockSkew(Duration ahead, String leader) {
    /**
     * Less is not told. Clocks that follow NTP are within milliseconds of each other; what is measured contains how long news take,
     * which is seconds while a store elects its leader. What depends on a common time (tokens, certificates) has minutes to spare.
     */
    public static final Duration LIMIT = Duration.ofSeconds(5);

    public ClockSkew {
        Check.that(!ahead.isZero(), ahead, "ahead", "a difference");
    }

    /** {@code 4 min 10 s ahead of}. */
    public String difference() {
        long seconds = ahead.abs().toSeconds();
        String size = seconds < 120 ? seconds + " s" : seconds < 7200 ? seconds / 60 + " min " + seconds % 60 + " s" : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
        return size + (ahead.isNegative() ? " behind" : " ahead of");
    }

    /** @param whose {@code its} */
    public String text(String whose) {
        return whose + " clock is " + difference() + " that of " + leader + ", which leads (expected: within " + LIMIT.toSeconds()
                + " s; have both follow NTP); times that it tells are off by as much, nothing else";
    }
}
