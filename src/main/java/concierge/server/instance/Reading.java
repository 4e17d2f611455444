package concierge.server.instance;

import concierge.executor.Executor.LogQuery;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Status;
import java.time.Instant;
import java.util.Optional;

/**
 * One reader of one instance's output, and how far it came. Engines end a follower with the run it follows; what says
 * more then, a restart in place or a successor of the same name, is read from there on, and nothing twice. Told of by
 * the reader's thread, asked by the one that merges.
 */
final class Reading {
    private final LogQuery query;
    private final long generation;
    private final int restarts;
    private volatile Optional<Instant> last = Optional.empty();
    private volatile boolean failed;
    private volatile boolean ended;

    /** Of an instance that is gone: nothing follows. */
    Reading(LogQuery query) {
        this(query, Long.MAX_VALUE, Integer.MAX_VALUE);
    }

    Reading(InstanceView instance, LogQuery query) {
        this(query, instance.generation(), restarts(instance));
    }

    private Reading(LogQuery query, long generation, int restarts) {
        this.query = query;
        this.generation = generation;
        this.restarts = restarts;
    }

    private static int restarts(InstanceView instance) {
        return instance.status().map(Status::restarts).orElse(0);
    }

    LogQuery query() {
        return query;
    }

    void said(Instant at) {
        last = Optional.of(at);
    }

    /** It could not be read, and was told so: tried again with the next run only. */
    void fail() {
        failed = true;
    }

    void end() {
        ended = true;
    }

    /** Whether the instance may have said more than was read. */
    boolean goesOnIn(InstanceView instance) {
        if (!ended) return false;
        boolean later = instance.generation() > generation || instance.generation() == generation && restarts(instance) > restarts;
        boolean runs = instance.state() == InstanceState.running || instance.state() == InstanceState.ready;
        return later || instance.generation() == generation && runs && !failed;
    }

    /** @param began when the client asked: where it wanted the end only and nothing was said yet, what follows is new */
    LogQuery rest(LogQuery asked, Instant began) {
        Optional<Instant> from = last.map(at -> at.plusNanos(1)).or(() -> asked.tail() >= 0 ? Optional.of(began) : query.since());
        return new LogQuery(asked.follow(), from, -1);
    }
}
