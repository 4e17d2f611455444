package concierge.router;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * Closes a connection whose client takes too long over the head of its next request. Connections are
 * counted; without this, whoever opens many and sends nothing keeps everybody else out. While a request is
 * under way, or an upgraded connection is open, other limits hold. One a connection, on its event loop.
 */
final class Patience {
    private static final long NONE = -1;

    private final Vertx vertx;
    private final HttpConnection connection;
    private final Duration limit;
    private long timer = NONE;
    private int underWay;
    private boolean ended;

    Patience(Vertx vertx, HttpConnection connection, Duration limit) {
        this.vertx = vertx;
        this.connection = connection;
        this.limit = limit;
        begin();
    }

    /** A head is there; patience begins anew when it is answered. */
    void asked(HttpServerResponse response) {
        underWay++;
        cancel();
        response.endHandler(_ -> {
            if (--underWay == 0) begin();
        });
    }

    /** The connection is closed. */
    void end() {
        ended = true;
        cancel();
    }

    private void begin() {
        if (!ended) timer = vertx.setTimer(limit.toMillis(), _ -> connection.close());
    }

    private void cancel() {
        if (timer != NONE) vertx.cancelTimer(timer);
        timer = NONE;
    }
}
