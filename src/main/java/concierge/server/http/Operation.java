package concierge.server.http;

import concierge.server.refusal.Refusal;
import io.vertx.core.http.HttpMethod;

/**
 * One path of the API with its method.
 *
 * @param path as in the OpenAPI document: {@code /v1/stack/{stack}}; {@link Access} says who may
 */
public record Operation(HttpMethod method, String path, Action action) {

    /** What an operation does, on a virtual thread; {@link Refusal}s end it with a problem. */
    public sealed interface Action {
        /** Answers with an object as JSON. */
        non-sealed interface Answering extends Action {
            Object answer(Exchange exchange) throws Exception;
        }

        /** Answers with server-sent events until it returns or the client is gone (then it is interrupted). */
        non-sealed interface Streaming extends Action {
            void stream(Exchange exchange, EventStream events) throws Exception;
        }

        /** As {@link Streaming}, but a client that goes away ends only the telling. */
        record Enduring(Streaming streaming) implements Action {}

        /** Answers with an object, or with events when the query says {@code follow}. */
        record Either(Answering answering, Streaming streaming) implements Action {}

        /** Takes a body of any size as it comes. */
        non-sealed interface Receiving extends Action {
            Object receive(Exchange exchange, RequestBody body) throws Exception;
        }

        /** Becomes a WebSocket once {@code prepare} did not refuse. */
        non-sealed interface Upgrading extends Action {
            ExecSocket.Conversation prepare(Exchange exchange) throws Exception;
        }
    }

    public static Operation get(String path, Action.Answering action) {
        return new Operation(HttpMethod.GET, path, action);
    }

    public static Operation stream(String path, Action.Streaming action) {
        return new Operation(HttpMethod.GET, path, action);
    }

    public static Operation follow(String path, Action.Answering once, Action.Streaming following) {
        return new Operation(HttpMethod.GET, path, new Action.Either(once, following));
    }

    public static Operation post(String path, Action.Answering action) {
        return new Operation(HttpMethod.POST, path, action);
    }

    public static Operation work(String path, Action.Streaming action) {
        return new Operation(HttpMethod.POST, path, new Action.Enduring(action));
    }

    public static Operation put(String path, Action.Answering action) {
        return new Operation(HttpMethod.PUT, path, action);
    }

    public static Operation delete(String path, Action.Answering action) {
        return new Operation(HttpMethod.DELETE, path, action);
    }
}
