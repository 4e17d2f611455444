package concierge.executor.docker;

import concierge.executor.Running;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The newest run that was read of each container, so that its end need not be looked up: the engine tells of a
 * death first and takes the container's network down afterwards, and answers no question about the container
 * meanwhile. Forgets at any time without harm: whoever finds nothing here asks. Thread-safe.
 */
final class Runs {
    /** Of SIGKILL, by whomever: with a memory limit, perhaps the kernel for want of memory. */
    private static final int KILLED = 137;

    private final ConcurrentHashMap<String, Run> runs = new ConcurrentHashMap<>();

    /** @param limited has a memory limit; @param starved the engine told that memory ran out in it */
    private record Run(Running running, boolean limited, boolean starved) {
        /** Whether an end at that instant can only be this run's, and all is known that its exit code may mean. */
        boolean tells(Instant at, int exitCode) {
            boolean before = running.started().filter(started -> !started.isAfter(at)).isPresent();
            return before && running.state() == Running.State.running && !starved && !(limited && exitCode == KILLED);
        }

        /** An engine never goes back in the order of starts and states. */
        boolean isNewerThan(Run other) {
            Instant start = running.started().orElse(Instant.MIN);
            Instant others = other.running.started().orElse(Instant.MIN);
            return start.equals(others) ? running.state().compareTo(other.running.state()) >= 0 : start.isAfter(others);
        }
    }

    /** Notes what the engine described. */
    void saw(String id, Running running, boolean limited) {
        runs.merge(id, new Run(running, limited, false), (known, read) -> {
            if (!read.isNewerThan(known)) return known;
            boolean same = running.started().equals(known.running.started());
            return new Run(running, limited, same && known.starved);
        });
    }

    /** Memory ran out in it: its end has to be looked at. */
    void starved(String id) {
        runs.computeIfPresent(id, (_, run) -> new Run(run.running, run.limited, true));
    }

    /**
     * The run that an end at this instant (by the engine's clock) is about, ended; empty: not known for sure,
     * or the exit code alone does not tell why it ended.
     */
    Optional<Running> ended(String id, Instant at, int exitCode) {
        Run known = runs.get(id);
        if (known == null || !known.tells(at, exitCode)) return Optional.empty();
        Running ended = ended(known.running, exitCode);
        saw(id, ended, known.limited);
        return Optional.of(ended);
    }

    private static Running ended(Running run, int exitCode) {
        return new Running(
                run.instance(), run.generation(), run.digest(), run.name(), Running.State.ended, run.started(),
                Optional.of(exitCode), false, "", new TreeMap<>(run.ports()));
    }

    /** Whether a container of that generation has ended and was not seen running since. */
    boolean hasEnded(String id, long generation) {
        Run run = runs.get(id);
        return run != null && run.running.generation() == generation && run.running.state() == Running.State.ended;
    }

    void forget(String id) {
        runs.remove(id);
    }

    /** What is not among these is gone. */
    void keep(Set<String> ids) {
        runs.keySet().retainAll(ids);
    }

    /** Events may have been missed: nothing is sure any more. */
    void clear() {
        runs.clear();
    }
}
