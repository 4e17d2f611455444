package concierge.store;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/** A lease over what its store does for one: both functions take its id. */
public record GrantedLease(long id, Duration timeToLive, LongPredicate keeping, LongConsumer revoking) implements Store.Lease {
    @Override
    public boolean keepAlive() {
        return keeping.test(id);
    }

    @Override
    public void revoke() {
        revoking.accept(id);
    }
}
