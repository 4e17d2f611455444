package concierge.server.records;

import concierge.security.access.Trail;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;

/** Commits what was read and changed, again when somebody else was quicker. */
public final class Commits {
    /** Each conflict is another's success; more in a row than this is a fight that a person should see. */
    private static final int TRIES = 10;

    /** A store that leaves so many commits in doubt does not answer. */
    private static final int DOUBTS = 3;

    private Commits() {}

    /** A fresh id for {@link Transaction}. */
    public static String id(String what) {
        return "api-" + what + "-" + UUID.randomUUID();
    }

    /**
     * Commits what {@code prepare} makes of a fresh reading, called anew after each conflict.
     *
     * @return the revision of the commit
     * @throws Refusal {@code conflict} when others keep being quicker
     */
    public static long retried(Store store, String what, Supplier<Transaction> prepare) {
        String key = "";
        for (int attempt = 0; attempt < TRIES; attempt++) {
            switch (settled(store, prepare.get())) {
                case CommitResult.Committed(long revision) -> {
                    return revision;
                }
                case CommitResult.Conflict conflict -> key = conflict.key();
                case CommitResult.Unknown unknown -> throw doubt(unknown);
            }
        }
        throw Refusal.of(Code.conflict, what + " is being changed by others (" + key + ")", "try again");
    }

    /** For who asked for a change of which nobody knows whether it was made. */
    public static Refusal doubt(CommitResult.Unknown unknown) {
        return Refusal.detailed(Code.storeUnavailable, "the store has not said whether it took the change", unknown.reason(),
                "look when it answers, and ask again where it was not made: concierge ps");
    }

    /**
     * Commits once; what is in doubt is asked for and, being idempotent, repeated. In a request, the audit's entry goes
     * with it.
     */
    public static CommitResult settled(Store store, Transaction wanted) {
        Transaction transaction = Trail.in(wanted);
        CommitResult result = store.commit(transaction);
        for (int doubt = 0; result instanceof CommitResult.Unknown(String id, _) && doubt < DOUBTS; doubt++) {
            try {
                OptionalLong revision = store.committed(id);
                result = revision.isPresent() ? new CommitResult.Committed(revision.getAsLong()) : store.commit(transaction);
            } catch (StoreException.Away _) {
                // Still in doubt: an earlier attempt may have come through.
                break;
            }
        }
        if (result instanceof CommitResult.Committed) Trail.committed(transaction);
        return result;
    }
}
