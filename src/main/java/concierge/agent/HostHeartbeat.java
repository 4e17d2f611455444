package concierge.agent;

import concierge.agent.core.AgentEffect;
import concierge.agent.core.Makeup;
import concierge.agent.core.Pulse;
import concierge.model.AgentProcess;
import concierge.model.HostRecord;
import concierge.model.Loss;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the host's record in the network under a lease. One thread of the platform's, since a lease must not wait
 * for a carrier. Closing it leaves the record behind, for {@link Loss#RESTART} where other machines look at it: a restart
 * is no loss of the host.
 */
final class HostHeartbeat implements AutoCloseable {
    /** Beats in a lease's time: two may fail, and one may be late. */
    private static final int BEATS = 4;

    /** A store that does not answer keeps nobody from stopping. */
    private static final Duration LEAVING = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(HostHeartbeat.class);

    private final Store store;
    private final AgentSettings settings;
    private final HostClaim claim;
    private final List<String> remarks;
    private final AgentProcess process;
    private final Supplier<Makeup> makeup;
    private final Pulse pulse;
    private final Listener listener;
    private final Duration beat;
    /** The newest announcement waits alone: older ones mean nothing any more. */
    private final BlockingQueue<AgentEffect.Announce> announced = new ArrayBlockingQueue<>(1);
    private final Thread thread;
    private Store.@Nullable Lease lease;
    /** The record was put under the lease that is held. */
    private boolean stands;
    /** Why the record could not be written, as it was told last. */
    private String refusal = "";
    private boolean beating = true;
    /** Who has the host's name now; empty: we, or nobody. */
    private volatile String rival = "";
    /** As it was written last. */
    private @Nullable Makeup made;

    /**
     * @param remarks that always hold; which engine is away comes with the announcements
     * @param makeup asked at each beat, and so answers at once
     * @param pulse asked before each renewal, on the heartbeat's thread
     */
    HostHeartbeat(Store store, AgentSettings settings, List<String> remarks, AgentProcess process, Supplier<Makeup> makeup, Pulse pulse, Listener listener) {
        this.remarks = List.copyOf(remarks);
        this.process = process;
        this.store = store;
        this.settings = settings;
        this.claim = new HostClaim(store, settings);
        this.makeup = makeup;
        this.pulse = pulse;
        this.listener = listener;
        this.beat = settings.lease().dividedBy(BEATS);
        this.thread = Thread.ofPlatform().name("host heartbeat").daemon(true).unstarted(this::beat);
    }

    /** Called on the heartbeat's thread. */
    interface Listener {
        /** The lease is held for its time from {@code asked} on, which is of {@link System#nanoTime}. */
        void held(long asked);

        /** The store could not be reached, or another agent has the name. */
        void failed(String reason);
    }

    void start() {
        thread.start();
    }

    /** As {@link HostClaim#await}. */
    void claim() throws HostTakenException, InterruptedException {
        claim.await();
    }

    /** Why this host's assignments are not ours to carry out; empty: they are. */
    Optional<String> rival() {
        return Optional.of(rival).filter(found -> !found.isEmpty());
    }

    /** Called by one thread only. */
    void announce(AgentEffect.Announce news) {
        announced.clear();
        announced.add(news);
    }

    private void beat() {
        Optional<AgentEffect.Announce> known = Optional.empty();
        boolean stale = false;
        while (!Thread.currentThread().isInterrupted()) {
            boolean kept = false;
            try {
                Optional<AgentEffect.Announce> news = Optional.ofNullable(announced.poll(beat.toMillis(), TimeUnit.MILLISECONDS));
                if (news.isPresent()) known = news;
                if (known.isEmpty() || !beats()) continue;
                long asked = System.nanoTime();
                kept = isHeld();
                // What others see of this host is what stands under the lease, whether or not there is something newer to say.
                if (kept) listener.held(asked);
                stale |= news.isPresent() || !kept || !makeup.get().equals(made);
                if (!stale) continue;
                stale = !write(known.get());
                if (!stale) told(asked);
            } catch (StoreException e) {
                stale = true;
                if (kept || e instanceof StoreException.Full) unwritten(String.valueOf(e.getMessage()));
                else listener.failed("the host's lease could not be renewed: " + e.getMessage());
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void told(long asked) {
        stands = true;
        refusal = "";
        listener.held(asked);
    }

    /** The store answers, and takes nothing: no reason to think that it is not ours any more. */
    private void unwritten(String reason) {
        if (!reason.equals(refusal)) LOG.warn("host not announced, tried again with each beat host={} reason={}", settings.host(), reason);
        refusal = reason;
    }

    /** A host that gives no sign of life is lost when its lease has ended, as it would be with an agent of its own. */
    private boolean beats() {
        boolean now = pulse.beats();
        if (now != beating) LOG.info(now ? "host lives again host={}" : "host gives no sign of life host={}", settings.host());
        beating = now;
        return now;
    }

    /** Whether the lease goes on, with the record under it. */
    private boolean isHeld() {
        if (lease == null || lease.keepAlive()) return stands;
        lease = null;
        stands = false;
        return false;
    }

    private boolean write(AgentEffect.Announce announce) {
        Store.Lease held = lease != null ? lease : store.grant(settings.lease());
        lease = held;
        Optional<Entry> before = store.find(Keys.host(settings.host()));
        Optional<HostRecord> known = before.map(entry -> Codec.host(entry.value()));
        if (known.filter(claim::isOther).isPresent()) {
            rival = HostTakenException.message(known.get());
            listener.failed(rival);
            return false;
        }
        rival = "";
        CommitResult result = put(value(announce, before), before, held);
        LOG.info("announced host={} executors={} result={}", settings.host(), announce.available(), result);
        return result instanceof CommitResult.Committed;
    }

    private Value value(AgentEffect.Announce announce, Optional<Entry> before) {
        boolean cordoned = before.map(entry -> Codec.host(entry.value()).cordoned()).orElse(false);
        Makeup now = makeup.get();
        made = now;
        Stream<String> clock = now.skew().stream().map(skew -> skew.text("its"));
        List<String> told = Stream.of(remarks.stream(), announce.remarks().stream(), clock).flatMap(all -> all).toList();
        HostRecord record = new HostRecord(
                settings.host(), now.addresses(), now.tags(), now.capacity(), announce.available(), cordoned, false, settings.identity(), told, now.nodes(), Optional.of(process), now.skew());
        return before.map(entry -> Codec.rewrite(entry.value(), record)).orElse(Codec.value(record));
    }

    private CommitResult put(Value value, Optional<Entry> before, Store.Lease held) {
        return store.commit(Transaction.id("host-" + UUID.randomUUID())
                .compare(Keys.host(settings.host()), Transaction.Field.modified, before.map(Entry::modified).orElse(0L))
                .put(Keys.host(settings.host()), value, held.id())
                .build());
    }

    /** Lets the record, as it is, last until the next agent is here. */
    private void leave() {
        try {
            Optional<Entry> mine = mine();
            if (mine.isPresent()) put(mine.get().value(), mine, store.grant(claim.longest()));
        } catch (StoreException e) {
            LOG.info("left without a word host={} reason={}", settings.host(), e.getMessage());
        }
    }

    private void withdraw() {
        try {
            Optional<Entry> mine = mine();
            if (mine.isEmpty()) return;
            store.commit(Transaction.id("host-" + UUID.randomUUID())
                    .compare(mine.get().key(), Transaction.Field.modified, mine.get().modified())
                    .delete(mine.get().key())
                    .build());
        } catch (StoreException e) {
            LOG.info("left without a word host={} reason={}", settings.host(), e.getMessage());
        }
    }

    private Optional<Entry> mine() {
        return store.find(Keys.host(settings.host())).filter(entry -> !claim.isOther(Codec.host(entry.value())));
    }

    @Override
    public void close() {
        end(this::leave);
    }

    /** Closes it, and takes the record away: there is no agent to wait for. */
    void giveUp() {
        end(this::withdraw);
    }

    private void end(Runnable word) {
        thread.interrupt();
        Thread leaving = Thread.ofVirtual().name("host leaves").start(word);
        try {
            leaving.join(LEAVING);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
