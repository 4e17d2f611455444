package concierge.peer;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Answers peers: a virtual thread for each connection, at most {@link PeerLimits#CONNECTIONS} at once. Who is not of this
 * installation is refused before anything is read. A cut connection interrupts what it asked for.
 */
public final class PeerListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerListener.class);

    private final ServerSocket socket;
    private final Trust trust;
    private final Answers answers;
    private final Semaphore free = new Semaphore(PeerLimits.CONNECTIONS);
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private PeerListener(ServerSocket socket, Trust trust, Answers answers) {
        this.socket = socket;
        this.trust = trust;
        this.answers = answers;
    }

    /**
     * Starts to answer.
     *
     * @param port 0: any that is free
     * @throws IOException when the port cannot be had
     */
    public static PeerListener start(String address, int port, Trust trust, Answers answers) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
        } catch (IOException e) {
            socket.close();
            throw new IOException("peer.port: " + port + " at " + address + ": " + e.getMessage(), e);
        }
        PeerListener listener = new PeerListener(socket, trust, answers);
        Thread.ofVirtual().name("peer listener").start(listener::accept);
        return listener;
    }

    public int port() {
        return socket.getLocalPort();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket plain = socket.accept();
                if (free.tryAcquire()) Thread.ofVirtual().name("peer").start(() -> serve(plain));
                else plain.close();
            } catch (SocketException e) {
                if (!closed) LOG.warn("peer connection not accepted reason={}", e.getMessage());
            } catch (IOException e) {
                LOG.warn("peer connection not accepted reason={}", e.getMessage());
            }
        }
    }

    private void serve(Socket plain) {
        try (plain; Link link = Link.accept(trust.answering(), plain)) {
            links.add(link);
            try {
                if (!closed) answer(link);
            } finally {
                links.remove(link);
            }
        } catch (SSLException e) {
            LOG.warn("refused a peer that is not of this installation from={} reason={}", plain.getRemoteSocketAddress(), e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.info("peer connection ended from={} reason=\"{}: {}\"", plain.getRemoteSocketAddress(), e.getClass().getSimpleName(), e.getMessage());
        } finally {
            free.release();
        }
    }

    private void answer(Link link) throws IOException, InterruptedException {
        Question question = question(link);
        if (question == null) return;
        try {
            answers.answer(question, link);
        } catch (ExecutorException e) {
            Answer.refuse(link, e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("peer's question failed question={}", question, e);
            Answer.refuse(link, ExecutorException.Kind.other, e.toString());
        }
        link.awaitClose();
    }

    private static @org.jspecify.annotations.Nullable Question question(Link link) throws IOException, InterruptedException {
        Channels.Message asked = link.receive(PeerLimits.HANDSHAKE);
        if (asked == null) return null;
        try {
            return Json.mapper().readValue(asked.content(), Question.class);
        } catch (JacksonException e) {
            Answer.refuse(link, ExecutorException.Kind.refused, "this version does not understand the question: " + e.getOriginalMessage());
            link.awaitClose();
            return null;
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            LOG.warn("peer port did not close cleanly", e);
        }
        links.forEach(Link::close);
    }
}
