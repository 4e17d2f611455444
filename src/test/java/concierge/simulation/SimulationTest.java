package concierge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs worlds. {@code -Dsimulation.seeds=N}: so many; {@code -Dsimulation.seed=S}: that one, {@code
 * -Dsimulation.trace=N}: with its last N steps. Seeds run beside each other, each in one thread.
 */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 200);

    /** Enough that each broken rule meets the fault that shows it. */
    private static final int MUTANT_SEEDS = 200;

    @Test
    void safetyHoldsAndIntentIsReached() {
        Long one = Long.getLong("simulation.seed");
        long from = one == null ? 1 : one;
        long to = one == null ? SEEDS : one;
        LongStream.rangeClosed(from, to).parallel().forEach(SimulationTest::run);
    }

    private static void run(long seed) {
        World world = new World(seed, Mutant.NONE);
        try {
            world.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\nreproduce with -Dsimulation.seed=" + seed
                    + "\nstate:\n" + new Settlement(world).dump() + "last steps:\n" + world.lastSteps(), e);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aBrokenRuleIsNoticed(Mutant mutant) {
        Optional<String> found = LongStream.concat(LongStream.of(mutant.seed), LongStream.rangeClosed(1, MUTANT_SEEDS))
                .mapToObj(seed -> violation(mutant, seed)).flatMap(Optional::stream)
                // One broken rule may break others first.
                .filter(message -> message.startsWith("violated: " + mutant.violation)).findFirst();
        assertThat(found).as("a run that shows: " + mutant.violation).isPresent();
    }

    private static Optional<String> violation(Mutant mutant, long seed) {
        try {
            new World(seed, mutant).run();
            return Optional.empty();
        } catch (AssertionError e) {
            if (seed != mutant.seed) System.out.println("simulation: " + mutant + " is noticed under seed " + seed + ", no longer under " + mutant.seed);
            return Optional.ofNullable(e.getMessage());
        }
    }
}
