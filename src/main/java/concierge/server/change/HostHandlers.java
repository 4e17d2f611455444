package concierge.server.change;

import concierge.control.Forecast;
import concierge.control.Wish;
import concierge.model.HostView;
import concierge.model.InstanceView;
import concierge.model.Loss;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.server.answer.Shown;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Chunks;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What people say about hosts: that one takes nothing new, that it is to be emptied, that it never comes back. */
public final class HostHandlers {
    private final Store store;
    private final LiveView live;

    private final UnaryOperator<View> judged;
    private final InstantSource clock;

    /** @param judged a view as the leader would plan from */
    public HostHandlers(Store store, LiveView live, UnaryOperator<View> judged, InstantSource clock) {
        this.store = store;
        this.live = live;
        this.judged = judged;
        this.clock = clock;
    }

    record CordonRequest(boolean drain) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/hosts/{name}/drain", this::drained),
                Operation.post("/v1/hosts/{name}/cordon", this::cordon),
                Operation.delete("/v1/hosts/{name}/cordon", this::uncordon),
                Operation.delete("/v1/hosts/{name}", this::forget));
    }

    record Stays(String instance, String because) {}

    /**
     * @param leaving so many instances
     * @param complete false: it goes on past what is told
     */
    record Drained(String host, int leaving, List<Forecast.Step> steps, List<Stays> stays, boolean complete) {}

    /** What draining a host would do. */
    private Drained drained(Exchange exchange) {
        View view = judged.apply(live.view());
        String host = known(view, exchange.path("name")).name();
        Forecast forecast = Forecast.of(view, Wish.drain(host), clock.instant());
        List<Stays> stays = forecast.refusals().stream().map(it -> new Stays(it.instance().path(), it.reason())).toList();
        long there = Shown.services(view, _ -> true).stream()
                .flatMap(service -> service.instances().values().stream())
                .filter(it -> it.host().equals(host) && it.occupies() && !it.isStopping())
                .count();
        return new Drained(host, (int) Math.max(0, there - stays.size()), forecast.steps(), stays, forecast.complete());
    }

    private Map<String, Object> cordon(Exchange exchange) {
        String host = known(live.view(), exchange.path("name")).name();
        String word = exchange.body(CordonRequest.class).drain() ? "drain" : "cordon";
        long revision = Commits.retried(store, host, () -> Transaction.id(Commits.id(word)).put(Keys.cordon(host), word).build());
        return Map.of("host", host, "revision", revision);
    }

    private Map<String, Object> uncordon(Exchange exchange) {
        String host = known(live.view(), exchange.path("name")).name();
        long revision = Commits.retried(store, host, () -> Transaction.id(Commits.id("uncordon")).delete(Keys.cordon(host)).delete(Keys.flapping(host)).build());
        return Map.of("host", host, "revision", revision);
    }

    private static HostView known(View view, String name) {
        return view.host(name).orElseThrow(() -> Refusal.notFound("host", name, view.hosts().sortedKeys()));
    }

    /**
     * Gives up all that waits for a host. It is the leader who assigns; here assignments are only ended, each
     * compared with its generation, and none while the host is there.
     */
    private Map<String, Object> forget(Exchange exchange) throws InterruptedException {
        HostView host = known(live.view(), exchange.path("name"));
        View view = stopped(host.name());
        if (isThere(view, host.name())) {
            throw Refusal.of(Code.conflict, "host " + host.name() + " is there (expected: one that is gone for good)",
                    "concierge drain " + host.name() + " moves away what runs there");
        }
        Chunks chunks = new Chunks(Commits.id("forget"), to -> to.absent(Keys.host(host.name())));
        for (Entry pin : Listing.all(store, Keys.FIXED)) {
            if (!pin.value().text().equals(host.name())) continue;
            chunks.add(to -> to.compare(pin.key(), Transaction.Field.modified, pin.modified()).delete(pin.key()));
        }
        List<String> instances = new ArrayList<>();
        for (ServiceView service : Shown.services(view, _ -> true)) {
            for (InstanceView instance : service.instances().values()) {
                if (!instance.host().equals(host.name())) continue;
                chunks.add(to -> Writes.release(to, instance.id(), host.name(), instance.generation(), instance.endpoints()));
                instances.add(instance.id().path());
            }
        }
        chunks.add(to -> to.delete(Keys.cordon(host.name())).delete(Keys.flapping(host.name())));
        for (Transaction transaction : chunks.build()) commit(host.name(), transaction);
        return Map.of("host", host.name(), "instances", instances);
    }

    private static boolean isThere(View view, String host) {
        return view.host(host).flatMap(HostView::record).isPresent();
    }

    /**
     * The view once nothing that must not run twice can run there any more. Whoever says that a host is gone for good may
     * see no more of it than we do: one that is merely cut off gets the time in which it stops such instances by itself.
     */
    private View stopped(String host) throws InterruptedException {
        long deadline = System.nanoTime() + Loss.STOPPED_AFTER.toNanos();
        View view = live.view();
        for (long left = deadline - System.nanoTime(); left > 0 && !isThere(view, host) && mayRunTwice(view, host); left = deadline - System.nanoTime()) {
            live.await(view.revision() + 1, Duration.ofNanos(left));
            view = live.view();
        }
        return view;
    }

    private static boolean mayRunTwice(View view, String host) {
        return Shown.services(view, _ -> true).stream()
                .flatMap(service -> service.instances().values().stream())
                .anyMatch(instance -> instance.host().equals(host) && instance.spec().stopsWhenLost() && instance.occupies());
    }

    private void commit(String host, Transaction transaction) {
        switch (Commits.settled(store, transaction)) {
            case CommitResult.Committed _ -> {
                // The leader places elsewhere what is still wanted.
            }
            case CommitResult.Conflict(String key) -> throw Refusal.of(
                    Code.conflict, key.equals(Keys.host(host)) ? "host " + host + " came back" : "host " + host + " is being changed by others (" + key + ")", "look again: concierge hosts");
            case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
        }
    }
}
