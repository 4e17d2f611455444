package concierge.router;

import concierge.follow.LastTable;
import concierge.follow.TableFollower;
import concierge.json.Json;
import concierge.model.Route;
import concierge.model.RouteTable;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.VerticleBase;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The front door: takes requests, finds the route of their host, and passes them on or serves a site. It
 * goes on with the last routes it knew while servers come and go. One event loop a CPU; the table is one
 * volatile reference, so a request sees one table from its start to the choice of its target.
 */
public final class Router implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    /** From start to listening: milliseconds, unless the machine is overloaded. */
    private static final long START_SECONDS = 30;

    /** Requests under way may finish when the router is stopped, for so long. */
    private static final long STOP_SECONDS = 5;

    private final RouterSettings settings;
    private final Vertx vertx;
    private final Balancer balancer;
    private final StaticSites sites;
    private final LastTable<RouteTable> file;
    private final Acknowledgements acknowledgements;
    private final TableFollower<RouteTable> follower;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Integer> ports = new ArrayList<>();
    private volatile Optional<Served> served = Optional.empty();

    private record Served(RouteTable table, RouteIndex index, Path sites) {}

    public Router(RouterSettings settings) {
        this.settings = settings;
        this.balancer = new Balancer(settings.limits().rest(), System::nanoTime);
        this.vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
                .setWorkerPoolSize(4));
        this.sites = new StaticSites(vertx);
        this.file = new LastTable<>(settings.home().resolve("router/routes.json"), RouteTable.class);
        this.acknowledgements = new Acknowledgements(settings.id(), settings.home().resolve("token"));
        this.follower = new TableFollower<>(new TableFollower.Source<>("/v1/routes", "routes", RouteTable.class), settings.server(), (table, server) -> {
            serve(table);
            acknowledgements.send(table.revision(), server);
        });
    }

    /**
     * Listens, serves the last known routes, begins to follow the server.
     *
     * @throws IOException when it cannot listen: the address is taken, or not ours
     */
    public void start() throws IOException {
        Files.createDirectories(file.path().getParent());
        file.load().ifPresent(table -> served = Optional.of(servedOf(table)));
        for (String address : settings.listen()) ports.add(listen(address));
        announce();
        follower.start();
        LOG.info("router listens on={} ports={}", settings.listen(), ports);
    }

    /** The port that the first address listens on. */
    public int port() {
        return ports.getFirst();
    }

    /** The revision that is served; -1: none yet. */
    public long revision() {
        return served.map(one -> one.table().revision()).orElse(-1L);
    }

    /** Whether the server's stream of routes is open. */
    public boolean connected() {
        return follower.connected();
    }

    private int listen(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
        int wanted = Integer.parseInt(address.substring(colon + 1));
        // All doors share one port, so it has to be known before the first one opens.
        int port = wanted == 0 ? anyFreePort(host) : wanted;
        await(
                vertx.deployVerticle(() -> new Door(host, port), new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors())),
                host + ":" + port);
        return port;
    }

    private static int anyFreePort(String host) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }

    private static void await(Future<?> future, String address) throws IOException {
        try {
            future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            String cause = String.valueOf(e.getMessage());
            throw new IOException(
                    cause.contains("already in use")
                            ? "router.port: " + address + " is in use by another program (expected: a free one); stop it, or choose another: --set router.port=PORT"
                            : "cannot listen on " + address + ": " + cause,
                    e);
        } catch (TimeoutException e) {
            throw new IOException("cannot listen on " + address + ": not within " + START_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** {@code router/router.json}: so that others find this process and where it listens. */
    private void announce() throws IOException {
        List<String> places = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            String address = settings.listen().get(i);
            places.add(address.substring(0, address.lastIndexOf(':')) + ":" + ports.get(i));
        }
        Path path = settings.home().resolve("router/router.json");
        Path draft = path.resolveSibling("router.json.new");
        Files.writeString(
                draft,
                Json.write(Map.of(
                        "pid", ProcessHandle.current().pid(), "id", settings.id(), "listen", places, "url", "http://" + places.getFirst(), "started",
                        Instant.now().toString())));
        Files.move(draft, path, java.nio.file.StandardCopyOption.ATOMIC_MOVE, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** Puts a table into service at once; requests under way go on where they are. */
    private void serve(RouteTable table) {
        Optional<Served> before = served;
        served = Optional.of(servedOf(table));
        boolean changed = before.isEmpty()
                || !before.get().table().routes().equals(table.routes())
                || !before.get().table().sites().equals(table.sites())
                || !before.get().table().installation().equals(table.installation());
        // Most revisions change something else than routes: no write for these.
        if (changed) file.save(table);
    }

    private static Served servedOf(RouteTable table) {
        return new Served(table, new RouteIndex(table), Path.of(table.sites()));
    }

    /** Listens on one event loop. */
    private final class Door extends VerticleBase {
        private final String host;
        private final int port;
        /** Touched by this door's event loop alone. */
        private final Map<HttpConnection, Patience> patient = new IdentityHashMap<>();

        Door(String host, int port) {
            this.host = host;
            this.port = port;
        }

        @Override
        public Future<?> start() {
            RouterSettings.Limits limits = settings.limits();
            Proxy proxy = new Proxy(
                    vertx,
                    vertx.httpClientBuilder()
                            .with(new HttpClientOptions()
                                    .setConnectTimeout(Math.toIntExact(limits.connect().toMillis()))
                                    .setMaxHeaderSize(limits.headerBytes())
                                    .setMaxInitialLineLength(limits.lineBytes())
                                    .setTcpNoDelay(true)
                                    .setDecompressionSupported(false))
                            .with(new PoolOptions().setHttp1MaxSize(limits.perTarget()).setMaxWaitQueueSize(limits.waiting()))
                            .build(),
                    balancer,
                    limits);
            HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                            .setHost(host)
                            .setPort(port)
                            .setMaxHeaderSize(limits.headerBytes())
                            .setMaxInitialLineLength(limits.lineBytes())
                            .setIdleTimeout(Math.toIntExact(limits.idle().toSeconds()))
                            .setHttp2ClearTextEnabled(false)
                            .setTcpNoDelay(true))
                    .connectionHandler(connection -> {
                        if (connections.incrementAndGet() > limits.connections()) connection.close();
                        Patience patience = new Patience(vertx, connection, limits.head());
                        patient.put(connection, patience);
                        connection.closeHandler(_ -> {
                            connections.decrementAndGet();
                            patient.remove(connection);
                            patience.end();
                        });
                    })
                    .requestHandler(request -> {
                        Patience patience = patient.get(request.connection());
                        if (patience != null) patience.asked(request.response());
                        handle(request, proxy);
                    })
                    .invalidRequestHandler(request -> {
                        request.response().putHeader("Connection", "close");
                        Pages.send(request, Pages.malformed(request.decoderResult(), limits));
                    });
            return server.listen();
        }
    }

    private void handle(HttpServerRequest request, Proxy proxy) {
        List<String> hosts = request.headers().getAll("Host");
        if (hosts.size() > 1 || request.method() == HttpMethod.CONNECT) {
            Pages.send(request, Pages.badRequest(hosts.size() > 1 ? "It names more than one host." : "This is no proxy for other sites."));
            return;
        }
        Optional<Served> now = served;
        if (now.isEmpty()) {
            Pages.send(request, Pages.noTable());
            return;
        }
        String host = hosts.isEmpty() ? "" : RouteIndex.hostOf(hosts.getFirst());
        Optional<Route> route = now.get().index().find(host);
        if (route.isEmpty()) {
            Pages.send(request, Pages.unknownHost(host));
        } else if (route.get().site().isPresent()) {
            sites.serve(request, now.get().sites(), route.get().site().get(), host);
        } else if (route.get().targets().isEmpty()) {
            Pages.send(request, Pages.notReady(host, route.get().service().path(), isLocal(request)));
        } else {
            proxy.pass(request, route.get(), host);
        }
    }

    /** Whether somebody at this machine asks, not another proxy on behalf of somebody. */
    private static boolean isLocal(HttpServerRequest request) {
        if (request.headers().contains("X-Forwarded-For") || request.headers().contains("Forwarded")) return false;
        String address = request.remoteAddress().hostAddress();
        try {
            return address != null && InetAddress.getByName(address).isLoopbackAddress();
        } catch (IOException e) {
            return false;
        }
    }

    /** Takes no new connections, lets requests under way finish for a moment, ends. */
    @Override
    public void close() {
        follower.close();
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the router did not stop in order", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
