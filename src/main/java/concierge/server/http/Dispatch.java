package concierge.server.http;

import concierge.json.Json;
import concierge.security.access.Audit;
import concierge.security.access.Caller;
import concierge.security.access.Trail;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings requests to operations and their results back: guard, token, body, a virtual thread, an answer.
 * Requests and streams at work are counted; beyond the limit they are refused at once with {@code busy}.
 */
public final class Dispatch {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    /** A client that still sends what nobody reads gets so long to notice the answer. */
    private static final int LINGER_MILLIS = 1000;

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private final Guard guard;
    private final Function<Operation, Access.Rule> access;
    private final Audit audit;
    private final String installation;
    private final Semaphore requests = new Semaphore(ApiLimits.REQUESTS);
    private final OpenStreams streams;

    /** @param access what an operation needs */
    public Dispatch(Guard guard, Function<Operation, Access.Rule> access, Audit audit, String installation) {
        this.access = access;
        this.guard = guard;
        this.audit = audit;
        this.streams = new OpenStreams(guard);
        this.installation = installation;
    }

    public Router router(Vertx vertx, List<Operation> operations) {
        Router router = Router.router(vertx);
        router.route().order(-1).handler(this::admit);
        for (Operation operation : operations) {
            String path = operation.path().replaceAll("\\{(\\w+)}", ":$1");
            router.route(operation.method(), path).handler(context -> run(operation, context));
            if (hasHead(operation)) router.route(HttpMethod.HEAD, path).handler(context -> run(operation, context));
        }
        router.errorHandler(400, context -> refuse(context, malformed()));
        router.errorHandler(404, context -> refuse(context, unknownPath(context)));
        router.errorHandler(405, context -> {
            String allowed = allowed(operations, context.request().path());
            context.response().putHeader("Allow", allowed);
            refuse(context, Refusal.of(Code.methodNotAllowed, context.request().method() + " is not possible here (expected: " + allowed + ")", ""));
        });
        router.route().failureHandler(this::failed);
        return router;
    }

    /** What is read as a whole can be asked for its head alone; streams have none that tells anything. */
    private static boolean hasHead(Operation operation) {
        return operation.method().equals(HttpMethod.GET) && operation.action() instanceof Operation.Action.Answering;
    }

    private static Refusal malformed() {
        return Refusal.of(Code.badRequest, "the request is malformed (expected: a path and query that can be decoded)", "");
    }

    private static Refusal unknownPath(RoutingContext context) {
        return Refusal.of(Code.notFound, "no such path: " + context.request().path(), "/v1/openapi.json lists all there are");
    }

    private static String allowed(List<Operation> operations, String path) {
        TreeSet<String> methods = new TreeSet<>();
        for (Operation operation : operations) {
            String pattern = operation.path().replaceAll("\\{\\w+}", "[^/]+");
            if (!Pattern.matches(pattern, path)) continue;
            methods.add(operation.method().name());
            if (hasHead(operation)) methods.add("HEAD");
        }
        return String.join(", ", methods);
    }

    private void admit(RoutingContext context) {
        HttpServerRequest request = context.request();
        context.response()
                .putHeader("Concierge-Installation", installation)
                .putHeader("X-Content-Type-Options", "nosniff");
        try {
            guard.checkCaller(request.isSSL(), request.headers().getAll("Host"), request.getHeader("Origin"));
            // Decoded here, so that what cannot be decoded is the client's mistake and not an operation's.
            context.queryParams();
        } catch (Refusal refusal) {
            refuse(context, refusal);
            return;
        } catch (IllegalArgumentException | HttpException e) {
            refuse(context, malformed());
            return;
        }
        context.next();
    }

