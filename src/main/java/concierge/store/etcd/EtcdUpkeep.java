package concierge.store.etcd;

import com.google.protobuf.ByteString;
import concierge.store.Limits;
import concierge.store.StoreException;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps etcd from growing: drops history that nobody is promised, and ids that are no longer remembered. A
 * thread of its own does it after some of this process's commits; that others do the same is harmless.
 */
final class EtcdUpkeep implements AutoCloseable {
    /** Part of the history that may be too old before it is dropped: so few compactions are needed. */
    private static final int PARTS = 10;

    /** Commits between two looks at the ids. */
    private static final int IDS = 1_000;

    /** etcd's own limit on the operations of a transaction. */
    private static final int DELETES = Limits.OPERATIONS + 1;

    private static final Logger LOG = LoggerFactory.getLogger(EtcdUpkeep.class);

    private final EtcdMembers members;
    private final EtcdKeys keys;
    private final int history;
    private final Thread thread = Thread.ofVirtual().name("etcd upkeep").unstarted(this::run);
    private long newest;
    private long compacted;
    private int unseen;
    private boolean closed;

    /** @param history revisions to keep; 0: all */
    EtcdUpkeep(EtcdMembers members, EtcdKeys keys, int history) {
        this.members = members;
        this.keys = keys;
        this.history = history;
    }

    void start() {
        thread.start();
    }

    synchronized void committed(long revision) {
        newest = Math.max(newest, revision);
        unseen++;
        if (isCompactionDue() || unseen >= IDS) notifyAll();
    }

    private boolean isCompactionDue() {
        return history > 0 && newest - compacted > history + history / PARTS;
    }

    private void run() {
        try {
            while (true) {
                long drop = 0;
                boolean trim;
                synchronized (this) {
                    while (!closed && !isCompactionDue() && unseen < IDS) wait();
                    if (closed) return;
                    if (isCompactionDue()) {
                        drop = newest - history;
                        compacted = drop;
                    }
                    trim = unseen >= IDS;
                    if (trim) unseen = 0;
                }
                attend(drop, trim);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void attend(long drop, boolean trim) {
        try {
            if (drop > 0) compact(drop);
            if (trim) trim();
        } catch (StoreException e) {
            synchronized (this) {
                if (closed) return;
            }
            // The next commits bring it up again.
            LOG.warn("etcd left as it is reason={}", e.getMessage());
        }
    }

    private void compact(long revision) {
        CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
        members.ask((channel, options) -> {
            try {
                var _ = KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).compact(request);
            } catch (StatusRuntimeException e) {
                // Somebody else was faster.
                if (!EtcdStore.isCompacted(e)) throw e;
            }
            return revision;
        });
        LOG.debug("history compacted revision={}", revision);
    }

    private void trim() {
        RangeRequest.Builder all = RangeRequest.newBuilder().setKey(keys.ids()).setRangeEnd(keys.idsEnd());
        long spare = range(all.clone().setCountOnly(true).build()).getCount() - Limits.REMEMBERED_COMMITS;
        if (spare <= 0) return;
        List<KeyValue> oldest = range(all.setKeysOnly(true)
                        .setLimit(spare)
                        .setSortTarget(RangeRequest.SortTarget.CREATE)
                        .setSortOrder(RangeRequest.SortOrder.ASCEND)
                        .build())
                .getKvsList();
        for (int from = 0; from < oldest.size(); from += DELETES) {
            delete(oldest.subList(from, Math.min(oldest.size(), from + DELETES)).stream().map(KeyValue::getKey).toList());
        }
        LOG.debug("transaction ids forgotten count={}", oldest.size());
    }

    private void delete(List<ByteString> forgotten) {
        TxnRequest.Builder request = TxnRequest.newBuilder();
        for (ByteString key : forgotten) {
            request.addSuccess(RequestOp.newBuilder().setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key)));
        }
        var _ = members.ask((channel, options) -> KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).txn(request.build()));
    }

    private RangeResponse range(RangeRequest request) {
        return members.ask((channel, options) -> KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).range(request));
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
