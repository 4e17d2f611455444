package concierge.server.records;

import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.util.Optional;

/**
 * Deployments are committed one after the other, whatever their stacks and servers: each compares the key of turns and
 * writes it. So what was checked across stacks after the turn was read, that nobody else has a domain say, still
 * holds when the deployment is committed; who was late meets a conflict, and reads and checks anew.
 *
 * @param revision of the last one's commit, which a view must show before it is checked against; 0: there was none
 */
public record Turn(long revision) {
    /** The one that stands in the store now. */
    public static Turn last(Store store) {
        Optional<Entry> entry = store.find(Keys.TURN);
        return new Turn(entry.map(Entry::modified).orElse(0L));
    }

    /** @param who takes it, for people */
    public void take(Transaction.Builder to, String who) {
        if (revision == 0) to.absent(Keys.TURN);
        else to.compare(Keys.TURN, Transaction.Field.modified, revision);
        to.put(Keys.TURN, who);
    }
}
