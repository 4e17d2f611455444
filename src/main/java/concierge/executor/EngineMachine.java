package concierge.executor;

import concierge.model.Resources;
import java.time.Duration;

/** The optional ability to tell of the machine that the engine runs on, which may be another than ours. */
public interface EngineMachine {
    /** Whether it answers at all within that time. Blocks for no longer; never throws for an engine that is away. */
    boolean answers(Duration limit);

    /** @throws ExecutorException {@code unavailable} when the engine does not answer */
    Machine machine();

    /**
     * @param name as the machine calls itself; may be empty
     * @param capacity all that it has
     */
    record Machine(String name, Resources capacity) {}
}
