package concierge.server.queue;

import concierge.json.Json;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue's own port, plain HTTP as its contract has it: the identity in the path is all that callers have, so it
 * stands apart from the API, and in front of it where strangers can reach it belongs what ends TLS.
 */
public final class QueueListener implements AutoCloseable {
    /** Calls at work: some hundred concierges beat in turns; more is a flood. */
    private static final int CALLS = 256;

    /** Opening or closing a port takes milliseconds; longer means that the machine is stuck. */
    private static final long OPEN_SECONDS = 20;

    /** Longer than the interval of any concierge, so that its connection stays. */
    private static final int IDLE_SECONDS = 75;

    private static final Logger LOG = LoggerFactory.getLogger(QueueListener.class);

    private final QueueCalls queue;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Semaphore calls = new Semaphore(CALLS);
    private final HttpServer server;

    /** @throws IOException when the port cannot be had */
    public QueueListener(QueueCalls queue, String address, int port) throws IOException, InterruptedException {
        this.queue = queue;
        HttpServerOptions options = new HttpServerOptions().setHost(address).setPort(port).setHttp2ClearTextEnabled(false)
                .setIdleTimeout(IDLE_SECONDS).setIdleTimeoutUnit(TimeUnit.SECONDS);
        try {
            server = vertx.createHttpServer(options).requestHandler(this::serve).listen().toCompletionStage().toCompletableFuture().get(OPEN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            vertx.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("queue.host " + address + ", queue.port " + port + ": " + cause.getMessage() + " (expected: a free port, since others know it)");
        }
        LOG.info("queue serving address={} port={}", address, server.actualPort());
    }

    public int port() {
        return server.actualPort();
    }

    private void serve(HttpServerRequest request) {
        if (!calls.tryAcquire()) {
            answer(request, Queue.Reply.error(503, CALLS + " calls are at work"));
            return;
        }
        Context connection = vertx.getOrCreateContext();
        HttpMethod method = request.method();
        String path = request.path() == null ? "" : request.path();
        String installation = QueueCalls.installation(request.getHeader("User-Agent"));
        Thread.ofVirtual().name("queue call").start(() -> {
            try {
                Queue.Reply reply = reply(method, path, installation);
                connection.runOnContext(_ -> answer(request, reply));
            } finally {
                calls.release();
            }
        });
    }

    private Queue.Reply reply(HttpMethod method, String path, String installation) {
        if (!QueueCalls.knows(path)) return Queue.Reply.error(404, "not found");
        if (!method.equals(HttpMethod.POST)) return Queue.Reply.error(405, "method not allowed");
        return queue.answer(path, installation);
    }

    private static void answer(HttpServerRequest request, Queue.Reply reply) {
        if (request.response().closed()) return;
        request.response().setStatusCode(reply.status()).putHeader("Content-Type", "application/json").end(Json.write(reply.body()));
    }

    @Override
    public void close() {
        try {
            server.close().toCompletionStage().toCompletableFuture().get(OPEN_SECONDS, TimeUnit.SECONDS);
            vertx.close().toCompletionStage().toCompletableFuture().get(OPEN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("queue did not close cleanly", e);
        }
    }
}
