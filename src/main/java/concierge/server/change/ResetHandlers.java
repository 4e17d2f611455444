package concierge.server.change;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.model.HostView;
import concierge.model.View;
import concierge.peer.Clearing;
import concierge.peer.Peers;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.instance.Executors;
import concierge.server.records.Listing;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a reset leaves nothing of: images, networks and volumes of the installation on every host, and its other members. The
 * stacks are down by then. Doing it again is harmless. This server's own end, and the state's, are the client's to bring about.
 */
public final class ResetHandlers {
    private final String installation;
    private final Store store;
    private final LiveView live;
    private final Executors executors;
    private final Optional<Peers> peers;

    public ResetHandlers(String installation, Store store, LiveView live, Executors executors, Optional<Peers> peers) {
        this.installation = installation;
        this.store = store;
        this.live = live;
        this.executors = executors;
        this.peers = peers;
    }

    /** @param members whether all other servers and agents end, and empty their homes */
    record ResetRequest(boolean volumes, boolean members) {}

    record Cleared(String host, List<String> removed, List<String> kept) {}

    /** @param reason why nobody could be asked */
    record Away(String host, String reason) {}

    /** A server or agent that did not leave. */
    record Staying(String member, String reason) {}

    record Done(List<Cleared> hosts, List<Away> away, List<Staying> staying) {}

    public List<Operation> operations() {
        return List.of(Operation.post("/v1/reset", this::reset));
    }

    private Done reset(Exchange exchange) throws InterruptedException {
        ResetRequest request = exchange.body(ResetRequest.class);
        // An engine that is away matters only if images may be left on it.
        boolean built = !Listing.all(store, Keys.IMAGES).isEmpty();
        List<Cleared> cleared = new ArrayList<>();
        List<Away> away = new ArrayList<>();
        View view = live.view();
        for (String host : executors.hosts(view)) {
            try {
                Clearing.Cleared done = clear(view, host, request.volumes());
                List<String> kept = new ArrayList<>(done.kept());
                if (built) kept.addAll(done.silent());
                cleared.add(new Cleared(host, done.removed(), kept));
            } catch (ExecutorException e) {
                away.add(new Away(host, String.valueOf(e.getMessage())));
            }
        }
        for (String host : view.hosts().sortedKeys()) {
            if (view.host(host).filter(HostView::isPresent).isEmpty()) away.add(new Away(host, "it is not there"));
        }
        List<Staying> staying = new ArrayList<>();
        if (request.members() && peers.isPresent()) peers.get().dismiss(request.volumes()).forEach((member, reason) -> staying.add(new Staying(member, reason)));
        return new Done(cleared, away, staying);
    }

    private Clearing.Cleared clear(View view, String host, boolean volumes) {
        List<Executor> found = executors.of(view, host);
        if (executors.areHere(found)) return Clearing.clear(found, installation, volumes);
        return peers.orElseThrow(() -> new ExecutorException(ExecutorException.Kind.unavailable, "this server asks no others")).clear(host, volumes);
    }
}
