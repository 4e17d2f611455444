package concierge.executor;

import concierge.model.InstanceId;
import java.io.IOException;

/**
 * An optional ability of an {@link Executor}: connecting a client to the streams of an instance's own
 * command, as {@code concierge run} does with a pipe or a terminal.
 */
public interface Attachable {
    /**
     * Connects. What takes input ({@link concierge.model.ServiceSpec#takesInput}) is connected
     * since before its start: the first session gets all of its output, also after its end; if nobody comes
     * within a minute, its input ends. Anything else that runs is heard from now on.
     *
     * <p>Closing the session ends the input of what takes one, and leaves the instance running.
     *
     * @param columns and {@code rows}: the terminal's size; 0 where there is none
     */
    ExecSession attach(InstanceId instance, int columns, int rows) throws IOException;
}
