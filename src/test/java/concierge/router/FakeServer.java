package concierge.router;

import com.sun.net.httpserver.HttpServer;
import concierge.follow.Announcement;
import concierge.json.Json;
import concierge.model.RouteTable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** The two paths of a server's API that a router needs. */
final class FakeServer implements AutoCloseable {
    final List<String> acks = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private RouteTable table;
    private boolean closed;

    FakeServer(int port, RouteTable table) throws IOException {
        this(port, table, () -> {});
    }

    /** @param asked for each stream that is asked for */
    FakeServer(int port, RouteTable table, Runnable asked) throws IOException {
        this.table = table;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/routes", exchange -> {
            if (exchange.getRequestURI().getPath().endsWith("/ack")) {
                String token = exchange.getRequestHeaders().getFirst("Authorization");
                String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                acks.add(token + " " + Json.mapper().readTree(body).path("router").asString() + " " + Json.mapper().readTree(body).path("revision").asLong());
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
                return;
            }
            asked.run();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.getResponseHeaders().set("Concierge-Installation", table.installation());
            exchange.sendResponseHeaders(200, 0);
            stream(exchange.getResponseBody());
        });
        server.start();
    }

    private void stream(OutputStream out) throws IOException {
        long last = -1;
        try {
            while (true) {
                RouteTable next;
                synchronized (this) {
                    while (!closed && table.revision() == last) wait();
                    if (closed) return;
                    next = table;
                }
                last = next.revision();
                out.write((": comment\n\nevent: routes\ndata: " + Json.write(next) + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void tell(RouteTable next) {
        table = next;
        notifyAll();
    }

    int port() {
        return server.getAddress().getPort();
    }

    Announcement announced() {
        return new Announcement(URI.create("http://127.0.0.1:" + port()), "abc");
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        server.stop(0);
    }
}
