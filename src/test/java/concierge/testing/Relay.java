package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes connections on to somebody else, until it is cut. */
public final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final String host;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    /** @param address where it listens, at any port */
    public Relay(String address, String host, int port) {
        this.host = host;
        this.port = port;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Who is connected is connected no more, and nobody else is from now on. */
    public void cut() {
        cut = true;
        open.forEach(Relay::end);
    }

    public void mend() {
        cut = false;
    }

    private void accept() {
        try {
            while (true) {
                Socket from = listening.accept();
                open.add(from);
                if (cut) end(from);
                else Thread.ofVirtual().start(() -> connect(from));
            }
        } catch (IOException _) {
            // closed at the end of the test
        }
    }

    private void connect(Socket from) {
        try {
            Socket to = new Socket(host, port);
            open.add(to);
            Thread.ofVirtual().start(() -> pass(from, to));
            pass(to, from);
        } catch (IOException _) {
            end(from);
        }
        if (cut) cut();
    }

    private void pass(Socket from, Socket to) {
        try (from; to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException _) {
            // one of them went away; both are closed
        }
        open.remove(from);
        open.remove(to);
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // then it is gone
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cut();
    }
}
