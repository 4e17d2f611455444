package concierge.executor.docker;

import concierge.executor.ByteQueue;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The streams of a command over a hijacked connection. One thread reads the engine's stream and hands it to
 * two bounded queues; callers read those and write to the connection themselves.
 */
final class Streams implements AutoCloseable {
    /** How often the engine is asked whether a command has ended while its output is still open. */
    private static final Duration POLL = Duration.ofMillis(250);

    /** How long the engine may take to know the exit code after the output's end. */
    private static final Duration SETTLE = Duration.ofMillis(10);

    private final HijackedConnection connection;
    private final ByteQueue stdout = new ByteQueue();
    private final ByteQueue stderr = new ByteQueue();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final OutputStream stdin;

    /**
     * @param name of the thread that reads
     * @param tty one stream without frames
     */
    Streams(HijackedConnection connection, String name, boolean tty) {
        this.connection = connection;
        this.stdin = new Input(connection);
        Thread.ofVirtual().name(name).start(() -> pump(tty));
    }

    OutputStream stdin() {
        return stdin;
    }

    InputStream stdout() {
        return stdout;
    }

    InputStream stderr() {
        return stderr;
    }

    /** Waits before the engine is asked again whether the command has ended: shortly, once its output has. */
    void pause() throws InterruptedException {
        if (ended.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
    }

    @Override
    public void close() {
        connection.close();
        dropOutput();
    }

    /** What comes is taken and forgotten, so that it does not hold up the command. */
    void dropOutput() {
        stdout.close();
        stderr.close();
    }

    private void pump(boolean tty) {
        IOException failure = null;
        try {
            if (tty) {
                byte[] buffer = new byte[16 << 10];
                for (int count; (count = connection.in().read(buffer)) >= 0; ) stdout.put(Arrays.copyOf(buffer, count));
            } else {
                Frames.read(connection.in(), (error, content) -> {
                    (error ? stderr : stdout).put(content);
                    return true;
                });
            }
        } catch (IOException e) {
            failure = e;
        }
        // the command is over, or the engine gone: nobody reads what is still written
        connection.close();
        stdout.end(failure);
        stderr.end(failure);
        ended.countDown();
    }

    private static final class Input extends OutputStream {
        private final HijackedConnection connection;
        private boolean closed;

        Input(HijackedConnection connection) {
            this.connection = connection;
        }

        @Override
        public void write(int value) throws IOException {
            connection.out().write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            connection.out().write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            connection.out().flush();
        }

        @Override
        public synchronized void close() throws IOException {
            if (closed) return;
            closed = true;
            connection.endOutput();
        }
    }
}
