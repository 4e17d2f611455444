package concierge.server;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.List;
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

    private final Vertx vertx;
    private final HttpServer server;
    private final Dispatch dispatch;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ApiServer(Vertx vertx, HttpServer server, Dispatch dispatch) {
        this.vertx = vertx;
        this.server = server;
        this.dispatch = dispatch;
    }

    /**
     * Starts to serve.
     *
     * @param address where to listen; a loopback address unless somebody configured another
     * @throws IOException when the port cannot be had
     */
    public static ApiServer start(String address, int port, ApiParts parts) throws IOException, InterruptedException {
        return start(address, port, new Guard(parts.token(), parts.names()), parts.installation(), Operations.of(parts));
    }

    /**
     * Starts to serve.
     *
     * @throws IOException when the port cannot be had
     */
    static ApiServer start(String address, int port, Guard guard, String installation, List<Operation> operations)
            throws IOException, InterruptedException {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        Dispatch dispatch = new Dispatch(guard, installation);
        AtomicInteger connections = new AtomicInteger();
        try {
            Router router = dispatch.router(vertx, operations);
            HttpServer server = await(vertx.createHttpServer(options(address, port))
                    .connectionHandler(connection -> {
                        if (connections.incrementAndGet() > ApiLimits.CONNECTIONS) connection.close();
                        connection.closeHandler(_ -> connections.decrementAndGet());
                    })
                    .requestHandler(router)
                    .invalidRequestHandler(dispatch::invalid)
                    .listen());
            return new ApiServer(vertx, server, dispatch);
        } catch (IOException | InterruptedException | RuntimeException e) {
            vertx.close();
            throw e;
        }
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
            await(server.shutdown(2, TimeUnit.SECONDS));
            await(vertx.close());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("api did not close cleanly", e);
        }
    }
}
