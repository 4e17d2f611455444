package concierge.bench;

import concierge.json.Json;
import concierge.model.Route;
import concierge.model.RouteTable;
import concierge.model.ServiceId;
import concierge.router.Router;
import concierge.router.RouterSettings;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The router against HAProxy on answers of 1 KiB: requests a second by {@code wrk}, interleaved runs, the
 * medians and their ratio. Needs the Debian packages {@code wrk} and {@code haproxy}.
 */
final class RouterBench {
    private static final int ROUNDS = 5;

    private RouterBench() {}

    public static void main(String[] arguments) throws Exception {
        Path home = Files.createTempDirectory("router-bench");
        Vertx vertx = Vertx.vertx();
        Buffer kilobyte = Buffer.buffer("x".repeat(1024));
        HttpServer backend = vertx.createHttpServer()
                .requestHandler(request -> request.response().end(kilobyte))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        Files.createDirectories(home.resolve("router"));
        RouteTable table = new RouteTable(
                "bench", 1, home.toString(),
                List.of(new Route("127.0.0.1", new ServiceId("bench", "default", "web"), List.of("127.0.0.1:" + backend.actualPort()), Optional.empty())));
        Files.writeString(home.resolve("router/routes.json"), Json.write(table));
        int other = freePort();
        Path configuration = Files.writeString(home.resolve("haproxy.cfg"), """
                defaults
                  mode http
                  timeout connect 2s
                  timeout client 60s
                  timeout server 60s
                frontend in
                  bind 127.0.0.1:%d
                  option forwardfor
                  default_backend out
                backend out
                  balance leastconn
                  server one 127.0.0.1:%d
                """.formatted(other, backend.actualPort()));
        Process haproxy = new ProcessBuilder("haproxy", "-db", "-f", configuration.toString()).inheritIO().start();
        RouterSettings settings =
                new RouterSettings(List.of("127.0.0.1:0"), () -> concierge.follow.Announcement.NOWHERE, home, "bench", RouterSettings.Limits.DEFAULT);
        try (Router router = new Router(settings)) {
            router.start();
            measure(router.port());
            List<Double> ours = new ArrayList<>();
            List<Double> theirs = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                ours.add(measure(router.port()));
                theirs.add(measure(other));
            }
            System.out.println("| router, requests/s | HAProxy, requests/s | ratio |\n| --- | --- | --- |");
            System.out.printf("| %.0f | %.0f | %.2f |%n", median(ours), median(theirs), median(ours) / median(theirs));
        } finally {
            haproxy.destroy();
            haproxy.waitFor();
            vertx.close();
        }
    }

    private static double measure(int port) throws Exception {
        Process wrk = new ProcessBuilder("wrk", "-t1", "-c32", "-d3s", "http://127.0.0.1:" + port + "/").redirectErrorStream(true).start();
        String text = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher rate = Pattern.compile("Requests/sec:\\s+([0-9.]+)").matcher(text);
        if (!rate.find() || text.contains("Non-2xx")) throw new IllegalStateException("no good measurement: " + text);
        return Double.parseDouble(rate.group(1));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
