package concierge.bench;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.model.View;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.ViewBuilder;
import concierge.store.Batch;
import concierge.store.Entry;
import concierge.store.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The view's heap and the cost of keeping it up: instances (default 1,000,000) of services of 100 on hosts
 * (default 10,000), each with status, container, one published port and its endpoint.
 */
public final class ViewBench {
    private static final int PER_SERVICE = 100;
    private static final int UPDATES = 10_000;

    private final int instances;
    private final int hosts;
    private final ServiceSpec spec = ServiceSpec.of("shop/web:1").with().ports(List.of(Port.tcp(80))).resources(new Resources(100, 64 << 20)).build();
    private final Digest digest = Codec.digest(spec);
    private final ViewBuilder builder = new ViewBuilder();
    private final List<Entry> page = new ArrayList<>();
    private long revision;

    private ViewBench(int instances, int hosts) {
        this.instances = instances;
        this.hosts = hosts;
    }

    public static void main(String[] arguments) {
        int instances = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int hosts = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000;
        new ViewBench(instances, hosts).run();
    }

    private void run() {
        long before = heap();
        long start = System.nanoTime();
        load();
        View view = builder.view();
        double seconds = (System.nanoTime() - start) / 1e9;
        long used = heap() - before;
        System.out.println("name | ours | theirs | ratio");
        System.out.printf(Locale.ROOT, "view of %,d instances on %,d hosts, MB of heap | %,d | 1,024 (limit) | %.2f%n",
                instances, view.hosts().size(), used >> 20, used / (double) (1 << 30));
        System.out.printf(Locale.ROOT, "listing it, s | %.1f | - | -%n", seconds);
        System.out.printf(Locale.ROOT, "one status and a new view of it, µs | %.0f | - | -%n", update());
    }

    private void load() {
        add(Keys.spec(digest), Codec.value(spec));
        for (int h = 0; h < hosts; h++) {
            add(Keys.host(host(h)), Codec.value(new HostRecord(host(h), List.of("10.0.0.1"), Set.of("db"), new Resources(64_000, 1L << 38), Set.of(ExecutorKind.docker), false)));
        }
        for (int s = 0; s * PER_SERVICE < instances; s++) add(Keys.proc(service(s)), Codec.value(Intent.of(digest, PER_SERVICE, "0000000001")));
        for (int i = 0; i < instances; i++) {
            InstanceId id = id(i);
            Assignment assignment = new Assignment(id, host(i % hosts), digest, ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, "0000000001");
            add(Keys.assign(host(i % hosts), id), Codec.value(assignment));
        }
        for (int i = 0; i < instances; i++) add(Keys.status(host(i % hosts), id(i)), Codec.value(status(i, 0)));
        for (int i = 0; i < instances; i++) add(Keys.deploy(host(i % hosts), id(i)), Value.of(id(i).containerName()));
        for (int i = 0; i < instances; i++) {
            Endpoint endpoint = new Endpoint(id(i), Port.tcp(80), "10.0.0.1", 20_000 + i % 10_000);
            add(Keys.port(endpoint), Value.of(endpoint.target()));
        }
        flush();
    }

    private Status status(int i, int restarts) {
        return new Status(1, InstanceState.ready, Instant.ofEpochSecond(i), "", Optional.empty(), restarts, false, false, id(i).containerName(),
                new TreeMap<>(Map.of("80/tcp", "10.0.0.1:" + (20_000 + i % 10_000))), List.of());
    }

    private double update() {
        long start = System.nanoTime();
        for (int u = 0; u < UPDATES; u++) {
            int i = (int) ((long) u * 7919 % instances);
            revision++;
            String key = Keys.status(host(i % hosts), id(i));
            builder.apply(new Batch(revision, List.of(new Batch.Change(key, Optional.of(new Entry(key, Codec.value(status(i, u)), 1, revision))))));
            builder.view();
            }
        return (System.nanoTime() - start) / 1e3 / UPDATES;
    }

    private void add(String key, Value value) {
        page.add(new Entry(key, value, 1, 1));
        if (page.size() == 10_000) flush();
    }

    private void flush() {
        builder.apply(page, ++revision);
        page.clear();
    }

    private static ServiceId service(int s) {
        return new ServiceId("stack" + s / 10, "default", "service" + s % 10);
    }

    private static InstanceId id(int i) {
        return service(i / PER_SERVICE).instance(1 + i % PER_SERVICE);
    }

    private static String host(int h) {
        return "host-" + h;
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