    /** Goes on with who asks, on the connection's context; a token is looked up on a thread that may block. */
    private void admitted(Operation operation, RoutingContext context, Consumer<Caller> next) {
        HttpServerRequest request = context.request();
        Access.Rule rule = access.apply(operation);
        String authorization = request.getHeader("Authorization");
        String from = request.remoteAddress().hostAddress();
        try {
            Optional<Caller> known = guard.known(request.isSSL(), rule, authorization, from);
            if (known.isPresent()) {
                next.accept(known.get());
                return;
            }
        } catch (Refusal refusal) {
            refuseCaller(context, refusal);
            return;
        }
        request.pause();
        Context connection = context.vertx().getOrCreateContext();
        Thread.ofVirtual().name("api-token").start(() -> {
            try {
                Caller caller = guard.caller(request.isSSL(), rule, String.valueOf(authorization), from);
                connection.runOnContext(_ -> next.accept(caller));
            } catch (Throwable failure) {
                Refusal refusal = Failures.refusal(failure);
                connection.runOnContext(_ -> refuseCaller(context, refusal));
            }
        });
    }

    private void refuseCaller(RoutingContext context, Refusal refusal) {
        if (refusal.answer().status() == Code.unauthorized.status()) context.response().putHeader("WWW-Authenticate", "Bearer");
        refuse(context, refusal);
    }

    private void failed(RoutingContext context) {
        Throwable failure = context.failure();
        Refusal refusal = switch (context.statusCode()) {
            case 400 -> malformed();
            case 404 -> unknownPath(context);
            default -> failure == null
                    ? Refusal.of(Code.badRequest, "the request was refused with " + context.statusCode(), "")
                    : Failures.refusal(failure);
        };
        refuse(context, refusal);
    }

    /** A request that is no HTTP, or exceeds a limit of its head. */
    public void invalid(HttpServerRequest request) {
        var failure = request.decoderResult().cause();
        String what = failure == null ? "malformed" : failure.getClass().getSimpleName();
        Refusal refusal = what.contains("TooLong")
                ? Refusal.of(Code.tooLarge, "the request's head is too large", "at most " + ApiLimits.HEADER_BYTES + " bytes of headers")
                : Refusal.of(Code.badRequest, "the request is no HTTP", "");
        write(request, request.response().putHeader("Connection", "close"), refusal);
        request.connection().close();
    }

    private void run(Operation operation, RoutingContext context) {
        admitted(operation, context, caller -> run(operation, context, new Asked(caller, access.apply(operation), trail(operation, context, caller))));
    }

    /** A request whose caller may ask it, and its place in the audit if it is a change. */
    private record Asked(Caller caller, Access.Rule rule, Optional<Trail> trail) {}

    private Optional<Trail> trail(Operation operation, RoutingContext context, Caller caller) {
        Access.Rule rule = access.apply(operation);
        if (!rule.isChange()) return Optional.empty();
        List<String> target = new ArrayList<>();
        Matcher names = PARAMETER.matcher(operation.path());
        while (names.find()) target.add(context.pathParam(names.group(1)));
        return Optional.of(audit.begin(caller, rule.action(), String.join("/", target)));
    }

    private void run(Operation operation, RoutingContext context, Asked asked) {
        switch (operation.action()) {
            case Operation.Action.Answering answering -> {
                Optional<RequestBody> body = body(context);
                answer(context, asked, () -> answering.answer(exchange(context, asked, body)));
            }
            case Operation.Action.Receiving receiving -> {
                RequestBody body = new RequestBody(context.vertx().getOrCreateContext(), context.request(), concierge.image.Blobs.MAX_BYTES);
                answer(context, asked, () -> receiving.receive(exchange(context, asked), body));
            }
            case Operation.Action.Streaming streaming -> stream(context, asked, streaming, false);
            case Operation.Action.Enduring enduring -> stream(context, asked, enduring.streaming(), true);
            case Operation.Action.Either either -> {
                if (follows(context)) stream(context, asked, either.streaming(), false);
                else answer(context, asked, () -> either.answering().answer(exchange(context, asked)));
            }
            case Operation.Action.Upgrading upgrading -> upgrade(context, asked, upgrading);
        }
    }

    private static boolean follows(RoutingContext context) {
        List<String> follow = context.queryParam("follow");
        return !follow.isEmpty() && (follow.getFirst().isEmpty() || follow.getFirst().equals("true"));
    }

