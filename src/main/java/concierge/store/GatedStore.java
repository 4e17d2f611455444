package concierge.store;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A store that may not be there: then nothing is sent, and the caller hears why at once.
 *
 * @param store asked at each call; throws {@link StoreException.Away} while there is none
 */
public record GatedStore(Supplier<Store> store) implements Store {
    private Store here() {
        return store.get();
    }

    @Override
    public long revision() {
        return here().revision();
    }

    @Override
    public Optional<Entry> find(String key) {
        return here().find(key);
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        return here().list(prefix, after, limit, revision);
    }

    @Override
    public void each(String prefix, long revision, Consumer<Entry> sink) {
        here().each(prefix, revision, sink);
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        return here().commit(transaction);
    }

    @Override
    public OptionalLong committed(String id) {
        return here().committed(id);
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        return here().watch(prefix, after, watcher);
    }

    @Override
    public Lease grant(Duration timeToLive) {
        return here().grant(timeToLive);
    }

    @Override
    public Optional<String> hindrance() {
        return here().hindrance();
    }

    @Override
    public void close() {
        // Whoever has the store behind it closes that.
    }
}
