package concierge.simulation;

import concierge.agent.core.AgentEvent;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.Resources;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lease of one incarnation of a host's agent, and the host's record under it: renewed at each beat over the agent's own
 * uplink and by its own clock, and told to the agent when it is held and when it may have ended for others.
 */
final class SimulatedHeartbeat {
    private final SimulatedHost host;
    private final int incarnation;
    private final Resources capacity;
    private final World world;
    private final LocalClock clock;

    private Store.@Nullable Lease lease;
    private Set<ExecutorKind> announced = Set.of();
    private Set<ExecutorKind> written = Set.of();
    /** The record was put under the lease that is held. */
    private boolean stands;

    private boolean held;
    private boolean lapsed;
    private Instant until = Instant.MIN;
    private boolean beating;
    private boolean over;
    private int transactions;

    SimulatedHeartbeat(SimulatedHost host, int incarnation, Resources capacity) {
        this.host = host;
        this.incarnation = incarnation;
        this.capacity = capacity;
        this.world = host.world;
        this.clock = host.clock;
    }

    void start() {
        beat();
        until = clock.instant().plus(World.LEASE);
        clock.at(until, this::lapse);
    }

    /** The agent is dead: nothing is renewed or told any more. */
    void stop() {
        over = true;
    }

    /** By the agent's own clock. */
    boolean held() {
        return held;
    }

    /** What the host can run from now on. */
    void announce(Set<ExecutorKind> available) {
        announced = available;
        if (!beating) renew();
    }

    private void beat() {
        if (over) return;
        if (world.scheduler.instant().isBefore(host.frozenUntil())) {
            world.scheduler.at(host.frozenUntil(), this::beat);
            return;
        }
        clock.after(World.BEAT, this::beat);
        boolean spoke = !announced.isEmpty() || !written.isEmpty();
        if (spoke && !beating) renew();
    }

    /** The lease that is kept, or a new one, and the record as it is; what the host says is compared with that when it arrives, perhaps late. */
    private record Renewed(Store.Lease lease, boolean kept, long modified) {}

    private void renew() {
        beating = true;
        Set<ExecutorKind> telling = announced;
        Store.Lease mine = lease;
        Instant asked = clock.instant();
        host.uplink.ask(() -> renewed(mine), answer -> {
            if (over) return;
            beating = false;
            if (answer.isEmpty()) return;
            lease = answer.get().lease();
            stands &= answer.get().kept();
            if (stands) held(asked);
            if (!stands || !written.equals(telling)) write(answer.get(), telling, asked);
        });
    }

    private Renewed renewed(Store.@Nullable Lease mine) {
        long modified = world.store.find(Keys.host(host.name)).map(Entry::modified).orElse(0L);
        boolean kept = mine != null && mine.keepAlive();
        return new Renewed(mine != null && kept ? mine : world.store.grant(World.LEASE), kept, modified);
    }

    private void write(Renewed renewed, Set<ExecutorKind> telling, Instant asked) {
        beating = true;
        HostRecord record = new HostRecord(host.name, List.of(host.address()), Set.of(), capacity, telling, false);
        Transaction transaction = Transaction.id("host " + host.name + " " + incarnation + " " + transactions++)
                .compare(Keys.host(host.name), Transaction.Field.modified, renewed.modified())
                .put(Keys.host(host.name), Codec.value(record), renewed.lease().id())
                .build();
        host.uplink.ask(() -> commits(transaction), answer -> {
            if (over) return;
            beating = false;
            if (!answer.orElse(false)) return;
            stands = true;
            written = telling;
            held(asked);
        });
    }

    /** One whose lease has ended on the way is refused, as a store does. */
    private boolean commits(Transaction transaction) {
        try {
            return world.store.commit(transaction) instanceof CommitResult.Committed;
        } catch (StoreException _) {
            return false;
        }
    }

    /** As the real clock of the lease: told when it is held, and when it may have ended for others. */
    private void held(Instant asked) {
        until = asked.plus(World.LEASE);
        if (!clock.instant().isBefore(until)) return;
        if (!held) host.tell(incarnation, new AgentEvent.LeaseHeld());
        held = true;
        lapsed = false;
        clock.at(until, this::lapse);
    }

    private void lapse() {
        if (over || clock.instant().isBefore(until) || lapsed) return;
        if (world.scheduler.instant().isBefore(host.frozenUntil())) {
            world.scheduler.at(host.frozenUntil(), this::lapse);
            return;
        }
        held = false;
        lapsed = true;
        if (world.mutant.noticesLapses()) host.tell(incarnation, new AgentEvent.LeaseLapsed());
    }
}
