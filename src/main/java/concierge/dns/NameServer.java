package concierge.dns;

import concierge.follow.Announcement;
import concierge.follow.LastTable;
import concierge.follow.TableFollower;
import concierge.model.NameTable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/**
 * Answers for one zone over UDP and TCP, from the table that the server told last; the last known one is
 * kept, so that it goes on while servers come and go. One thread for UDP (an answer takes microseconds),
 * virtual threads for TCP; the zone is one volatile reference, so an answer is of one revision.
 */
public final class NameServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NameServer.class);

    /** A question fits into the 512 bytes of RFC 1035; with options it is a little more. */
    private static final int LARGEST_QUESTION = 4096;

    /** Larger packets are cut on their way somewhere; what does not fit is asked for again over TCP. */
    private static final int LARGEST_UDP = 1232;

    private static final int SMALLEST_UDP = 512;
    private static final int LARGEST_TCP = 65535;

    /** Connections at once; more wait to be accepted. */
    private static final int CONNECTIONS = 100;

    /** Resolvers ask at once after connecting; who is quiet for so long is gone. */
    private static final Duration QUIET = Duration.ofSeconds(5);

    private final Name origin;
    private final DatagramSocket packets;
    private final ServerSocket connections;
    private final LastTable<NameTable> last;
    private final TableFollower<NameTable> follower;
    private final Semaphore room = new Semaphore(CONNECTIONS);
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Optional<Zone> zone = Optional.empty();
    private volatile boolean closed;

    /**
     * Listens, on the same port for both transports; answers nothing before {@link #start}.
     *
     * @param port 0: any free one
     * @param zone the domain that services' names end with
     * @param home {@code $CONCIERGE_HOME}; {@code dns/names.json} is kept there
     * @param server of the home, asked anew before each connection
     * @throws IOException when it cannot listen; says where
     */
    public NameServer(InetAddress address, int port, String zone, Path home, Supplier<Announcement> server) throws IOException {
        this.origin = Zone.origin(zone);
        try {
            connections = new ServerSocket(port, CONNECTIONS, address);
            packets = new DatagramSocket(new InetSocketAddress(address, connections.getLocalPort()));
        } catch (IOException e) {
            throw new IOException("dns.port: " + address.getHostAddress() + ":" + port + ": " + e.getMessage() + " (expected: a free port; choose another: --set dns.port=PORT)", e);
        }
        this.last = new LastTable<>(home.resolve("dns/names.json"), NameTable.class);
        this.follower = new TableFollower<>(new TableFollower.Source<>("/v1/names", "names", NameTable.class), server, (table, _) -> serve(table));
    }

    public int port() {
        return connections.getLocalPort();
    }

    /** Whether the server's stream of names is open. */
    public boolean connected() {
        return follower.connected();
    }

    public void start() {
        last.load().ifPresent(table -> zone = Optional.of(new Zone(origin, table)));
        Thread.ofPlatform().name("dns udp").start(this::receive);
        Thread.ofVirtual().name("dns tcp").start(this::accept);
        follower.start();
        LOG.info("name server listens address={} port={} zone={}", connections.getInetAddress().getHostAddress(), port(), origin);
    }

    private Optional<NameTable> known = Optional.empty();

    /** On the follower's thread. */
    private void serve(NameTable table) {
        boolean changed = known.isEmpty() || !known.get().services().equals(table.services());
        known = Optional.of(table);
        // Most revisions change something else than names.
        if (!changed) return;
        zone = Optional.of(new Zone(origin, table));
        last.save(table);
    }

    private void receive() {
        byte[] buffer = new byte[LARGEST_QUESTION];
        while (!closed) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                packets.receive(packet);
                SocketAddress from = packet.getSocketAddress();
                Optional<byte[]> answer = answer(Arrays.copyOf(buffer, packet.getLength()), true);
                if (answer.isPresent()) packets.send(new DatagramPacket(answer.get(), answer.get().length, from));
            } catch (IOException e) {
                // A client that is unreachable says so by an error on this socket: not our trouble.
                if (!closed) LOG.debug("packet not answered cause={}", e.toString());
            }
        }
    }

    private void accept() {
        while (!closed) {
            try {
                room.acquire();
                Socket socket = connections.accept();
                Thread.ofVirtual().name("dns client").start(() -> converse(socket));
            } catch (IOException e) {
                room.release();
                if (!closed) LOG.warn("connection not accepted cause={}", e.toString());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Question after question, each behind its length in two bytes. */
    private void converse(Socket socket) {
        try (socket) {
            socket.setSoTimeout(Math.toIntExact(QUIET.toMillis()));
            DataInputStream input = new DataInputStream(socket.getInputStream());
            DataOutputStream output = new DataOutputStream(socket.getOutputStream());
            while (!closed) {
                byte[] question = new byte[input.readUnsignedShort()];
                input.readFully(question);
                Optional<byte[]> answer = answer(question, false);
                if (answer.isEmpty()) return;
                byte[] framed = new byte[answer.get().length + 2];
                framed[0] = (byte) (answer.get().length >> 8);
                framed[1] = (byte) answer.get().length;
                System.arraycopy(answer.get(), 0, framed, 2, answer.get().length);
                output.write(framed);
            }
        } catch (EOFException | SocketTimeoutException _) {
            // The client has what it wanted.
            LOG.trace("conversation ended");
        } catch (IOException e) {
            LOG.debug("conversation broken cause={}", e.toString());
        } finally {
            room.release();
        }
    }

    /** Empty: it was no question, and an answer could be one half of a loop between two servers. */
    private Optional<byte[]> answer(byte[] question, boolean packet) {
        Message query;
        try {
            query = new Message(question);
        } catch (IOException e) {
            return malformed(question);
        }
        if (query.getHeader().getFlag(Flags.QR)) return Optional.empty();
        Optional<Zone> now = zone;
        // Without any table nothing is known of any name: not even that it is not there.
        Message reply = now.isEmpty() ? Zone.reply(query, Rcode.SERVFAIL) : now.get().answer(query, turn.getAndIncrement());
        int most = packet ? SMALLEST_UDP : LARGEST_TCP;
        OPTRecord options = query.getOPT();
        if (options != null) {
            if (packet) most = Math.clamp(options.getPayloadSize(), SMALLEST_UDP, LARGEST_UDP);
            reply.addRecord(new OPTRecord(LARGEST_UDP, 0, 0), Section.ADDITIONAL);
        }
        return Optional.of(reply.toWire(most));
    }

    private static Optional<byte[]> malformed(byte[] question) {
        try {
            Header header = new Header(Arrays.copyOf(question, Math.min(question.length, 12)));
            if (header.getFlag(Flags.QR)) return Optional.empty();
            Message reply = new Message(header.getID());
            reply.getHeader().setFlag(Flags.QR);
            reply.getHeader().setRcode(Rcode.FORMERR);
            return Optional.of(reply.toWire());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closed = true;
        follower.close();
        packets.close();
        try {
            connections.close();
        } catch (IOException e) {
            LOG.warn("name server did not close cleanly", e);
        }
    }
}
