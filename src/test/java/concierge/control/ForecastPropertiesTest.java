package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.View;
import concierge.plan.World;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a plan says comes first is what the leader does first, from the same view: random worlds, each from a seed. */
class ForecastPropertiesTest {
    private final World world = new World();
    private final ControlCore leader = new ControlCore();
    private Set<String> givenUp = Set.of();
    private final List<String> hosts = new ArrayList<>();

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("planner.seeds", 150));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theLeaderDoesWhatWasPlanned(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1 + random.nextInt(5); i++) host("h" + i, random);
        for (int i = 0; i < 3; i++) world.want("shop/default/s" + i, spec(random), random.nextInt(6));
        world.settle();
        disturb(random);
        leader.step(new ControlEvent.Elected(1), world.now);
        executed(world.view(), world.now);
        // Away for so long that the leader gives them up: the pinned instances there stay, and go first.
        world.later(ControlCore.LOST_AFTER_ALONE);
        executed(world.view(), world.now);

        Wish wish = wish(random);
        View planned = HostWatch.mark(world.view(), givenUp);
        List<String> told = Forecast.of(planned, wish, world.now).steps().stream()
                .filter(step -> !step.kind().equals("keep"))
                .map(step -> (step.kind().equals("place") ? "run " : "stop ") + step.subject() + step.text().replaceAll("(run|stop) on (\\S+).*", " $2"))
                .toList();
        List<String> done = executed(wish.appliedTo(world.view()), world.now);
        assertThat(told.subList(0, Math.min(done.size(), told.size()))).as("told: %s", told).containsExactlyInAnyOrderElementsOf(done);
    }

    /** One pass of the leader: what it assigned and what it told to stop, releases of lost instances apart. */
    private List<String> executed(View view, Instant now) {
        List<String> done = new ArrayList<>();
        Deque<ControlEffect> effects = new ArrayDeque<>(leader.step(new ControlEvent.ViewChanged(view), now));
        while (!effects.isEmpty()) {
            ControlEffect effect = effects.remove();
            if (effect instanceof ControlEffect.GivenUp(Set<String> lost)) givenUp = lost;
            if (!(effect instanceof ControlEffect.Write write)) continue;
            if (write instanceof ControlEffect.Commit(Transaction transaction)) {
                for (Transaction.Put put : transaction.puts()) {
                    if (!put.key().startsWith(Keys.ASSIGN)) continue;
                    Assignment assignment = Codec.assignment(put.value());
                    done.add(assignment.desired() + " " + assignment.instance() + " " + assignment.host());
                }
            }
            effects.addAll(leader.step(new ControlEvent.Answered(write.id(), new CommitResult.Committed(view.revision())), now));
        }
        return done;
    }

    private void host(String name, Random random) {
        hosts.add(name);
        world.host(new HostRecord(
                name, List.of("10.0.0.1"), random.nextBoolean() ? Set.of("db") : Set.of(),
                random.nextBoolean() ? Resources.NONE : new Resources(4000, World.MIB * 1000), Set.of(ExecutorKind.docker), false));
    }

    private static ServiceSpec spec(Random random) {
        return ServiceSpec.of("image" + random.nextInt(3)).with()
                .filters(random.nextInt(3) == 0 ? List.of(new Filter("db", true)) : List.of())
                .pinned(random.nextInt(3) == 0)
                .shared(random.nextInt(4) == 0)
                .resources(new Resources(0, random.nextInt(3) * 100 * World.MIB))
                .build();
    }

    /** As after a server's restart: some have died meanwhile, some hosts are not back yet. */
    private void disturb(Random random) {
        for (ServiceId id : world.view().services().sortedKeys()) {
            world.service(id.path()).instances().values().forEach(instance -> {
                switch (random.nextInt(5)) {
                    case 0 -> world.report(instance.id().path(), InstanceState.running);
                    case 1 -> world.crash(instance.id().path(), 1 + random.nextInt(4));
                    case 2 -> world.report(instance.id().path(), InstanceState.failed);
                    default -> {} // it is as it was
                }
            });
        }
        if (hosts.size() > 1 && random.nextBoolean()) world.away(hosts.get(random.nextInt(hosts.size())), false);
        world.pass();
    }

    private Deployment deployment() {
        return new Deployment("shop", "1", "default", List.of(), Deployment.Outcome.active, "", world.now.getEpochSecond());
    }

    private Wish wish(Random random) {
        TreeMap<ServiceId, Wish.Wanted> wanted = new TreeMap<>();
        TreeSet<ServiceId> removed = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            ServiceId id = World.id("shop/default/s" + i);
            ServiceSpec before = world.service(id.path()).spec().orElseThrow();
            Intent intent = world.service(id.path()).intent().orElseThrow();
            switch (random.nextInt(4)) {
                case 0 -> wanted.put(id, new Wish.Wanted(intent.withOverride(random.nextInt(6)), before));
                case 1 -> {
                    ServiceSpec after = before.with().user("www").build();
                    wanted.put(id, new Wish.Wanted(intent.withSpec(World.digest(after), random.nextInt(6), "1"), after));
                }
                case 2 -> removed.add(id);
                default -> {} // not part of it
            }
        }
        boolean deploys = random.nextBoolean();
        return new Wish(wanted, removed, deploys ? Optional.of(deployment()) : Optional.empty(), Optional.empty());
    }
}
