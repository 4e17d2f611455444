package concierge.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How readiness is found out.
 *
 * @param port the container port that is probed; empty: the first exposed one
 * @param path for {@link Kind#http}: the path that must answer 200 to 399
 * @param command for {@link Kind#exec}: must exit 0 inside the instance
 * @param retries failures in a row until a ready instance is not ready any more
 * @param startPeriod failures do not count for so long after the start
 */
public record Health(
        Kind kind,
        Optional<Integer> port,
        String path,
        List<String> command,
        Duration interval,
        Duration timeout,
        int retries,
        Duration startPeriod) {
    public enum Kind {
        /** Running is ready. */
        none,
        tcp,
        http,
        exec
    }

    /** Of a probe once it is ready: what ails is out of the router's table within retries of it. */
    public static final Duration INTERVAL = Duration.ofSeconds(2);

    /** A service that takes longer for its own health page serves nobody well. */
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** One probe lost to a pause of the process must not take readiness away. */
    public static final int RETRIES = 3;

    /** As long as a large program takes to come up. */
    public static final Duration START_PERIOD = Duration.ofSeconds(60);

    public static final Health NONE = of(Kind.none, "/", List.of());

    public Health {
        command = List.copyOf(command);
        Check.that(path.startsWith("/"), path, "health path", "a path that starts with /");
        Check.that(kind != Kind.exec || !command.isEmpty(), command, "health exec", "a command");
        Check.that(interval.isPositive(), interval, "health interval", "> 0");
        Check.that(timeout.isPositive(), timeout, "health timeout", "> 0");
        Check.that(retries >= 1, retries, "health retries", "≥ 1");
        Check.that(!startPeriod.isNegative(), startPeriod, "health start_period", "≥ 0");
    }

    /** With the default times. */
    public static Health of(Kind kind, String path, List<String> command) {
        return new Health(kind, Optional.empty(), path, command, INTERVAL, TIMEOUT, RETRIES, START_PERIOD);
    }
}
