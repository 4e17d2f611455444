package concierge.server.http;

import concierge.image.Blobs;
import concierge.security.access.Audit;
import concierge.security.access.Caller;
import concierge.security.access.Refusals;
import concierge.security.access.TokenRecord;
import concierge.security.access.Tokens;
import concierge.security.access.Trail;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings requests to operations and their results back: guard, token, body, a virtual thread, an answer.
 * Requests and streams at work are counted; beyond the limit they are refused at once with {@code busy}.
 */
public final class Dispatch {
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private final Guard guard;
    private final Function<Operation, Access.Rule> access;
    private final Audit audit;
    private final Refusals refusals;
    private final String installation;
    private final Semaphore requests = new Semaphore(ApiLimits.REQUESTS);
    private final OpenStreams streams;
    private final Streaming streaming;
    private final Upgrading upgrading;
    private Supplier<Optional<Instant>> asOf = Optional::empty;
    private Function<RoutingContext, Refusal> elsewhere = Replies::unknownPath;

    /** @param access what an operation needs */
    public Dispatch(Guard guard, Function<Operation, Access.Rule> access, Audit audit, Refusals refusals, String installation) {
        this.access = access;
        this.guard = guard;
        this.audit = audit;
        this.refusals = refusals;
        this.streams = new OpenStreams(guard);
        this.streaming = new Streaming(streams, audit);
        this.upgrading = new Upgrading(streams, audit);
        this.installation = installation;
    }

    /** Every answer says, in {@code Concierge-As-Of}, from when it is, where that is not now. */
    public Dispatch marked(Supplier<Optional<Instant>> asOf) {
        this.asOf = asOf;
        return this;
    }

    /** What is none of the operations is refused for this reason, and not as unknown. */
    public Dispatch refusing(Supplier<Refusal> reason) {
        elsewhere = _ -> reason.get();
        return this;
    }

    public Router router(Vertx vertx, List<Operation> operations) {
        Router router = Router.router(vertx);
        router.route().order(-1).handler(this::admit);
        for (Operation operation : operations) {
            String path = operation.path().replaceAll("\\{(\\w+)}", ":$1");
            router.route(operation.method(), path).handler(context -> run(operation, context));
            if (hasHead(operation)) router.route(HttpMethod.HEAD, path).handler(context -> run(operation, context));
        }
        router.errorHandler(400, context -> Replies.refuse(context, Replies.malformed()));
        router.errorHandler(404, context -> Replies.refuse(context, elsewhere.apply(context)));
        router.errorHandler(405, context -> {
            String allowed = allowed(operations, context.request().path());
            context.response().putHeader("Allow", allowed);
            Replies.refuse(context, Refusal.of(Code.methodNotAllowed, context.request().method() + " is not possible here (expected: " + allowed + ")", ""));
        });
        router.route().failureHandler(this::failed);
        return router;
    }

    /** What is read as a whole can be asked for its head alone; streams have none that tells anything. */
    private static boolean hasHead(Operation operation) {
        return operation.method().equals(HttpMethod.GET) && operation.action() instanceof Operation.Action.Answering;
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
        asOf.get().ifPresent(at -> context.response().putHeader("Concierge-As-Of", at.toString()));
        try {
            guard.checkCaller(request.isSSL(), request.headers().getAll("Host"), request.getHeader("Origin"));
            // Decoded here, so that what cannot be decoded is the client's mistake and not an operation's.
            context.queryParams();
        } catch (Refusal refusal) {
            refusals.note(Optional.empty(), request.remoteAddress().hostAddress(), request.method() + " " + request.path(), "", refusal.answer().code() + ": " + refusal.answer().title());
            Replies.refuse(context, refusal);
            return;
        } catch (IllegalArgumentException | HttpException e) {
            Replies.refuse(context, Replies.malformed());
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
            if (rule.isChange()) note(operation, context, rule, Optional.empty(), from, refusal);
            refuseCaller(context, refusal);
            return;
        }
        request.pause();
        Context connection = context.vertx().getOrCreateContext();
        Thread.ofVirtual().name("api-token").start(() -> {
            try {
                Tokens.Verdict verdict = guard.look(rule, String.valueOf(authorization), from);
                Caller caller = allowed(operation, context, rule, verdict, from);
                connection.runOnContext(_ -> next.accept(caller));
            } catch (Throwable failure) {
                Refusal refusal = Failures.refusal(failure);
                connection.runOnContext(_ -> refuseCaller(context, refusal));
            }
        });
    }

