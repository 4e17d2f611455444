package concierge.server.router;

import concierge.model.NameTable;
import concierge.model.RouteTable;
import concierge.model.View;
import concierge.server.http.EventStream;
import concierge.server.http.Operation;
import concierge.state.LiveView;
import concierge.state.Routes;
import concierge.state.ServiceNames;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What routers and name servers ask for and report. */
public final class RouteHandlers {
    /** Without changes the table is sent again this often, so that a router's acknowledgement stays fresh. */
    private static final Duration REPEAT = Duration.ofSeconds(10);

    private final LiveView live;
    private final Acks acks;
    private final String installation;
    private final String sites;

    public RouteHandlers(LiveView live, Acks acks, String installation, String sites) {
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

    public List<Operation> operations() {
        return List.of(
                Operation.follow("/v1/routes", _ -> routes(live.view()), (_, stream) -> follow(stream, "routes", this::routes)),
                Operation.follow("/v1/names", _ -> names(live.view()), (_, stream) -> follow(stream, "names", this::names)),
                Operation.post("/v1/routes/ack", exchange -> {
                    AckRequest request = exchange.body(AckRequest.class);
                    acks.acknowledge(request.router(), request.revision());
                    return Map.of("acknowledged", request.revision());
                }));
    }

    private RouteTable routes(View view) {
        return Routes.of(view, installation, sites);
    }

    private NameTable names(View view) {
        return ServiceNames.of(view, installation);
    }

    /** Every revision is told, also those that change nothing here: agents wait for a revision, not for a change. */
    private void follow(EventStream stream, String event, Function<View, ?> table) throws InterruptedException {
        while (true) {
            View view = live.view();
            if (!stream.send(event, table.apply(view))) return;
            live.await(view.revision() + 1, REPEAT);
        }
    }
}
