package concierge.source.portier;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A claim on record, and what the core knows of it. Belongs to the core. */
final class Held {
    Claim claim;
    /** The revision of its last write; a view before that does not tell of it yet. */
    long revision;
    /** The queue says that it is ours, as far as it was heard. */
    boolean owned = true;
    /** Stopped because the queue is silent. */
    boolean silenced;
    /** What runs was compared with its type's definition, or written by us. */
    boolean current;
    /** Tried here again only after a pause. */
    boolean unfit;
    /** Since when it has no place. */
    @Nullable Instant unplaced;
    /** Its release is tried again then. */
    Instant retry = Instant.MIN;

    /** @param revision at which it was on record; 0: it is about to be */
    Held(Claim claim, long revision) {
        this.claim = claim;
        this.revision = revision;
    }
}
