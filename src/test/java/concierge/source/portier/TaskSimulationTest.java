package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs worlds of a queue and its concierges. {@code -Dsimulation.seeds=N}: so many; {@code -Dsimulation.seed=S}: that one,
 * {@code -Dsimulation.trace=N}: with its last N steps. Seeds run beside each other, each in one thread.
 */
class TaskSimulationTest {
    private static final TaskWorld.Size SMALL = new TaskWorld.Size(4, 16, Duration.ofSeconds(60));
    private static final TaskWorld.Size LARGE = new TaskWorld.Size(20, 1000, Duration.ofSeconds(40));
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 120);

    /** One in so many worlds is large: a large one costs as much as a hundred small ones. */
    private static final int LARGE_EVERY = 120;

    /** Enough that each broken rule meets the fault that shows it. */
    private static final int MUTANT_SEEDS = 400;

    private static TaskWorld.Size size(long seed) {
        return seed % LARGE_EVERY == 0 ? LARGE : SMALL;
    }

    @Test
    void everyWantedTaskRunsOnceAndOnlyOnce() {
        Long one = Long.getLong("simulation.seed");
        long from = one == null ? 1 : one;
        long to = one == null ? SEEDS : one;
        long[] settled = LongStream.rangeClosed(from, to).parallel().map(seed -> run(seed, size(seed)).settledAfter().toMillis()).sorted().toArray();
        System.out.println("tasks settled after: median " + settled[settled.length / 2] + " ms, longest " + settled[settled.length - 1] + " ms of quiet, seeds " + settled.length);
    }

    @Test
    void aThousandTasksAreSharedFairlyByTwentyConcierges() {
        TaskWorld world = run(1, new TaskWorld.Size(LARGE.concierges(), LARGE.tasks(), Duration.ZERO));
        int[] shares = world.rules.shares();
        System.out.println("1,000 tasks, 20 concierges: all run after " + world.settledAfter().toMillis() + " ms, shares " + shares[0] + " to " + shares[1]);
        assertThat(shares[0]).as("smallest share; even is 50").isGreaterThanOrEqualTo(30);
        assertThat(shares[1]).as("largest share; even is 50").isLessThanOrEqualTo(70);
    }

    private static TaskWorld run(long seed, TaskWorld.Size size) {
        TaskWorld world = new TaskWorld(seed, size, TaskMutant.NONE);
        try {
            world.run();
            return world;
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\nreproduce with -Dsimulation.seed=" + seed + "\n" + world.text(), e);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aBrokenRuleIsNoticed(TaskMutant mutant) {
        Optional<String> found = LongStream.rangeClosed(1, MUTANT_SEEDS).mapToObj(seed -> violation(mutant, seed)).flatMap(Optional::stream)
                // One broken rule may break others first.
                .filter(message -> message.startsWith("violated: " + mutant.violation)).findFirst();
        assertThat(found).as("a run that shows: " + mutant.violation).isPresent();
    }

    private static Optional<String> violation(TaskMutant mutant, long seed) {
        try {
            new TaskWorld(seed, SMALL, mutant).run();
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.ofNullable(e.getMessage());
        }
    }
}
