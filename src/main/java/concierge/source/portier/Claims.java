package concierge.source.portier;

import concierge.json.Json;
import concierge.model.Intent;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** Claims in the state: one record each, which goes with its intent in one commit. */
public final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private Claims() {}

    /** All that there are, by their services' names. */
    public static List<Claim> all(Store store) {
        return all(store, 0);
    }

    /** @param revision 0: the newest */
    static List<Claim> all(Store store, long revision) {
        List<Claim> claims = new ArrayList<>();
        store.each(Keys.CLAIMS, revision, entry -> read(entry).ifPresent(claims::add));
        return claims;
    }

    private static Optional<Claim> read(Entry entry) {
        try {
            return Optional.of(Json.read(entry.value().text(), Claim.class));
        } catch (JacksonException e) {
            // The queue lists it as ours, and it is claimed afresh.
            LOG.warn("claim not read key={} reason={}", entry.key(), e.getOriginalMessage());
            return Optional.empty();
        }
    }

    /** The commit that an effect asks for; of the leader alone. */
    static Transaction transaction(String id, PortierEffect.Write write) {
        Transaction.Builder to = Transaction.id(id);
        Writes.fence(to, write.fence());
        Claim claim = write.claim();
        String key = Keys.CLAIMS + claim.service().service();
        if (write.kept()) to.put(key, Json.write(claim));
        else to.delete(key);
        Optional<ServiceSpec> spec = write.spec();
        if (spec.isPresent()) {
            Writes.spec(to, spec.get());
            Writes.intent(to, claim.service(), Intent.of(Codec.digest(spec.get()), 1, "").withStopped(write.stopped()));
        } else {
            to.delete(Keys.proc(claim.service()));
        }
        return to.build();
    }

    /** The stack that tasks stand in, so that people find it where they look for stacks. */
    static void ensureStack(Store store, long fence, String id) {
        if (store.find(Keys.stack(Claim.STACK)).isPresent()) return;
        Transaction.Builder to = Transaction.id(id);
        Writes.fence(to, fence);
        Writes.stack(to, new StackRecord(Claim.STACK, "tasks of the queue", List.of(), "", new TreeMap<>()));
        store.commit(to.build());
    }
}
