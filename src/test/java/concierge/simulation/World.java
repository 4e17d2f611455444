package concierge.simulation;

import concierge.control.ControlCore;
import concierge.model.Resources;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One run: a store, hosts, servers and users; chaos for a while, then calm until the intent is reached. Half of the
 * worlds are one machine (one server, hosts that are given up late), half are clusters.
 */
final class World {
    static final String INSTALLATION = "simulated";

    /** As short as the real ones, which a unit test of each holds. */
    static final Duration LEASE = Duration.ofSeconds(3);

    static final Duration BEAT = Duration.ofMillis(750);

    /** Long enough for lost hosts, backoffs and several rollouts. */
    static final Duration CHAOS = Duration.ofSeconds(90);

    /**
     * A deployment that gets no further is given up after ten minutes; and far more than the longest pauses (a
     * minute) after the last fault, one after the other.
     */
    static final Duration PATIENCE = Duration.ofMinutes(20);

    private static final int TRACE = Integer.getInteger("simulation.trace", 60);

    final Scheduler scheduler;
    final Mutant mutant;
    final Invariants invariants;
    final Store store;
    final List<SimulatedHost> hosts = new ArrayList<>();
    final List<SimulatedLeader> servers = new ArrayList<>();
    final boolean cluster;
    final Duration lostAfter;
    final Users users;
    boolean storeAway;
    boolean storeForeign;
    private final MemoryStore memory;
    private final Deque<Step> trace = new ArrayDeque<>();
    private boolean chaos = true;
    long steps;

    /** Text only when somebody reads it: there are tens of thousands in a run. */
    private record Step(Instant at, String who, Object what) {
        @Override
        public String toString() {
            return Duration.between(Scheduler.START, at).toMillis() + " " + who + " " + what;
        }
    }

    World(long seed, Mutant mutant) {
        this.scheduler = new Scheduler(seed);
        this.mutant = mutant;
        this.memory = MemoryStore.pumped(scheduler);
        Map<String, Resources> capacities = new HashMap<>();
        this.invariants = new Invariants(memory, capacities, scheduler);
        this.store = new ObservedStore(memory, invariants::beforeCommit, invariants::afterCommit);
        this.cluster = scheduler.chance(0.5);
        this.lostAfter = cluster ? ControlCore.LOST_AFTER_SHARED : ControlCore.LOST_AFTER_ALONE;
        int count = (cluster ? 2 : 1) + scheduler.number(3);
        for (int i = 1; i <= count; i++) {
            // Small enough that some things find no room.
            Resources capacity = new Resources(1_500 + 1_000L * scheduler.number(3), 4L << 30);
            capacities.put("h" + i, capacity);
            hosts.add(new SimulatedHost("h" + i, this, mutant.capacity(capacity)));
        }
        int candidates = cluster ? 2 + scheduler.number(2) : 1;
        for (int i = 1; i <= candidates; i++) servers.add(new SimulatedLeader("s" + i, this));
        this.users = new Users(this);
        invariants.nobodyCouldStop = name -> hosts.stream().anyMatch(host -> host.name.equals(name) && host.couldNotStop());
    }

    boolean isChaos() {
        return chaos;
    }

    boolean isStoreGone() {
        return storeAway || storeForeign;
    }

    void trace(String who, Object what) {
        if (TRACE == 0) return;
        trace.add(new Step(scheduler.instant(), who, what));
        if (trace.size() > TRACE) trace.remove();
    }

    String lastSteps() {
        return trace.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }

    /** Runs it all; throws an {@link AssertionError} when something is violated. */
    void run() {
        store.commit(Transaction.id("installation").put(Keys.INSTALLATION, INSTALLATION).build());
        hosts.forEach(SimulatedHost::start);
        servers.forEach(SimulatedLeader::start);
        pump();
        users.begin();
        new Successions(this).begin();
        new Rebalances(this).begin();
        new Faults(this).begin();
        Instant calm = Scheduler.START.plus(CHAOS);
        while (scheduler.step(calm)) steps++;
        heal();
        Instant end = calm.plus(PATIENCE);
        Settlement settlement = new Settlement(this);
        for (Instant until = calm; until.isBefore(end); ) {
            until = until.plusSeconds(5);
            while (scheduler.step(until)) steps++;
            if (settlement.missing().isEmpty()) return;
        }
        throw Invariants.violated("intent is reached", settlement.missing());
    }

    private void heal() {
        chaos = false;
        storeAway = false;
        storeForeign = false;
        for (SimulatedLeader server : servers) {
            server.heal();
            server.start();
        }
        for (SimulatedHost host : hosts) {
            host.heal();
            host.engine.away = false;
            host.engine.hangsUntil = scheduler.instant();
            host.start();
        }
    }

    /** Watchers hear in an order that chance decides. */
    private void pump() {
        boolean more = memory.pumpOne(scheduler.number(1_000));
        if (more) scheduler.within(0, 4, this::pump);
        else scheduler.within(5, 15, this::pump);
    }
}
