package concierge.server.http;

import concierge.json.Json;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** Answers as they go over the wire. On the connection's context; an answer that has begun is left as it is. */
public final class Replies {
    /** A client that still sends what nobody reads gets so long to notice the answer. */
    private static final int LINGER_MILLIS = 1000;

    private Replies() {}

    static void json(RoutingContext context, Object result) {
        HttpServerResponse response = context.response();
        if (response.closed() || response.ended()) return;
        response.putHeader("Content-Type", "application/json; charset=utf-8").putHeader("Cache-Control", "no-store");
        if (context.request().method().equals(HttpMethod.HEAD)) response.end();
        else if (result instanceof Prepared prepared) response.setStatusCode(prepared.status()).end(prepared.body());
        else response.end(Json.write(result));
    }

    static void refuse(RoutingContext context, Refusal refusal) {
        write(context.request(), context.response(), refusal);
    }

    /** A request that is no HTTP, or exceeds a limit of its head. */
    public static void invalid(HttpServerRequest request) {
        var failure = request.decoderResult().cause();
        String what = failure == null ? "malformed" : failure.getClass().getSimpleName();
        Refusal refusal = what.contains("TooLong")
                ? Refusal.of(Code.tooLarge, "the request's head is too large", "at most " + ApiLimits.HEADER_BYTES + " bytes of headers")
                : Refusal.of(Code.badRequest, "the request is no HTTP", "");
        write(request, request.response().putHeader("Connection", "close"), refusal);
        request.connection().close();
    }

    private static void write(HttpServerRequest request, HttpServerResponse response, Refusal refusal) {
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

    static Refusal malformed() {
        return Refusal.of(Code.badRequest, "the request is malformed (expected: a path and query that can be decoded)", "");
    }

    static Refusal unknownPath(RoutingContext context) {
        return Refusal.of(Code.notFound, "no such path: " + context.request().path(), "/v1/openapi.json lists all there are");
    }

    static Refusal busy(String what) {
        return Refusal.of(Code.busy, what, "try again in a moment");
    }

    static Refusal tooManyStreams() {
        return busy(ApiLimits.STREAMS + " streams are open");
    }
}
