package concierge.store;

import java.util.Optional;
import java.util.function.Function;

/** Looks at a store that is being opened, before anything is written to it, recovery of its own included. */
public interface Admission {
    /** Lets every store in. */
    Admission ANY = _ -> {};

    /**
     * @param find the newest entry of a key, as {@link Store#find}
     * @throws StoreException when the data must be left as it is: the store is not opened then
     */
    void examine(Function<String, Optional<Entry>> find);
}
