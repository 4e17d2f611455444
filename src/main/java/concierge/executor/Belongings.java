package concierge.executor;

/**
 * The optional ability to remove what outlives instances. Blocking, from any thread; expected failures are {@link
 * ExecutorException}s.
 */
public interface Belongings {
    /**
     * Removes everything of this installation that is no instance's and no image: networks, and notes of its own. Doing it
     * again is harmless.
     *
     * @param volumes whether named volumes go, too
     */
    VolumeEngine.Removed clear(boolean volumes);
}
