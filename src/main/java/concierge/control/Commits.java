package concierge.control;

import concierge.model.Deployment;
import concierge.model.ServiceId;
import concierge.model.StackRecord;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Carries out the core's effects on a store, blocking; a store that fails leaves a commit in doubt. */
public final class Commits {
    private Commits() {}

    public static ControlEvent.Answered run(Store store, ControlEffect.Write write) {
        try {
            return new ControlEvent.Answered(write.id(), switch (write) {
                case ControlEffect.Commit(Transaction transaction) -> store.commit(Writes.keeping(transaction, store::find));
                case ControlEffect.Conclude conclude -> conclude(store, conclude);
            });
        } catch (StoreException e) {
            return new ControlEvent.Answered(write.id(), new CommitResult.Unknown(write.id(), String.valueOf(e.getMessage())));
        }
    }

    public static ControlEvent run(Store store, ControlEffect.Recall recall) {
        try {
            return new ControlEvent.Recalled(recall.id(), store.committed(recall.id()), true);
        } catch (StoreException _) {
            // Why it cannot be reached is told by whoever watches the store; here it only counts that it is so.
            return new ControlEvent.Recalled(recall.id(), OptionalLong.empty(), false);
        }
    }

    /** Under a lease: it ends by itself, whoever leads then. */
    public static CommitResult run(Store store, ControlEffect.Calm calm) {
        Transaction.Builder to = Transaction.id("calm-" + UUID.randomUUID());
        Writes.fence(to, calm.fence());
        try {
            return store.commit(to.put(Keys.flapping(calm.host()), Value.of(calm.why()), store.grant(calm.time()).id()).build());
        } catch (StoreException e) {
            return new CommitResult.Unknown(calm.host(), String.valueOf(e.getMessage()));
        }
    }

    private static CommitResult conclude(Store store, ControlEffect.Conclude conclude) {
        Transaction.Builder to = Transaction.id(conclude.id());
        Writes.fence(to, conclude.fence());
        for (ServiceId service : conclude.withdrawn()) {
            Optional<Entry> intent = store.find(Keys.proc(service));
            if (intent.isEmpty()) continue;
            if (intent.get().modified() > conclude.since()) return new CommitResult.Conflict(Keys.proc(service));
            Writes.withdraw(to, service, intent.get().modified());
        }
        Deployment ended = conclude.ended();
        // With the first intent that goes: domains never lead to a tag that nobody wants.
        if (ended.takesDomains()) moveDomains(to, store, ended);
        if (conclude.last()) {
            String key = Keys.deployment(ended.stack(), ended.id());
            Optional<Entry> current = store.find(key);
            if (current.isEmpty() || current.get().modified() > conclude.since()) return new CommitResult.Conflict(key);
            Writes.conclude(to, ended, current.get());
        }
        return store.commit(to.build());
    }

    private static void moveDomains(Transaction.Builder to, Store store, Deployment ended) {
        Optional<Entry> entry = store.find(Keys.stack(ended.stack()));
        if (entry.isEmpty()) return;
        StackRecord stack = Codec.stack(entry.get().value());
        if (!stack.primary().equals(ended.tag())) Writes.stack(to, entry.get(), stack.withPrimary(ended.tag()));
    }
}