    /** Who is not let in is noted: when it was to change something, and whenever the token is no good. */
    private Caller allowed(Operation operation, RoutingContext context, Access.Rule rule, Tokens.Verdict verdict, String from) {
        try {
            return guard.caller(context.request().isSSL(), rule, verdict);
        } catch (Refusal refusal) {
            switch (verdict) {
                case Tokens.Verdict.Refused(_, Optional<TokenRecord> token) -> note(operation, context, rule, token, from, refusal);
                case Tokens.Verdict.Holder(Caller caller) -> {
                    if (rule.isChange()) note(operation, context, rule, caller.token(), from, refusal);
                }
            }
            throw refusal;
        }
    }

    private void note(Operation operation, RoutingContext context, Access.Rule rule, Optional<TokenRecord> who, String from, Refusal refusal) {
        String action = rule.isChange() ? rule.action() : operation.method() + " " + operation.path();
        refusals.note(who, from, action, target(operation, context), refusal.answer().code() + ": " + refusal.answer().title());
    }

    private void refuseCaller(RoutingContext context, Refusal refusal) {
        if (refusal.answer().status() == Code.unauthorized.status()) context.response().putHeader("WWW-Authenticate", "Bearer");
        Replies.refuse(context, refusal);
    }

    private void failed(RoutingContext context) {
        Throwable failure = context.failure();
        Refusal refusal = switch (context.statusCode()) {
            case 400 -> Replies.malformed();
            case 404 -> elsewhere.apply(context);
            default -> failure == null
                    ? Refusal.of(Code.badRequest, "the request was refused with " + context.statusCode(), "")
                    : Failures.refusal(failure);
        };
        Replies.refuse(context, refusal);
    }

    private void run(Operation operation, RoutingContext context) {
        admitted(operation, context, caller -> run(operation, new Asked(context, context.vertx().getOrCreateContext(), caller, access.apply(operation), trail(operation, context, caller))));
    }

    private Optional<Trail> trail(Operation operation, RoutingContext context, Caller caller) {
        Access.Rule rule = access.apply(operation);
        if (!rule.isChange()) return Optional.empty();
        return Optional.of(audit.begin(caller, rule.action(), target(operation, context)));
    }

    private static String target(Operation operation, RoutingContext context) {
        List<String> target = new ArrayList<>();
        Matcher names = PARAMETER.matcher(operation.path());
        while (names.find()) target.add(context.pathParam(names.group(1)));
        return String.join("/", target);
    }

    private void run(Operation operation, Asked asked) {
        switch (operation.action()) {
            case Operation.Action.Answering answering -> {
                Optional<RequestBody> body = asked.body();
                answer(asked, () -> answering.answer(asked.exchange(body)));
            }
            case Operation.Action.Receiving receiving -> {
                RequestBody body = asked.body(Blobs.MAX_BYTES);
                answer(asked, () -> receiving.receive(asked.exchange(), body));
            }
            case Operation.Action.Streaming action -> streaming.begin(asked, action, false);
            case Operation.Action.Enduring enduring -> streaming.begin(asked, enduring.streaming(), true);
            case Operation.Action.Either either -> {
                if (follows(asked.context())) streaming.begin(asked, either.streaming(), false);
                else answer(asked, () -> either.answering().answer(asked.exchange()));
            }
            case Operation.Action.Upgrading action -> upgrading.begin(asked, action);
        }
    }

    private static boolean follows(RoutingContext context) {
        List<String> follow = context.queryParam("follow");
        return !follow.isEmpty() && (follow.getFirst().isEmpty() || follow.getFirst().equals("true"));
    }

    private void answer(Asked asked, Asked.Work work) {
        if (!requests.tryAcquire()) {
            Replies.refuse(asked.context(), Replies.busy(ApiLimits.REQUESTS + " requests are at work"));
            return;
        }
        Thread.ofVirtual().name("api-request").start(() -> {
            try {
                Object result = asked.noted(audit, work);
                asked.connection().runOnContext(_ -> Replies.json(asked.context(), result));
            } catch (Throwable failure) {
                asked.refuse(Failures.refusal(failure));
            } finally {
                requests.release();
            }
        });
    }

    public void close() {
        streams.close();
    }
}
