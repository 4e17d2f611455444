package concierge.bench;

import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.plan.Action;
import concierge.plan.Plan;
import concierge.plan.Planner;
import concierge.plan.Rehearsal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The planner at its largest: 1,000,000 instances of 100,000 services onto 10,000 hosts from empty, then
 * 1 % churn. Medians of some runs after a warm-up, in CPU
 * time of the planning thread.
 */
public final class PlannerBench {
    private static final int HOSTS = Integer.getInteger("bench.hosts", 10_000);
    private static final int SERVICES = Integer.getInteger("bench.services", 100_000);
    private static final int SCALE = 10;
    private static final int RUNS = Integer.getInteger("bench.runs", 5);
    private static final long MIB = 1 << 20;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private PlannerBench() {}

    public static void main(String[] args) {
        System.out.println("| what | value | target |\n| --- | --- | --- |");
        for (boolean mixed : new boolean[] {false, true}) run(mixed);
    }

    private static void run(boolean mixed) {
        String name = mixed ? "mixed" : "plain";
        long before = heap();
        View empty = world(mixed);
        Planner planner = new Planner();
        double[] times = new double[RUNS];
        Plan plan = planner.plan(empty, NOW);
        for (int i = 0; i < RUNS; i++) {
            long start = time();
            plan = planner.plan(empty, NOW);
            times[i] = (time() - start) / 1e9;
        }
        long placed = plan.actions().stream().filter(Action.Place.class::isInstance).count();
        row("planner " + name + ": placed", placed, "1000000");
        row("planner " + name + ": from empty, placements/s", placed / median(times), "1000000, defect under 300000");
        View full = Rehearsal.of(empty).commit(plan).succeed(empty.dirty(), NOW).view();
        plan = new Plan(0, List.of(), Optional.empty(), new TreeSet<>());
        empty = View.EMPTY;
        planner = new Planner();
        row("planner " + name + ": view, MB", (heap() - before) / 1e6, "under 1000");
        churn(name, planner, full);
    }

    /** 1 % of the instances vanish with their hosts' word for it; the planner gives them hosts again. */
    private static void churn(String name, Planner planner, View full) {
        Random random = new Random(7);
        double[] times = new double[8 * RUNS];
        double[] alone = new double[8 * RUNS];
        long placed = 0;
        planner.plan(full, NOW);
        for (int i = -2 * RUNS; i < 8 * RUNS; i++) {
            View churned = churned(full, random);
            long start = time();
            Plan plan = planner.plan(churned, NOW);
            if (i >= 0) times[i] = (time() - start) / 1e9;
            placed = plan.actions().stream().filter(Action.Place.class::isInstance).count();
            View single = new View(churned.revision(), churned.services(), churned.hosts(), churned.deployments(), churned.stacks(),
                    new TreeSet<>(Set.of(churned.dirty().first())));
            start = time();
            planner.plan(single, NOW);
            if (i >= 0) alone[i] = (time() - start) / 1e9;
        }
        row("planner " + name + ": 1 % churn, placed", placed, "10000");
        row("planner " + name + ": 1 % churn, ms a pass", median(times) * 1000, "-");
        row("planner " + name + ": 1 % churn, placements/s", placed / median(times), "1000000, defect under 300000");
        row("planner " + name + ": one dirty service, ms a pass", median(alone) * 1000, "-");
    }

    private static View churned(View full, Random random) {
        Map<ServiceId, ServiceView> services = new HashMap<>();
        Map<String, HostView> hosts = new HashMap<>();
        List<ServiceId> ids = full.services().sortedKeys();
        while (services.size() < SERVICES * SCALE / 100) {
            ServiceView old = full.services().find(ids.get(random.nextInt(ids.size())));
            if (old == null || services.containsKey(old.id())) continue;
            InstanceView gone = old.instances().at(random.nextInt(SCALE));
            services.put(old.id(), old.with(old.instances().with(gone.id().n(), null)));
            HostView host = hosts.getOrDefault(gone.host(), full.hosts().find(gone.host()));
            hosts.put(gone.host(), new HostView(host.name(), host.record(), false,
                    host.used().minus(gone.spec().resources()), host.instances() - 1, host.hostPorts()));
        }
        return new View(full.revision() + 1, full.services().with(services), full.hosts().with(hosts), full.deployments(),
                full.stacks(), new TreeSet<>(services.keySet()));
    }

    /** @param mixed several sizes and tags, so that several indexes and fits are needed */
    private static View world(boolean mixed) {
        Random random = new Random(1);
        Map<String, HostView> hosts = new HashMap<>();
        for (int i = 0; i < HOSTS; i++) {
            String host = String.format("host-%05d", i);
            Set<String> tags = mixed ? Set.of(random.nextBoolean() ? "ssd" : "disk", "zone" + i % 3) : Set.of();
            long size = mixed ? 1 + random.nextInt(3) : 2;
            hosts.put(host, new HostView(host, Optional.of(new HostRecord(
                    host, List.of("10.1.0.1"), tags, new Resources(size * 16_000, size * 65_536 * MIB), Set.of(ExecutorKind.docker), false)),
                    false, Resources.NONE, 0, new TreeMap<>()));
        }
        List<ServiceSpec> specs = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            List<Filter> filters = !mixed || i % 2 == 0 ? List.of() : List.of(new Filter("zone" + i % 3, false), new Filter("ssd", true));
            specs.add(ServiceSpec.of("image-" + i).with()
                    .filters(filters)
                    .resources(new Resources(mixed ? 50 * (i % 4) : 100, (mixed ? 64 * (1 + i % 5) : 256) * MIB))
                    .build());
        }
        Map<ServiceId, ServiceView> services = new HashMap<>();
        for (int i = 0; i < SERVICES; i++) {
            ServiceId id = new ServiceId("stack" + i / 20, "default", "service" + i % 20);
            ServiceSpec spec = specs.get(i % specs.size());
            Intent intent = Intent.of(Digest.of(spec.image().orElseThrow()), SCALE, "1");
            services.put(id, new ServiceView(id, Optional.of(intent), Optional.of(spec), Instances.NONE, new TreeMap<>(), new TreeMap<>()));
        }
        return new View(1, View.EMPTY.services().with(services), View.EMPTY.hosts().with(hosts), View.EMPTY.deployments(),
                View.EMPTY.stacks(), new TreeSet<>(services.keySet()));
    }

    /** The thread's own CPU time: the planner has one thread and does not wait, and the machine may be shared. */
    private static long time() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void row(String name, double value, String target) {
        System.out.printf(java.util.Locale.ROOT, "| %s | %s | %s |%n", name,
                value >= 100 ? String.format(java.util.Locale.ROOT, "%.0f", value) : String.format(java.util.Locale.ROOT, "%.2f", value), target);
    }
}
