package concierge.executor;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes from one thread to another, bounded: the writer waits while it is full. Once the reader has closed
 * it, what comes is dropped, so that a stream nobody reads does not hold up the other one.
 */
public final class ByteQueue extends InputStream {
    /** A screenful many times over; more would only hide a slow reader from the command. */
    private static final int CAPACITY = 256 << 10;

    private final byte[] ring = new byte[CAPACITY];
    private int start;
    private int size;
    private boolean ended;
    private boolean dropped;
    private @Nullable IOException failure;

    public synchronized void put(byte[] content) throws InterruptedIOException {
        int done = 0;
        while (done < content.length && !dropped) {
            if (size == CAPACITY) {
                await();
                continue;
            }
            int at = (start + size) % CAPACITY;
            int count = Math.min(Math.min(CAPACITY - size, CAPACITY - at), content.length - done);
            System.arraycopy(content, done, ring, at, count);
            size += count;
            done += count;
            notifyAll();
        }
    }

    /** No more comes; readers get what is left and then the end, or the failure. */
    public synchronized void end(@Nullable IOException cause) {
        ended = true;
        failure = cause;
        notifyAll();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) return 0;
        while (size == 0) {
            if (failure != null) throw failure;
            if (ended || dropped) return -1;
            await();
        }
        int count = Math.min(Math.min(length, size), CAPACITY - start);
        System.arraycopy(ring, start, bytes, offset, count);
        start = (start + count) % CAPACITY;
        size -= count;
        notifyAll();
        return count;
    }

    @Override
    public synchronized int available() {
        return size;
    }

    @Override
    public synchronized void close() {
        dropped = true;
        size = 0;
        notifyAll();
    }

    private void await() throws InterruptedIOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a command's output was passed on");
        }
    }
}
