package concierge.simulation;

import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** A store whose every commit is checked. */
record ObservedStore(Store inner, Consumer<Transaction> before, Consumer<Transaction> after) implements Store {
    @Override
    public long revision() {
        return inner.revision();
    }

    @Override
    public Optional<Entry> find(String key) {
        return inner.find(key);
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        return inner.list(prefix, after, limit, revision);
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        boolean repeated = inner.committed(transaction.id()).isPresent();
        boolean holds = transaction.compares().stream().allMatch(this::holds);
        if (!repeated && holds) before.accept(transaction);
        CommitResult result = inner.commit(transaction);
        if (!repeated && result instanceof CommitResult.Committed) after.accept(transaction);
        return result;
    }

    private boolean holds(Transaction.Compare compare) {
        Optional<Entry> entry = inner.find(compare.key());
        long actual = switch (compare.field()) {
            case created -> entry.map(Entry::created).orElse(0L);
            case modified -> entry.map(Entry::modified).orElse(0L);
        };
        return actual == compare.revision();
    }

    @Override
    public OptionalLong committed(String id) {
        return inner.committed(id);
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        return inner.watch(prefix, after, watcher);
    }

    @Override
    public Lease grant(Duration timeToLive) {
        return inner.grant(timeToLive);
    }

    @Override
    public void close() {
        inner.close();
    }
}
