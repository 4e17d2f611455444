package concierge.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import concierge.json.Json;
import concierge.model.NameTable;
import concierge.model.NameTable.Named;
import concierge.model.NameTable.Target;
import concierge.model.Port.Protocol;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Over real sockets, asked by a resolver that somebody else wrote. */
class NameServerTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    private Path home;

    private HttpServer api;
    private final BlockingQueue<String> tables = new LinkedBlockingQueue<>();

    @BeforeEach
    void serve() throws IOException {
        api = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 5);
        api.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        api.createContext("/v1/names", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.getResponseHeaders().set("Concierge-Installation", "abc");
            exchange.sendResponseHeaders(200, 0);
            OutputStream body = exchange.getResponseBody();
            try {
                for (String table = tables.take(); !table.isEmpty(); table = tables.take()) {
                    body.write(("event: names\ndata: " + table + "\n\n").getBytes(StandardCharsets.UTF_8));
                    body.flush();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        api.start();
    }

    @AfterEach
    void stop() {
        tables.add("");
        api.stop(0);
    }

    private NameServer open() throws IOException {
        NameServer server = new NameServer(LOOPBACK, 0, "concierge", home, () -> new concierge.follow.Announcement(URI.create("http://127.0.0.1:" + api.getAddress().getPort()), "abc"));
        server.start();
        return server;
    }

    private void tell(long revision, List<Target> targets) {
        tables.add(Json.write(new NameTable("installation", revision, List.of(new Named("web.shop", targets)))));
    }

    private static List<Target> instances(int count) {
        List<Target> targets = new ArrayList<>();
        for (int n = 1; n <= count; n++) targets.add(new Target(n, 80, Protocol.tcp, "10.0.0." + n, 40000 + n));
        return targets;
    }

    private static Message ask(NameServer server, String name, int type) throws IOException {
        SimpleResolver resolver = new SimpleResolver(new InetSocketAddress(LOOPBACK, server.port()));
        resolver.setTimeout(Duration.ofSeconds(5));
        return resolver.send(Message.newQuery(Record.newRecord(Zone.origin(name), type, DClass.IN)));
    }

    @Test
    void answersFollowWhatTheServerTells() throws Exception {
        try (NameServer server = open()) {
            tell(1, instances(1));
            await().untilAsserted(() -> assertThat(ask(server, "web.shop.concierge", Type.A).getSection(Section.ANSWER)).hasSize(1));
            tell(2, instances(3));
            await().untilAsserted(() -> assertThat(ask(server, "web.shop.concierge", Type.A).getSection(Section.ANSWER)).hasSize(3));
            tell(3, List.of());
            await().untilAsserted(() -> assertThat(ask(server, "web.shop.concierge", Type.A).getSection(Section.ANSWER)).isEmpty());
        }
    }

    @Test
    void beforeAnythingIsKnownNothingIsDenied() throws Exception {
        try (NameServer server = open()) {
            assertThat(ask(server, "web.shop.concierge", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void theLastKnownNamesAreServedWithoutAServer() throws Exception {
        try (NameServer server = open()) {
            tell(1, instances(2));
            await().until(server::connected);
        }
        api.stop(0);
        try (NameServer server = open()) {
            assertThat(ask(server, "web.shop.concierge", Type.A).getSection(Section.ANSWER)).hasSize(2);
        }
    }

    @Test
    void whatDoesNotFitIntoAPacketComesOverTcp() throws Exception {
        try (NameServer server = open()) {
            tell(1, instances(50));
            await().until(server::connected);
            Message query = Message.newQuery(Record.newRecord(Zone.origin("_80._tcp.web.shop.concierge"), Type.SRV, DClass.IN));
            Message cut = packet(server, query.toWire());
            assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(cut.toWire().length).isLessThanOrEqualTo(512);
            // The resolver asks again over TCP by itself.
            assertThat(ask(server, "_80._tcp.web.shop.concierge", Type.SRV).getSection(Section.ANSWER)).hasSize(50);
        }
    }

    @Test
    void garbageIsAnsweredShortlyOrNotAtAllAndHarmsNobody() throws Exception {
        try (NameServer server = open()) {
            tell(1, instances(1));
            await().until(server::connected);
            byte[] halved = Message.newQuery(Record.newRecord(Zone.origin("web.shop.concierge"), Type.A, DClass.IN)).toWire();
            assertThat(packet(server, java.util.Arrays.copyOf(halved, 20)).getRcode()).isEqualTo(Rcode.FORMERR);
            send(server, new byte[] {1, 2, 3});
            send(server, new byte[0]);
            Message answer = new Message(7);
            answer.getHeader().setFlag(Flags.QR);
            send(server, answer.toWire());
            try (Socket socket = new Socket(LOOPBACK, server.port())) {
                socket.getOutputStream().write(new byte[] {0, 3, 1, 2, 3});
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            Header update = new Header(9);
            update.setOpcode(5);
            Message other = new Message(9);
            other.setHeader(update);
            assertThat(packet(server, other.toWire()).getRcode()).isEqualTo(Rcode.NOTIMP);
            assertThat(ask(server, "web.shop.concierge", Type.A).getSection(Section.ANSWER)).hasSize(1);
        }
    }

    private static void send(NameServer server, byte[] bytes) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, server.port()));
        }
    }

    private static Message packet(NameServer server, byte[] bytes) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            socket.setSoTimeout(5_000);
            socket.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, server.port()));
            DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
            socket.receive(answer);
            return new Message(java.util.Arrays.copyOf(answer.getData(), answer.getLength()));
        }
    }
}
