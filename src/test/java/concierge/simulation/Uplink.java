package concierge.simulation;

import concierge.store.CommitResult;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The way of one machine to the store and back: each direction can be cut by itself, be slow, lose a message, or
 * bring it long after its sender gave it up.
 */
final class Uplink {
    /** A caller waits no longer for an answer. */
    private static final int TIMEOUT_MILLIS = 1_000;

    private final World world;
    private final Scheduler scheduler;
    boolean outbound = true;
    boolean inbound = true;
    /** Added to each message, at most. */
    int slowMillis;
    /** Something that the store told did not arrive: the connection is no good any more. */
    private boolean torn;

    private Instant pipe = Instant.MIN;

    Uplink(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    boolean isCut() {
        return !outbound || !inbound;
    }

    void heal() {
        outbound = true;
        inbound = true;
        slowMillis = 0;
    }

    /** Whether changes were lost on their way here since this was asked last. */
    boolean wasTorn() {
        boolean was = torn;
        torn = false;
        return was;
    }

    /** Asks the store; empty: no answer came in time, whatever happened there. */
    <T> void ask(Supplier<T> question, Consumer<Optional<T>> answer) {
        Once<T> once = new Once<>(answer);
        scheduler.within(TIMEOUT_MILLIS, TIMEOUT_MILLIS + 100, () -> once.accept(Optional.empty()));
        scheduler.within(1, 20 + slowMillis, () -> {
            if (!outbound || world.isStoreGone()) return;
            T found = question.get();
            scheduler.within(0, 20 + slowMillis, () -> {
                if (inbound) once.accept(Optional.of(found));
            });
        });
    }

    /**
     * A commit: as any question, but for those that arrive when nobody waits for them any more.
     *
     * @param outlives whether one may arrive seconds after its sender has died
     */
    void commit(Transaction transaction, boolean outlives, BooleanSupplier alive, Consumer<CommitResult> answer) {
        Once<CommitResult> once = new Once<>(told ->
                answer.accept(told.orElseGet(() -> new CommitResult.Unknown(transaction.id(), "no answer"))));
        boolean lost = world.isChaos() && scheduler.chance(0.02);
        boolean late = world.isChaos() && scheduler.chance(0.02);
        boolean quiet = lost || late || isCut() || slowMillis > 0;
        // A connection that is refused is told at once; one that is cut after a while.
        if (quiet) scheduler.within(10, TIMEOUT_MILLIS, () -> once.accept(Optional.empty()));
        scheduler.within(1, late ? 12_000 : 20 + slowMillis, () -> {
            boolean arrives = !lost && outbound && !world.isStoreGone() && (alive.getAsBoolean() || (late ? outlives : scheduler.chance(0.5)));
            Optional<CommitResult> result = arrives ? Optional.of(world.store.commit(transaction)) : Optional.empty();
            boolean back = inbound && !(world.isChaos() && scheduler.chance(0.02));
            scheduler.within(0, 20 + slowMillis, () -> once.accept(back ? result : Optional.empty()));
        });
    }

    /** What one connection to the store tells arrives in its order, or not at all. */
    void tell(Runnable arrival) {
        if (!inbound) {
            torn = true;
            return;
        }
        Instant arrives = scheduler.instant().plusMillis(scheduler.number(30 + slowMillis));
        if (arrives.isBefore(pipe)) arrives = pipe;
        pipe = arrives;
        scheduler.at(arrives, arrival);
    }

    /** What the machine itself says to what runs on it, in the same order. */
    void tellLocally(Duration after, Runnable arrival) {
        Instant arrives = scheduler.instant().plus(after);
        if (arrives.isBefore(pipe)) arrives = pipe;
        pipe = arrives;
        scheduler.at(arrives, arrival);
    }

    private static final class Once<T> implements Consumer<Optional<T>> {
        private final Consumer<Optional<T>> answer;
        private boolean answered;

        Once(Consumer<Optional<T>> answer) {
            this.answer = answer;
        }

        @Override
        public void accept(Optional<T> told) {
            if (answered) return;
            answered = true;
            answer.accept(told);
        }
    }
}
