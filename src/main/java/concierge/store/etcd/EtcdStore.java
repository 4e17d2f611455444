package concierge.store.etcd;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.TransactionRules;
import concierge.store.Value;
import concierge.store.WatchQueue;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A store in etcd, which any number of processes share. Revisions are etcd's, so they also grow by what
 * others write. A commit is on the disks of most members when its caller is answered. Every call ends
 * within the settings' patience; calls block their thread, which may well be a virtual one.
 */
public final class EtcdStore implements Store {
    /** Members that hang get one attempt, those that elect have done so: whoever opens it hears soon what is wrong. */
    private static final Duration OPENING = Duration.ofSeconds(4);

    private final EtcdSettings settings;
    private final EtcdKeys keys;
    private final EtcdMembers members;
    private final EtcdCommits commits;
    private final EtcdLeases leases;
    private final EtcdUpkeep upkeep;
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();

    /**
     * @param admission is shown what is there before anything is written
     * @throws StoreException when no member answers, refuses us, or the data is not admitted
     */
    public static EtcdStore open(EtcdSettings settings, Admission admission) {
        EtcdStore store = new EtcdStore(settings);
        try {
            var _ = store.members.ask(OPENING, (channel, options) -> KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).range(store.any()));
            admission.examine(store::find);
            store.upkeep.start();
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private EtcdStore(EtcdSettings settings) {
        this.settings = settings;
        this.keys = new EtcdKeys(settings.prefix());
        this.members = new EtcdMembers(settings);
        this.leases = new EtcdLeases(members, settings);
        this.commits = new EtcdCommits(members, keys, settings, leases);
        this.upkeep = new EtcdUpkeep(members, keys, settings.history());
    }

    @Override
    public long revision() {
        return range(any()).getHeader().getRevision();
    }

    /** Of which the answer's head is wanted alone. */
    private RangeRequest any() {
        return RangeRequest.newBuilder().setKey(keys.ids()).setKeysOnly(true).build();
    }

    @Override
    public Optional<Entry> find(String key) {
        RangeResponse found = range(RangeRequest.newBuilder().setKey(keys.of(key)).build());
        return found.getKvsCount() == 0 ? Optional.empty() : Optional.of(entry(keys, found.getKvs(0)));
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        requireOpen();
        TransactionRules.requirePage(limit);
        ByteString from = keys.from(prefix, after);
        ByteString end = keys.end(prefix);
        for (int part = limit; ; part = Math.max(1, part / 4)) {
            RangeRequest request = RangeRequest.newBuilder().setKey(from).setRangeEnd(end).setLimit(part).setRevision(revision).build();
            try {
                RangeResponse found = range(request);
                List<Entry> entries = new ArrayList<>(found.getKvsCount());
                for (KeyValue pair : found.getKvsList()) entries.add(entry(keys, pair));
                return new Page(entries, revision == 0 ? found.getHeader().getRevision() : revision, found.getMore());
            } catch (TooLarge e) {
                if (part == 1) throw e;
            }
        }
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        requireOpen();
        TransactionRules.require(transaction);
        CommitResult result = commits.commit(transaction);
        if (result instanceof CommitResult.Committed(long revision)) upkeep.committed(revision);
        return result;
    }

    @Override
    public OptionalLong committed(String id) {
        RangeResponse found = range(RangeRequest.newBuilder().setKey(keys.id(id)).setKeysOnly(true).build());
        return found.getKvsCount() == 0 ? OptionalLong.empty() : OptionalLong.of(found.getKvs(0).getCreateRevision());
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        requireOpen();
        EtcdWatch watch = new EtcdWatch(members, keys, settings, prefix, after, watcher, watches::remove);
        watches.add(watch);
        watch.start();
        // Closed meanwhile: its round may have missed this one.
        if (members.isClosed()) watch.end(Watcher::closed);
        return watch;
    }

    @Override
    public Lease grant(Duration timeToLive) {
        requireOpen();
        return leases.grant(timeToLive);
    }

    /** Alarms: etcd raises one when a write met no space, and takes nothing more until it is disarmed. */
    @Override
    public Optional<String> hindrance() {
        var _ = revision();
        try {
            StatusResponse status = members.ask((channel, options) ->
                    MaintenanceGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).status(StatusRequest.getDefaultInstance()));
            return EtcdError.ofAlarms(status.getErrorsList(), settings);
        } catch (StoreException.Away e) {
            throw e;
        } catch (StoreException _) {
            // Who may not ask for it finds out with the first change.
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (members.isClosed()) return;
        upkeep.close();
        members.close();
        WatchQueue.Farewell word = Watcher::closed;
        for (EtcdWatch watch : watches) watch.end(word);
    }

    private RangeResponse range(RangeRequest request) {
        requireOpen();
        return members.ask((channel, options) -> {
            try {
                return KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).range(request);
            } catch (StatusRuntimeException e) {
                if (isCompacted(e)) throw new CompactedException(request.getRevision());
                if (isTooLarge(e.getStatus())) throw new TooLarge();
                throw e;
            }
        });
    }

    /** An answer that this process does not take in one piece. */
    private static final class TooLarge extends StoreException {
        private static final long serialVersionUID = 1;

        TooLarge() {
            super("one entry is larger than " + EtcdChannels.INBOUND_BYTES + " bytes (expected: what this program wrote)");
        }
    }

    static boolean isCompacted(StatusRuntimeException e) {
        String said = e.getStatus().getDescription();
        return e.getStatus().getCode() == Status.Code.OUT_OF_RANGE && said != null && said.contains("compacted");
    }

    static boolean isTooLarge(Status status) {
        String said = status.getDescription();
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED && said != null && said.contains("exceeds maximum");
    }

    static Entry entry(EtcdKeys keys, KeyValue pair) {
        return new Entry(keys.name(pair.getKey()), Value.of(pair.getValue().toByteArray()), pair.getCreateRevision(), pair.getModRevision());
    }

    private void requireOpen() {
        if (members.isClosed()) throw new StoreException("the store is closed");
    }
}
