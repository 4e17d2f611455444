package concierge.server.http;

import concierge.security.access.Audit;
import concierge.security.access.Caller;
import concierge.security.access.Trail;
import concierge.server.refusal.Refusal;
import io.vertx.core.Context;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Optional;

/**
 * A request whose caller may ask it.
 *
 * @param connection where its answer is written; taken on the connection itself
 * @param trail its place in the audit, if it is a change
 */
record Asked(RoutingContext context, Context connection, Caller caller, Access.Rule rule, Optional<Trail> trail) {
    /** What is done for a request, on a thread that may block. */
    interface Work {
        Object run() throws Exception;
    }

    /** What only reads takes no body: one that is announced and never comes must not hold a place. To be called on the connection. */
    Optional<RequestBody> body() {
        HttpMethod method = context.request().method();
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) return Optional.empty();
        return Optional.of(body(ApiLimits.BODY_BYTES));
    }

    RequestBody body(long limit) {
        return new RequestBody(connection, context.request(), limit);
    }

    Exchange exchange() {
        return new Exchange(caller, context.pathParams(), context.queryParams(), new byte[0]);
    }

    Exchange exchange(Optional<RequestBody> body) throws IOException {
        return new Exchange(caller, context.pathParams(), context.queryParams(), body.isEmpty() ? new byte[0] : body.get().readAllBytes());
    }

    void refuse(Refusal refusal) {
        connection.runOnContext(_ -> Replies.refuse(context, refusal));
    }

    /** Does it; a change is noted with its outcome. */
    Object noted(Audit audit, Work work) throws Exception {
        if (trail.isEmpty()) return work.run();
        try {
            Object result = Audit.during(trail.get(), work::run);
            audit.done(trail.get());
            return result;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | Error failure) {
            Refusal refusal = Failures.refusal(failure);
            audit.failed(trail.get(), refusal.answer().code() + ": " + refusal.answer().title());
            throw refusal;
        }
    }
}
