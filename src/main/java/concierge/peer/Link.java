package concierge.peer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One question and its answer between two peers, over a connection of its own: TLS that both have proved themselves
 * in, then messages as channel (1 byte), length (4 bytes), content. A thread of its own reads ahead by a few messages, so
 * that an end is noticed by whoever does not listen, too; one that dies without a word after {@link PeerLimits#SILENCE}.
 * One thread receives, any may send.
 */
final class Link implements Channels, AutoCloseable {
    /** Empty messages, for whoever waits. */
    private static final int PING = 4;

    /** Messages read ahead: enough to overlap, no more. */
    private static final int AHEAD = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ReentrantLock sending = new ReentrantLock();
    private final ArrayDeque<Message> messages = new ArrayDeque<>();
    private final Thread pings;
    private String end = "";
    private boolean over;
    private boolean closed;
    private @Nullable Thread interrupted;

    /** @param socket the one below TLS: closing it frees writers, where closing the wrapped one waits for them */
    private Link(Socket socket, SSLSocket secured) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(secured.getInputStream(), PeerLimits.MESSAGE_BYTES));
        this.out = new DataOutputStream(new BufferedOutputStream(secured.getOutputStream(), PeerLimits.MESSAGE_BYTES));
        this.pings = Thread.ofVirtual().name("peer pings").unstarted(this::ping);
    }

    /** Connects to a peer; both have proved themselves when the first answer has come. */
    static Link dial(SSLContext context, InetSocketAddress address) throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(address, (int) PeerLimits.CONNECT.toMillis());
            return secured(plain, (SSLSocket) context.getSocketFactory().createSocket(plain, address.getHostString(), address.getPort(), true));
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    /** Takes an accepted connection over. */
    static Link accept(SSLContext context, Socket plain) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(plain, null, true);
        secured.setUseClientMode(false);
        secured.setNeedClientAuth(true);
        return secured(plain, secured);
    }

    private static Link secured(Socket plain, SSLSocket secured) throws IOException {
        plain.setTcpNoDelay(true);
        secured.setEnabledProtocols(new String[] {"TLSv1.3"});
        secured.setSoTimeout((int) PeerLimits.HANDSHAKE.toMillis());
        secured.startHandshake();
        secured.setSoTimeout((int) PeerLimits.SILENCE.toMillis());
        Link link = new Link(plain, secured);
        link.pings.start();
        Thread.ofVirtual().name("peer reader").start(link::readAll);
        return link;
    }

    private void ping() {
        try {
            while (true) {
                Thread.sleep(PeerLimits.PING);
                send(PING, new byte[0], 0);
            }
        } catch (IOException e) {
            LOG.debug("peer gone reason={}", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll() {
        String reason = "it hung up";
        try {
            for (Message message = read(); message != null; message = read()) {
                if (message.channel() != PING && !offer(message)) break;
            }
        } catch (IOException e) {
            reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        over(reason);
    }

    private @Nullable Message read() throws IOException {
        int channel = in.read();
        if (channel < 0) return null;
        int length = in.readInt();
        if (length < 0 || length > PeerLimits.MESSAGE_BYTES) {
            throw new IOException("message of " + length + " bytes (expected: at most " + PeerLimits.MESSAGE_BYTES + ")");
        }
        byte[] content = new byte[length];
        in.readFully(content);
        return new Message(channel, content);
    }

    private synchronized boolean offer(Message message) throws InterruptedException {
        while (messages.size() >= AHEAD && !closed) wait();
        messages.add(message);
        notifyAll();
        return !closed;
    }

    private synchronized void over(String reason) {
        over = true;
        end = reason;
        if (interrupted != null) interrupted.interrupt();
        notifyAll();
    }

    @Override
    public @Nullable Message receive() throws InterruptedException {
        return receive(Duration.ofDays(1));
    }

    /** @return null also when none came within the time */
    synchronized @Nullable Message receive(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (messages.isEmpty() && !over && !closed) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) return null;
            wait(left);
        }
        Message message = messages.poll();
        notifyAll();
        return message;
    }

    /** The next message of an answer that is not complete. */
    Message require(Duration atMost) throws IOException, InterruptedException {
        return require(atMost, () -> {});
    }

    /** @param waiting told each {@link PeerLimits#PATIENCE} that there is none yet */
    Message require(Duration atMost, Runnable waiting) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            long left = deadline - System.nanoTime();
            Message message = receive(Duration.ofNanos(Math.min(left, PeerLimits.PATIENCE.toNanos())));
            if (message != null) return message;
            synchronized (this) {
                if (over || closed) throw new IOException(over ? end : "closed");
            }
            if (left <= 0) throw new IOException("no answer within " + atMost.toSeconds() + " s");
            waiting.run();
        }
    }

    /** While this stands, the end of the connection interrupts the calling thread. */
    synchronized Watch interruptWhenGone() {
        interrupted = Thread.currentThread();
        if (over) interrupted.interrupt();
        return () -> {
            synchronized (Link.this) {
                interrupted = null;
            }
        };
    }

    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    @Override
    public void send(int channel, byte[] content, int length) throws IOException {
        put(channel, content, length, true);
    }

    /** @param flush false: more follows at once */
    void put(int channel, byte[] content, int length, boolean flush) throws IOException {
        sending.lock();
        try {
            int from = 0;
            do {
                int part = Math.min(length - from, PeerLimits.MESSAGE_BYTES);
                out.writeByte(channel);
                out.writeInt(part);
                out.write(content, from, part);
                from += part;
            } while (from < length);
            if (flush) out.flush();
        } finally {
            sending.unlock();
        }
    }

    /** After the last message, until the other end has taken it: what is closed too early takes back what was said. */
    synchronized void awaitClose() throws InterruptedException {
        long deadline = System.nanoTime() + PeerLimits.FAREWELL.toNanos();
        while (!over && !closed) {
            messages.clear();
            notifyAll();
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) return;
            wait(left);
        }
    }

    /** The other end sees it as an end. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
            notifyAll();
        }
        pings.interrupt();
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("peer connection not closed cleanly reason={}", e.getMessage());
        }
    }
}
