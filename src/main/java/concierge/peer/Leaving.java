package concierge.peer;

/** What a member does when its whole installation is given up. Blocking, any thread. */
public interface Leaving {
    /** Removes what the installation left on this host. Its instances are gone. */
    Clearing.Cleared clear(boolean volumes);

    /** Ends this process and removes what it keeps in its home; returns before that. */
    void leave(boolean volumes);
}