    /** What only reads takes no body: one that is announced and never comes must not hold a place. */
    private static Optional<RequestBody> body(RoutingContext context) {
        HttpMethod method = context.request().method();
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) return Optional.empty();
        return Optional.of(new RequestBody(context.vertx().getOrCreateContext(), context.request(), ApiLimits.BODY_BYTES));
    }

    private static Exchange exchange(RoutingContext context, Asked asked) {
        return new Exchange(asked.caller(), context.pathParams(), context.queryParams(), new byte[0]);
    }

    private static Exchange exchange(RoutingContext context, Asked asked, Optional<RequestBody> body) throws java.io.IOException {
        return new Exchange(asked.caller(), context.pathParams(), context.queryParams(), body.isEmpty() ? new byte[0] : body.get().readAllBytes());
    }

    private interface Work {
        Object run() throws Exception;
    }

    /** A change is noted with its outcome. */
    private Object noted(Asked asked, Work work) throws Exception {
        if (asked.trail().isEmpty()) return work.run();
        Trail trail = asked.trail().get();
        try {
            Object result = Audit.during(trail, work::run);
            audit.done(trail);
            return result;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | Error failure) {
            Refusal refusal = Failures.refusal(failure);
            audit.failed(trail, refusal.answer().code() + ": " + refusal.answer().title());
            throw refusal;
        }
    }

    private void answer(RoutingContext context, Asked asked, Work work) {
        if (!requests.tryAcquire()) {
            refuse(context, busy(ApiLimits.REQUESTS + " requests are at work"));
            return;
        }
        Context connection = context.vertx().getOrCreateContext();
        Thread.ofVirtual().name("api-request").start(() -> {
            try {
                Object result = noted(asked, work);
                connection.runOnContext(_ -> json(context, result));
            } catch (Throwable failure) {
                Refusal refusal = Failures.refusal(failure);
                connection.runOnContext(_ -> refuse(context, refusal));
            } finally {
                requests.release();
            }
        });
    }

    private static Refusal busy(String what) {
        return Refusal.of(Code.busy, what, "try again in a moment");
    }

    private static Refusal tooManyStreams() {
        return busy(ApiLimits.STREAMS + " streams are open");
    }

    private void stream(RoutingContext context, Asked asked, Operation.Action.Streaming action, boolean endures) {
        AtomicReference<EventStream> events = new AtomicReference<>();
        Optional<OpenStreams.Stream> place = streams.open(asked.caller(), asked.rule(), refusal -> {
            EventStream telling = events.get();
            if (telling != null) end(telling, refusal);
        });
        if (place.isEmpty()) {
            refuse(context, tooManyStreams());
            return;
        }
        Optional<RequestBody> body = body(context);
        Context connection = context.vertx().getOrCreateContext();
        Thread[] worker = new Thread[1];
        EventStream telling = new EventStream(connection, context.response(), ApiLimits.HEARTBEAT, () -> {
            Thread thread = worker[0];
            if (thread != null && !endures) thread.interrupt();
        });
        events.set(telling);
        worker[0] = Thread.ofVirtual().name("api-stream").unstarted(() -> {
            try (OpenStreams.Stream _ = place.get()) {
                noted(asked, () -> {
                    action.stream(exchange(context, asked, body), telling);
                    return telling;
                });
                telling.end();
            } catch (Throwable failure) {
                broken(context, connection, telling, failure);
            }
        });
        if (!endures) place.get().worker(worker[0]);
        worker[0].start();
    }

    private void broken(RoutingContext context, Context connection, EventStream events, Throwable failure) {
        if (failure instanceof InterruptedException && events.isOver()) return;
        Refusal refusal = Failures.refusal(failure);
        if (events.withdraw()) connection.runOnContext(_ -> refuse(context, refusal));
        else end(events, refusal);
    }

    private static void end(EventStream events, Refusal refusal) {
        events.send("failed", refusal.answer());
        events.end();
    }

    private void upgrade(RoutingContext context, Asked asked, Operation.Action.Upgrading upgrading) {
        if (!"websocket".equalsIgnoreCase(context.request().getHeader("Upgrade"))) {
            refuse(context, Refusal.of(Code.badRequest, "no WebSocket handshake (expected: Upgrade: websocket)", "use concierge exec"));
            return;
        }
        AtomicReference<ExecSocket> socket = new AtomicReference<>();
        Optional<OpenStreams.Stream> place = streams.open(asked.caller(), asked.rule(), refusal -> {
            ExecSocket opened = socket.get();
            if (opened == null) return;
            tell(opened, refusal);
            opened.close();
        });
        if (place.isEmpty()) {
            refuse(context, tooManyStreams());
            return;
        }
        context.request().pause();
        Context connection = context.vertx().getOrCreateContext();
        Thread worker = Thread.ofVirtual().name("api-exec").unstarted(() -> {
            try (OpenStreams.Stream _ = place.get()) {
                // Noted as it begins: it may last for hours.
                Object conversation = noted(asked, () -> upgrading.prepare(exchange(context, asked)));
                converse(context, connection, (ExecSocket.Conversation) conversation, socket);
            } catch (Throwable failure) {
                Refusal refusal = Failures.refusal(failure);
                connection.runOnContext(_ -> refuse(context, refusal));
            }
        });
        place.get().worker(worker);
        worker.start();
    }

    private static void converse(RoutingContext context, Context connection, ExecSocket.Conversation conversation, AtomicReference<ExecSocket> into)
            throws Exception {
        Thread self = Thread.currentThread();
        var opened = new java.util.concurrent.CompletableFuture<ExecSocket>();
        connection.runOnContext(_ -> context.request()
                .toWebSocket()
                .map(socket -> new ExecSocket(connection, socket, self::interrupt))
                .onComplete(opened::complete, opened::completeExceptionally));
        ExecSocket socket = opened.get();
        into.set(socket);
        try {
            conversation.converse(socket);
        } catch (InterruptedException e) {
            LOG.debug("exec ended by its client");
        } catch (Throwable failure) {
            tell(socket, Failures.refusal(failure));
        } finally {
            socket.close();
        }
    }

    private static void tell(ExecSocket socket, Refusal refusal) {
        try {
            socket.control(java.util.Map.of("problem", refusal.answer()));
        } catch (java.io.IOException | InterruptedException e) {
            LOG.debug("exec client left before it was told why it ended", e);
        }
    }

    private static void json(RoutingContext context, Object result) {
        HttpServerResponse response = context.response();
        if (response.closed() || response.ended()) return;
        response.putHeader("Content-Type", "application/json; charset=utf-8").putHeader("Cache-Control", "no-store");
        if (context.request().method().equals(HttpMethod.HEAD)) response.end();
        else if (result instanceof Prepared prepared) response.setStatusCode(prepared.status()).end(prepared.body());
        else response.end(Json.write(result));
    }

    /** An answer with a status of its own, its body JSON already. */
    public record Prepared(int status, String body) {}

    private void refuse(RoutingContext context, Refusal refusal) {
        write(context.request(), context.response(), refusal);
    }

    private void write(HttpServerRequest request, HttpServerResponse response, Refusal refusal) {
        if (response.closed() || response.ended() || response.headWritten()) return;
        // The rest of an upload that is refused is not read: told with the answer, then cut.
        boolean unread = !request.isEnded();
        if (unread) response.putHeader("Connection", "close");
        response.setStatusCode(refusal.answer().status())
                .putHeader("Content-Type", "application/problem+json; charset=utf-8")
                .putHeader("Cache-Control", "no-store");
        if (request.method().equals(HttpMethod.HEAD)) response.end();
        else response.end(Json.write(refusal.answer()));
        if (unread) Vertx.currentContext().owner().setTimer(LINGER_MILLIS, _ -> request.connection().close());
    }

    public void close() {
        streams.close();
    }
}
