package concierge.store.etcd;

import com.google.protobuf.ByteString;
import concierge.store.CommitResult;
import concierge.store.StoreException;
import concierge.store.Transaction;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Commits as transactions of etcd. Each also creates the key of its id and asks that there be none, which
 * makes it harmless to send one again: so attempts whose outcome is not known are repeated until there is
 * an answer. If it did not happen, etcd tells in the same breath what stands in its way.
 */
final class EtcdCommits {
    private final EtcdMembers members;
    private final EtcdKeys keys;
    private final EtcdSettings settings;
    private final EtcdLeases leases;

    EtcdCommits(EtcdMembers members, EtcdKeys keys, EtcdSettings settings, EtcdLeases leases) {
        this.members = members;
        this.keys = keys;
        this.settings = settings;
        this.leases = leases;
    }

    CommitResult commit(Transaction transaction) {
        TxnRequest request = request(transaction);
        try {
            EtcdMembers.Answer<CommitResult> answer = members.ask(settings.patience(), (channel, options) -> {
                try {
                    return result(transaction, KVGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).txn(request));
                } catch (StatusRuntimeException e) {
                    if (EtcdLeases.isUnknown(e)) return withoutLease(transaction);
                    throw e;
                }
            });
            return answer.afterDoubt() && answer.value() instanceof CommitResult.Conflict(String key)
                    // An earlier attempt may still be on its way through etcd.
                    ? new CommitResult.Unknown(transaction.id(), settings + ": an attempt was not answered; another one met a conflict at " + key)
                    : answer.value();
        } catch (EtcdMembers.Away e) {
            if (!e.doubtful) throw e;
            return new CommitResult.Unknown(transaction.id(), String.valueOf(e.getMessage()));
        }
    }

    private TxnRequest request(Transaction transaction) {
        ByteString id = keys.id(transaction.id());
        TxnRequest.Builder to = TxnRequest.newBuilder();
        to.addCompare(Compare.newBuilder().setKey(id).setTarget(Compare.CompareTarget.CREATE).setResult(Compare.CompareResult.EQUAL).setCreateRevision(0));
        new LinkedHashSet<>(transaction.compares()).forEach(compare -> to.addCompare(compare(compare)));
        for (Transaction.Put put : transaction.puts()) {
            to.addSuccess(RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder()
                    .setKey(keys.of(put.key()))
                    .setValue(ByteString.copyFrom(put.value().bytes()))
                    .setLease(put.lease())));
        }
        for (String key : transaction.deletes()) {
            to.addSuccess(RequestOp.newBuilder().setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(keys.of(key))));
        }
        to.addSuccess(RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(id)));
        to.addFailure(revisions(id));
        for (String key : compared(transaction)) to.addFailure(revisions(keys.of(key)));
        return to.build();
    }

    private Compare compare(Transaction.Compare compare) {
        Compare.Builder to = Compare.newBuilder().setKey(keys.of(compare.key())).setResult(Compare.CompareResult.EQUAL);
        return switch (compare.field()) {
            case created -> to.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(compare.revision()).build();
            case modified -> to.setTarget(Compare.CompareTarget.MOD).setModRevision(compare.revision()).build();
        };
    }

    private static RequestOp revisions(ByteString key) {
        return RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key).setKeysOnly(true)).build();
    }

    private static SequencedSet<String> compared(Transaction transaction) {
        SequencedSet<String> compared = new LinkedHashSet<>();
        for (Transaction.Compare compare : transaction.compares()) compared.add(compare.key());
        return compared;
    }

    private CommitResult result(Transaction transaction, TxnResponse response) {
        if (response.getSucceeded()) return new CommitResult.Committed(response.getHeader().getRevision());
        List<ResponseOp> found = response.getResponsesList();
        Optional<KeyValue> before = pair(found.getFirst());
        if (before.isPresent()) return new CommitResult.Committed(before.get().getCreateRevision());
        List<String> compared = List.copyOf(compared(transaction));
        for (Transaction.Compare compare : transaction.compares()) {
            Optional<KeyValue> pair = pair(found.get(1 + compared.indexOf(compare.key())));
            long actual = switch (compare.field()) {
                case created -> pair.map(KeyValue::getCreateRevision).orElse(0L);
                case modified -> pair.map(KeyValue::getModRevision).orElse(0L);
            };
            if (actual != compare.revision()) return new CommitResult.Conflict(compare.key());
        }
        throw new StoreException(settings + ": a commit was refused, although its compares hold (expected: an etcd that keeps its promises)");
    }

    private static Optional<KeyValue> pair(ResponseOp response) {
        List<KeyValue> pairs = response.getResponseRange().getKvsList();
        return pairs.isEmpty() ? Optional.empty() : Optional.of(pairs.getFirst());
    }

    /** The first put whose lease has ended. */
    private CommitResult withoutLease(Transaction transaction) {
        List<Transaction.Put> leased = transaction.puts().stream().filter(put -> put.lease() != 0).toList();
        for (Transaction.Put put : leased) {
            // Where there is one only, it is that one.
            boolean last = put == leased.getLast();
            if (last || !leases.isHeld(put.lease())) return new CommitResult.Conflict(put.key());
        }
        throw new StoreException(settings + ": a lease was not found, although none is named (expected: an etcd that keeps its promises)");
    }
}
