package concierge.executor;

import concierge.model.Digest;
import concierge.model.InstanceId;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an executor knows of an instance now.
 *
 * @param generation and {@code digest}: as it was made with
 * @param name the engine's name of it
 * @param started when it started last, by the engine's clock
 * @param exitCode of the run that ended; empty while it runs
 * @param address where this host can ask it: its own, or the host's that it shares; {@link #AT_ITS_PORTS} where there is none
 * @param ports exposed port ({@code 80/tcp}) to the {@link Published} one, with the address that it was bound to
 * @param health the variables that it runs with and that ask for health checks, its image's included
 * @param remark what people should know of it as it was made; empty: nothing
 */
public record Running(
        InstanceId instance,
        long generation,
        Digest digest,
        String name,
        State state,
        Optional<Instant> started,
        Optional<Integer> exitCode,
        boolean oomKilled,
        String address,
        SortedMap<String, String> ports,
        SortedMap<String, String> health,
        String remark) {
    /** Instead of an address: it is asked at its published ports alone. */
    public static final String AT_ITS_PORTS = "";

    public enum State {
        /** Made, never started. */
        created,
        running,
        ended
    }

    /** The same with another generation. */
    public Running of(long generation) {
        return new Running(instance, generation, digest, name, state, started, exitCode, oomKilled, address, ports, health, remark);
    }

    public Running {
        ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
        health = Collections.unmodifiableSortedMap(new TreeMap<>(health));
    }

    /** One that has nothing but what its specification says. */
    public Running(
            InstanceId instance, long generation, Digest digest, String name, State state, Optional<Instant> started,
            Optional<Integer> exitCode, boolean oomKilled, String address, SortedMap<String, String> ports) {
        this(instance, generation, digest, name, state, started, exitCode, oomKilled, address, ports, new TreeMap<>(), "");
    }
}
