package concierge.executor;

import java.io.InputStream;
import java.io.OutputStream;

/** A command that runs inside an instance. Streams may be used from different threads. */
public interface ExecSession extends AutoCloseable {
    /** Closing it tells the command that its input has ended; its output still comes. */
    OutputStream stdin();

    InputStream stdout();

    /** Empty with a terminal. */
    InputStream stderr();

    void resize(int columns, int rows);

    /** Waits for the end; the exit code (128 + signal when killed). */
    int exitCode() throws InterruptedException;

    /** Ends the command if it still runs. */
    @Override
    void close();
}
