package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Move;
import concierge.model.ServiceId;
import concierge.model.View;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of every rebalancing: random worlds, each from a seed. */
class RebalancePropertiesTest {
    private static final int STEPS = 15;

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("planner.seeds", 150));
    }

    private static Rebalance rebalance(World world) {
        return Rebalance.of(world.view(), _ -> true, Optional.empty());
    }

    private static World grown(Random random) {
        World world = new World();
        for (int i = 0; i < 2 + random.nextInt(3); i++) world.host(PlannerPropertiesTest.host("h" + i, random));
        for (int step = 0; step < STEPS; step++) PlannerPropertiesTest.change(world.settle(), random);
        world.settle();
        // What waits for room gets what a move leaves: then more happens than was asked for.
        for (ServiceId id : world.view().services().sortedKeys()) if (!world.service(id.path()).pending().isEmpty()) world.drop(id.path());
        world.settle();
        // Who fills the new ones is the question.
        for (int i = 0; i < 1 + random.nextInt(3); i++) world.host(PlannerPropertiesTest.host("new" + i, random));
        return world.settle();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void movesKeepTheServicesHealthAndTheHostsRoomAndEndInBalance(long seed) {
        Random random = new Random(seed);
        World world = grown(random);
        Rebalance rebalance = rebalance(world);
        assertThat(Rebalance.of(PlannerPropertiesTest.shuffled(world.view(), random), _ -> true, Optional.empty()))
                .as("the same view, the same moves").isEqualTo(rebalance);
        assertThat(rebalance.moves().stream().map(Rebalance.Move::instance).distinct().count()).as("each moves once").isEqualTo(rebalance.moves().size());
        Map<ServiceId, Long> ready = ready(world);
        int atOnce = 1 + random.nextInt(3);
        for (Rebalance.Move move : rebalance.moves()) {
            assertThat(world.view().host(move.to()).orElseThrow().record().filter(record -> !record.cordoned())).as("no cordoned host gets any").isPresent();
            world.move(move.instance().path(), move.to(), atOnce);
        }
        int done = carryOut(world, ready);
        assertThat(done).as("all of them were made").isEqualTo(rebalance.moves().size());
        assertThat(ready(world)).isEqualTo(ready);
        assertThat(RebalanceTest.moves(rebalance(world))).as("a second time").isEmpty();
    }

    private static int carryOut(World world, Map<ServiceId, Long> ready) {
        int moved = 0;
        Map<String, String> pins = new HashMap<>();
        for (int pass = 0; pass < 2_000 && world.view().moves().size() > 0; pass++) {
            View before = world.view();
            Plan plan = world.again();
            PlannerPropertiesTest.checkSafety(world, pins, before, plan);
            for (Action action : plan.actions()) {
                if (action instanceof Action.EndMove end && end.move().outcome() == Move.Outcome.moved) moved++;
            }
            ready(world).forEach((id, now) -> assertThat(now).as(id + " is as healthy as it was").isGreaterThanOrEqualTo(ready.get(id)));
                world.succeed();
        }
        assertThat(world.view().moves().size()).as("moves come to an end").isZero();
        world.settle();
        return moved;
    }

    private static Map<ServiceId, Long> ready(World world) {
        Map<ServiceId, Long> ready = new HashMap<>();
        world.view().services().forEach((id, service) -> {
            if (service.intent().isEmpty()) return;
            ready.put(id, service.instances().values().stream().filter(it -> it.isReady() && !it.isStopping()).count());
        });
        return ready;
    }
}
