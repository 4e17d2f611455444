package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import java.util.stream.LongStream;

/** What must hold whatever happens: random worlds under random changes, each from a seed. */
class PlannerPropertiesTest {
    private static final int STEPS = 40;
    private static final String[] TAGS = {"db", "ssd"};

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("planner.seeds", 150));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void safetyHoldsAndPlanningComesToAnEnd(long seed) {
        Random random = new Random(seed);
        World world = new World();
        for (int i = 0; i < 2 + random.nextInt(6); i++) world.host(host("h" + i, random));
        Map<String, String> pins = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            change(world, random);
            for (int pass = 0; pass < 1 + random.nextInt(3); pass++) {
                View before = world.view();
                Plan plan = world.plan();
                assertThat(Rendered.plan(new Planner().plan(world.with(dirtyOf(world)), world.now)))
                        .as("a fresh planner decides the same")
                        .isEqualTo(Rendered.plan(new Planner().plan(shuffled(world.with(dirtyOf(world)), random), world.now)));
                world.pass();
                checkSafety(world, pins, before, plan);
                if (random.nextBoolean()) world.succeed();
            }
        }
        world.settle();
        assertThat(world.plan().actions()).as("all of it again").isEmpty();
        assertThat(Rendered.plan(new Planner().plan(world.view().allDirty(), world.now))).isEmpty();
        checkRefusals(world);
    }

    private static java.util.SortedSet<ServiceId> dirtyOf(World world) {
        return new java.util.TreeSet<>(world.view().services().sortedKeys());
    }

    /** The same view, its maps built in another order. */
    static View shuffled(View view, Random random) {
        List<ServiceId> services = new ArrayList<>(view.services().sortedKeys());
        List<String> hosts = new ArrayList<>(view.hosts().sortedKeys());
        java.util.Collections.shuffle(services, random);
        java.util.Collections.shuffle(hosts, random);
        View copy = new View(view.revision(), concierge.model.SharedMap.empty(), concierge.model.SharedMap.empty(),
                view.deployments(), view.stacks(), view.dirty());
        for (ServiceId id : services) {
            copy = new View(copy.revision(), copy.services().with(Map.of(id, view.service(id).orElseThrow())), copy.hosts(),
                    copy.deployments(), copy.stacks(), copy.dirty());
        }
        for (String host : hosts) {
            copy = new View(copy.revision(), copy.services(), copy.hosts().with(Map.of(host, view.host(host).orElseThrow())),
                    copy.deployments(), copy.stacks(), copy.dirty());
        }
        return copy;
    }

    static HostRecord host(String name, Random random) {
        Set<String> tags = new HashSet<>();
        for (String tag : TAGS) if (random.nextBoolean()) tags.add(tag);
        Set<ExecutorKind> executors = random.nextInt(4) == 0
                ? Set.of(ExecutorKind.process)
                : random.nextBoolean() ? Set.of(ExecutorKind.docker) : Set.of(ExecutorKind.docker, ExecutorKind.process);
        Resources capacity = random.nextInt(3) == 0 ? Resources.NONE : new Resources(1000 * random.nextInt(5), World.MIB * random.nextInt(2000));
        return new HostRecord(name, List.of("10.0.0.1"), tags, capacity, executors, random.nextInt(8) == 0);
    }

    private static ServiceSpec spec(Random random) {
        List<Filter> filters = new ArrayList<>();
        for (String tag : TAGS) if (random.nextInt(3) == 0) filters.add(new Filter(tag, random.nextBoolean()));
        List<Port> ports = random.nextInt(4) == 0
                ? List.of(new Port(80, Port.Protocol.tcp, Optional.of(8080 + random.nextInt(2))))
                : List.of();
        return ServiceSpec.of("image" + random.nextInt(3)).with()
                .filters(filters)
                .ports(ports)
                .pinned(random.nextInt(4) == 0)
                .uniqueHost(random.nextInt(4) == 0)
                .executors(random.nextBoolean() ? List.of(ExecutorKind.docker) : List.of(ExecutorKind.docker, ExecutorKind.process))
                .resources(random.nextBoolean() ? Resources.NONE : new Resources(random.nextInt(3) * 250, random.nextInt(300) * World.MIB))
                .build();
    }

    static void change(World world, Random random) {
        String service = "shop/default/s" + random.nextInt(6);
        String host = "h" + random.nextInt(8);
        boolean wanted = world.service(service).intent().isPresent();
        boolean known = world.view().host(host).isPresent();
        switch (random.nextInt(9)) {
            case 0, 1 -> world.want(service, spec(random), random.nextInt(8));
            case 2 -> {
                if (wanted) world.want(service, world.service(service).spec().orElseThrow(), random.nextInt(8));
            }
            case 3 -> {
                if (wanted) world.intent(service, Intent::nextEpoch);
            }
            case 4 -> world.drop(service);
            case 5 -> {
                if (known) world.away(host, random.nextBoolean());
            }
            case 6, 7 -> world.host(host(host, random));
            default -> world.service(service).instances().values().stream().findFirst().ifPresent(instance -> {
                if (instance.state().isFinal()) return;
                if (random.nextBoolean()) world.crash(instance.id().path(), random.nextInt(12));
                else world.report(instance.id().path(), InstanceState.failed);
            });
        }
    }

    static void checkSafety(World world, Map<String, String> pins, View before, Plan plan) {
        Set<String> placed = new HashSet<>();
        for (Action action : plan.actions()) {
            if (!(action instanceof Action.Place place)) continue;
            assertThat(placed.add(place.assignment().instance().path())).as("placed once in a plan").isTrue();
            HostView host = before.host(place.assignment().host()).orElseThrow();
            assertThat(host.isPresent()).as("nothing is placed on an absent host").isTrue();
            ServiceView service = before.service(place.assignment().instance().service()).orElseThrow();
            HostRecord record = host.record().orElseThrow();
            assertThat(record.executors()).contains(place.assignment().executor());
            for (Filter filter : service.spec().orElseThrow().filters()) {
                if (!filter.flexible()) assertThat(record.tags()).contains(filter.tag());
            }
            checkRoom(world, place, record, service.spec().orElseThrow().resources());
        }
        Map<String, String> portHolders = new HashMap<>();
        Map<String, String> unique = new HashMap<>();
        world.view().services().forEach((id, service) -> service.instances().values().forEach(instance -> {
            if (!instance.occupies()) return;
            checkPorts(portHolders, instance);
            checkAlone(unique, placed, instance);
        }));
        world.view().services().forEach((id, service) -> service.pins().forEach((n, host) -> {
            String known = pins.put(id + "/" + n, host);
            if (known != null && before.service(id).orElseThrow().pins().containsKey(n)) assertThat(host).as("a pin never changes").isEqualTo(known);
            InstanceView instance = service.instances().find(n);
            if (instance != null && placed.contains(instance.id().path()) && service.spec().isPresent() && service.spec().get().pinned()) {
                assertThat(instance.host()).as("the pinned host").isEqualTo(host);
            }
        }));
    }

    private static void checkRoom(World world, Action.Place place, HostRecord record, Resources needs) {
        Resources used = world.view().host(record.name()).orElseThrow().used();
        if (needs.memoryBytes() > 0 && record.capacity().memoryBytes() > 0) {
            assertThat(used.memoryBytes()).as(place::toString).isLessThanOrEqualTo(record.capacity().memoryBytes());
        }
        if (needs.cpuMillis() > 0 && record.capacity().cpuMillis() > 0) {
            assertThat(used.cpuMillis()).as(place::toString).isLessThanOrEqualTo(record.capacity().cpuMillis());
        }
    }

    private static void checkPorts(Map<String, String> holders, InstanceView instance) {
        for (String port : Request.hostPorts(instance.spec())) {
            assertThat(holders.put(instance.host() + ":" + port, instance.id().path())).as("one holder of a host port").isNull();
        }
    }

    private static void checkAlone(Map<String, String> unique, Set<String> placed, InstanceView instance) {
        if (!instance.spec().uniqueHost() || !placed.contains(instance.id().path())) return;
        String key = instance.id().service() + "@" + instance.host();
        assertThat(unique.put(key, instance.id().path())).as("alone on its host").isNull();
    }

    /** Every host is counted once, and none of them could take the instance. */
    private static void checkRefusals(World world) {
        for (ServiceId id : world.view().services().sortedKeys()) {
            ServiceView service = world.view().service(id).orElseThrow();
            if (service.pending().isEmpty() || service.spec().isEmpty()) continue;
            for (String note : service.pending().values()) {
                if (!note.matches("\\d+ hosts?: .*")) continue;
                String[] parts = note.split(": ", 2);
                int hosts = Integer.parseInt(parts[0].split(" ")[0]);
                int counted = 0;
                for (String tally : parts[1].split(", (?=\\d+ )")) counted += Integer.parseInt(tally.split(" ")[0]);
                assertThat(counted).as(id + ": " + note).isEqualTo(hosts);
            }
        }
    }

}
