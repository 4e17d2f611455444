package concierge.model;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an agent reports of an instance, under {@code /status/<host>/<instance>}.
 *
 * @param generation the assignment it is about
 * @param since when it entered {@code state}, by the agent's clock; for people only
 * @param reason why it is so, for people; empty when there is nothing to say
 * @param exitCode of the last run that ended
 * @param restarts how often it was started again in this generation
 * @param crashing restarts in a row without a quiet time: a crash loop
 * @param oomKilled the last run was ended by the kernel for want of memory
 * @param container the engine's name of it; empty before it exists
 * @param ports container port ({@code 80/tcp}) to {@code address:port} on the host
 * @param checked a health check decides whether it is ready: of the service, of its environment or its image's
 * @param lastLog the last lines before the last failure, oldest first; at most {@link #LOG_LINES}
 */
public record Status(
        long generation,
        InstanceState state,
        Instant since,
        String reason,
        Optional<Integer> exitCode,
        int restarts,
        boolean crashing,
        boolean oomKilled,
        String container,
        SortedMap<String, String> ports,
        List<String> lastLog,
        boolean checked) {
    /** Enough to see the error, small enough to stand in a table. */
    public static final int LOG_LINES = 10;

    public Status {
        ports = ports.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(new TreeMap<>(ports));
        lastLog = List.copyOf(lastLog.size() > LOG_LINES ? lastLog.subList(lastLog.size() - LOG_LINES, lastLog.size()) : lastLog);
    }

    /** Without a health check that is known. */
    public Status(
            long generation, InstanceState state, Instant since, String reason, Optional<Integer> exitCode, int restarts, boolean crashing,
            boolean oomKilled, String container, SortedMap<String, String> ports, List<String> lastLog) {
        this(generation, state, since, reason, exitCode, restarts, crashing, oomKilled, container, ports, lastLog, false);
    }

    /** The same about another generation. */
    public Status of(long generation) {
        return new Status(generation, state, since, reason, exitCode, restarts, crashing, oomKilled, container, ports, lastLog, checked);
    }

    public static Status of(long generation, InstanceState state, Instant since, String reason) {
        return new Status(generation, state, since, reason, Optional.empty(), 0, false, false, "", new TreeMap<>(), List.of());
    }
}
