package concierge.server;

import concierge.model.RouteTable;
import concierge.model.View;
import concierge.state.LiveView;
import concierge.state.Routes;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What routers ask for and report. */
final class RouteHandlers {
    /** Without changes the table is sent again this often, so that a router's acknowledgement stays fresh. */
    private static final Duration REPEAT = Duration.ofSeconds(10);

    private final LiveView live;
    private final Acks acks;
    private final String installation;
    private final String sites;

    RouteHandlers(LiveView live, Acks acks, String installation, String sites) {
        this.live = live;
        this.acks = acks;
        this.installation = installation;
        this.sites = sites;
    }

    record AckRequest(String router, long revision) {
        AckRequest {
            if (router == null || router.isBlank() || router.length() > 200) throw new IllegalArgumentException("router: absent (expected: its name)");
        }
    }

    List<Operation> operations() {
        return List.of(
                Operation.follow("/v1/routes", _ -> table(), this::follow),
                Operation.post("/v1/routes/ack", exchange -> {
                    AckRequest request = exchange.body(AckRequest.class);
                    acks.acknowledge(request.router(), request.revision());
                    return Map.of("acknowledged", request.revision());
                }));
    }

    private RouteTable table() {
        return Routes.of(live.view(), installation, sites);
    }

    private void follow(Exchange exchange, EventStream stream) throws InterruptedException {
        while (true) {
            View view = live.view();
            // Every revision is told, also those that change no route: agents wait for a revision, not for a change.
            if (!stream.send("routes", Routes.of(view, installation, sites))) return;
            live.await(view.revision() + 1, REPEAT);
        }
    }
}
