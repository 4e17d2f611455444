package concierge.server;

import concierge.security.Authority;
import concierge.security.ServerCertificate;
import concierge.security.access.Audit;
import concierge.security.access.Refusals;
import concierge.security.access.Tokens;
import concierge.server.http.Access;
import concierge.server.http.ApiLimits;
import concierge.server.http.Dispatch;
import concierge.server.http.Guard;
import concierge.server.http.Replies;
import concierge.server.http.Operation;
import concierge.store.Store;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP side of the API: listens, lets the {@link Guard} look at each request, and runs the {@link
 * Operation}s on virtual threads. Its own Vert.x instance has two event loops: they only move bytes.
 */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    /** They only move bytes, handlers have threads of their own: two keep one that is busy from delaying all. */
    private static final int EVENT_LOOPS = 2;

    /** Opening or closing a port takes milliseconds; longer means that the machine is stuck. */
    private static final long OPEN_SECONDS = 20;

    /** Who connects and says nothing holds a place for so long at most. */
    private static final long HANDSHAKE_SECONDS = 10;

    private final Vertx vertx;
    private final HttpServer server;
    private final Optional<HttpServer> beyond;
    private final Dispatch dispatch;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ApiServer(Vertx vertx, HttpServer server, Optional<HttpServer> beyond, Dispatch dispatch) {
        this.vertx = vertx;
        this.server = server;
        this.beyond = beyond;
        this.dispatch = dispatch;
    }

    /**
     * Where others reach it, over TLS alone.
     *
     * @param port exactly this one, since others keep it; 0: any
     */
    public record Beyond(String address, int port, ServerCertificate certificate) {}

    /** As below, with the parts' operations. */
    public static ApiServer start(String address, int port, Optional<Beyond> beyond, ApiParts parts) throws IOException, InterruptedException {
        Guard guard = new Guard(parts.token(), new Tokens(parts.store(), parts.tokens(), parts.clock()), parts.names(),
                () -> beyond.map(it -> Authority.names(it.certificate().chain().getFirst())).orElse(Set.of()));
        return start(address, port, beyond, new Dispatch(guard, Access::of, new Audit(parts.store(), parts.clock()), new Refusals(parts.store(), parts.clock()), parts.installation())
                .marked(parts::asOf), Operations.of(parts));
    }

    /** One that can say no more than what it waits for. */
    public static ApiServer start(String address, int port, Waiting waiting) throws IOException, InterruptedException {
        Store store = waiting.store();
        Guard guard = new Guard(waiting.token(), new Tokens(store, waiting.clock()), Set.of(), Set::of);
        Dispatch dispatch = new Dispatch(guard, Access::of, new Audit(store, waiting.clock()), new Refusals(store, waiting.clock()), waiting.announcement().get().installation()).refusing(waiting::refusal);
        return start(address, port, Optional.empty(), dispatch, waiting.operations());
    }

    /**
     * Starts to serve.
     *
     * @param address a loopback address: what comes in there is plain
     * @throws IOException when the port cannot be had
     */
    static ApiServer start(String address, int port, Optional<Beyond> beyond, Dispatch dispatch, List<Operation> operations)
            throws IOException, InterruptedException {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            Router router = dispatch.router(vertx, operations);
            // First: one that listens on all addresses has its port on loopback, too, where the next free one is as good.
            Optional<HttpServer> secured = Optional.empty();
            if (beyond.isPresent()) secured = Optional.of(listenBeyond(vertx, beyond.get(), router, dispatch));
            HttpServer plain = listen(vertx, options(address, port), router, dispatch);
            return new ApiServer(vertx, plain, secured, dispatch);
        } catch (IOException | InterruptedException | RuntimeException e) {
            dispatch.close();
            vertx.close();
            throw e;
        }
    }

    private static HttpServer listen(Vertx vertx, HttpServerOptions options, Router router, Dispatch dispatch) throws IOException, InterruptedException {
        AtomicInteger connections = new AtomicInteger();
        return await(vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    if (connections.incrementAndGet() > ApiLimits.CONNECTIONS) connection.close();
                    connection.closeHandler(_ -> connections.decrementAndGet());
                })
                .requestHandler(router)
                .invalidRequestHandler(Replies::invalid)
                .listen());
    }

    private static HttpServer listenBeyond(Vertx vertx, Beyond beyond, Router router, Dispatch dispatch) throws IOException, InterruptedException {
        try {
            return listen(vertx, secured(beyond), router, dispatch);
        } catch (IOException e) {
            // Not as a cause: a taken port is no reason to look for another one here.
            throw new IOException("api.host " + beyond.address() + ", api.port " + beyond.port() + ": " + e.getMessage()
                    + " (expected: an address of this machine and a free port, since other machines know them)");
        }
    }

    private static HttpServerOptions secured(Beyond beyond) {
        return options(beyond.address(), beyond.port())
                .setSsl(true)
                .setKeyCertOptions(KeyCertOptions.wrap(beyond.certificate().keys()))
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                .setSslHandshakeTimeout(HANDSHAKE_SECONDS);
    }

    private static HttpServerOptions options(String address, int port) {
        return new HttpServerOptions()
                .setHost(address)
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(ApiLimits.REQUEST_LINE_BYTES)
                .setMaxHeaderSize(ApiLimits.HEADER_BYTES)
                .setHandle100ContinueAutomatically(true)
                .setMaxWebSocketFrameSize(ApiLimits.EXEC_FRAME_BYTES)
                .setMaxWebSocketMessageSize(ApiLimits.EXEC_FRAME_BYTES)
                .setIdleTimeout((int) ApiLimits.IDLE.toSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }

    /** Over TLS; 0 where nobody else reaches it. */
    public int beyondPort() {
        return beyond.map(HttpServer::actualPort).orElse(0);
    }

    public int port() {
        return server.actualPort();
    }

    private static <T> T await(io.vertx.core.Future<T> future) throws IOException, InterruptedException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(OPEN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer from the network stack for " + OPEN_SECONDS + " s", e);
        }
    }

    /** Ends all streams and closes the port; requests at work may finish for a moment. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) return;
        dispatch.close();
        try {
            if (beyond.isPresent()) await(beyond.get().shutdown(2, TimeUnit.SECONDS));
            await(server.shutdown(2, TimeUnit.SECONDS));
            await(vertx.close());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("api did not close cleanly", e);
        }
    }
}
