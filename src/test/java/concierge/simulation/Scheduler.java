package concierge.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Virtual time and chance: runs tasks in the order of their instants; the same seed gives the same run. */
public final class Scheduler implements InstantSource {
    private record Task(Instant at, long number, Runnable action) {}

    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparing(Task::at).thenComparingLong(Task::number));
    private final SplittableRandom random;
    private Instant now = START;
    private long number;

    public Scheduler(long seed) {
        this.random = new SplittableRandom(seed);
    }

    @Override
    public Instant instant() {
        return now;
    }

    public void at(Instant at, Runnable action) {
        tasks.add(new Task(at.isBefore(now) ? now : at, number++, action));
    }

    /** After a random delay. */
    public void within(int minMillis, int maxMillis, Runnable action) {
        at(now.plus(Duration.ofNanos(random.nextLong(minMillis * 1_000_000L, maxMillis * 1_000_000L + 1))), action);
    }

    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    public int number(int bound) {
        return random.nextInt(bound);
    }

    public long seed() {
        return random.nextLong();
    }

    /** Runs the next task; false: none before the end. */
    public boolean step(Instant end) {
        Task task = tasks.peek();
        if (task == null || task.at.isAfter(end)) {
            now = end;
            return false;
        }
        tasks.remove();
        now = task.at;
        task.action.run();
        return true;
    }
}
