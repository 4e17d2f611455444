package concierge.bench;

import concierge.control.Leader;
import concierge.model.Assignment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Loss;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.model.View;
import concierge.state.Chunks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A cluster at its largest, through the real control loop on the store in memory: hosts join under leases, instances are
 * deployed, some hosts are lost. Agents are pretended: what is assigned is reported ready, what is to stop is reported
 * stopped. Arguments: {@code [services, of a hundred instances each]...}.
 */
public final class ScaleBench {
    private static final int HOSTS = Integer.getInteger("bench.hosts", 10_000);
    private static final int SCALE = 100;
    private static final String[] SERVICES = {"1000", "10000"};
    private static final int LOST = HOSTS / 100;

    /** Only what is lost on purpose shall be. */
    private static final Duration LEASE = Duration.ofMinutes(30);

    /** In this process it shares two processors with ten thousand hosts. */
    private static final Duration LEADS = Duration.ofSeconds(20);

    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Store store = new MemoryStore(InstantSource.system());
    private final BlockingQueue<Entry> assigned = new LinkedBlockingQueue<>();
    private final List<Store.Lease> leases = new ArrayList<>();
    private final int services;
    private int transactions;

    private ScaleBench(int services) {
        this.services = services;
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("| what | value |\n| --- | --- |");
        for (String services : arguments.length > 0 ? arguments : SERVICES) new ScaleBench(Integer.parseInt(services)).run();
        System.exit(0);
    }

    private void run() throws Exception {
        LiveView live = new LiveView(store);
        Leader leader = new Leader(store, live, "bench", LEADS, Loss.PATIENCE, InstantSource.system());
        leader.start();
        Thread agents = Thread.ofPlatform().name("agents").daemon(true).start(this::report);
        follow(store.revision());

        long began = System.nanoTime();
        for (int host = 0; host < HOSTS; host++) join(host);
        await(live, seen -> seen.present.size() == HOSTS);
        row(HOSTS + " hosts join", since(began), "s");

        began = System.nanoTime();
        deploy();
        await(live, seen -> seen.ready == services * SCALE);
        double took = since(began);
        row(services * SCALE + " instances of " + services + " services: wanted to all ready", took, "s");
        row("instances a second", services * SCALE / took, "");
        row("memory: store, view, leader", heap() / 1e6, "MB");

        began = System.nanoTime();
        for (int host = 0; host < LOST; host++) leases.get(host * 100).revoke();
        await(live, seen -> seen.present.size() == HOSTS - LOST && seen.lost.isEmpty() && seen.ready == services * SCALE);
        row(LOST + " hosts lost to all that ran there ready elsewhere (" + Loss.PATIENCE.toMillis() + " ms of patience)", since(began), "s");
        leader.close();
        live.close();
        agents.interrupt();
        store.close();
    }

    private static String host(int number) {
        return String.format("host-%05d", number);
    }

    private void join(int number) {
        Store.Lease lease = store.grant(LEASE);
        leases.add(lease);
        HostRecord record = new HostRecord(
                host(number), List.of("10.0.0.1"), Set.of(), new Resources(16_000, 64L << 30), Set.of(ExecutorKind.docker), false);
        commit(Transaction.id("join-" + number).put(Keys.host(record.name()), Codec.value(record), lease.id()).build());
    }

    private void deploy() {
        Chunks chunks = new Chunks("deploy", _ -> {});
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with().resources(new Resources(100, 64L << 20)).build();
        chunks.add(to -> Writes.spec(to, spec));
        for (int service = 0; service < services; service++) {
            ServiceId id = new ServiceId("stack" + service / 20, "default", "service" + service % 20);
            chunks.add(to -> Writes.intent(to, id, Intent.of(Codec.digest(spec), SCALE, "")));
        }
        chunks.build().forEach(this::commit);
    }

    private void follow(long after) {
        store.watch(Keys.ASSIGN, after, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                for (Batch.Change change : batch.changes()) change.entry().ifPresent(assigned::add);
            }

            @Override
            public void compacted(long oldestKept) {
                String from = "";
                Page page;
                do {
                    page = store.list(Keys.ASSIGN, from, Limits.PAGE, 0);
                    assigned.addAll(page.entries());
                    if (!page.entries().isEmpty()) from = page.entries().getLast().key();
                } while (page.more());
                follow(page.revision());
            }
        });
    }

    /** All agents at once: as many reports in a commit as fit. */
    private void report() {
        try {
            while (true) {
                List<Entry> news = new ArrayList<>(List.of(assigned.take()));
                assigned.drainTo(news, 5_000);
                Chunks chunks = new Chunks("report-" + transactions++, _ -> {});
                for (Entry entry : news) report(chunks, entry);
                // What was given up meanwhile conflicts, and its batch is reported one by one.
                for (Transaction transaction : chunks.build()) if (!commit(transaction)) oneByOne(news);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void oneByOne(List<Entry> news) {
        for (Entry entry : news) {
            Chunks chunks = new Chunks("report-" + transactions++, _ -> {});
            report(chunks, entry);
            chunks.build().forEach(this::commit);
        }
    }

    private static void report(Chunks chunks, Entry entry) {
        Assignment assignment = Codec.assignment(entry.value());
        InstanceState state = assignment.desired() == Assignment.Desired.run ? InstanceState.ready : InstanceState.stopped;
        chunks.add(to -> Writes.status(to, assignment.host(), assignment.instance(), Status.of(entry.created(), state, Instant.EPOCH, "")));
    }

    private boolean commit(Transaction transaction) {
        return store.commit(transaction) instanceof CommitResult.Committed;
    }

    /** Looks now and then, so that looking is no load of its own. */
    private static void await(LiveView live, Predicate<Seen> condition) throws InterruptedException {
        Seen seen = new Seen();
        CountDownLatch reached = new CountDownLatch(1);
        try (ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor()) {
            looks.scheduleWithFixedDelay(() -> {
                if (condition.test(seen.at(live.view()))) reached.countDown();
            }, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
            boolean inTime = reached.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            looks.shutdownNow();
            if (!inTime) throw new IllegalStateException("not reached within " + LIMIT + ": " + seen);
        }
    }

    /** Counts of the newest view, of which only what changed is counted anew. */
    private static final class Seen {
        private View view = View.EMPTY;
        private final Map<ServiceId, Long> readyOf = new HashMap<>();
        private final Set<String> present = new HashSet<>();
        private final Set<String> lost = new HashSet<>();
        private long ready;

        Seen at(View newer) {
            newer.services().forEachChange(view.services(), (id, service) -> {
                long now = service == null ? 0 : service.readyCount();
                @Nullable Long before = readyOf.put(id, now);
                ready += now - (before == null ? 0 : before);
            });
            newer.hosts().forEachChange(view.hosts(), (name, host) -> {
                boolean here = host != null && host.record().isPresent();
                keep(present, name, here);
                keep(lost, name, !here && host != null && host.instances() > 0);
            });
            view = newer;
            return this;
        }

        private static void keep(Set<String> set, String name, boolean holds) {
            if (holds) set.add(name);
            else set.remove(name);
        }

        @Override
        public String toString() {
            return ready + " ready, " + present.size() + " hosts, " + lost.size() + " lost with instances";
        }
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static void row(String what, double value, String unit) {
        System.out.printf(Locale.ROOT, "| %s | %.1f %s |%n", what, value, unit);
    }
}
