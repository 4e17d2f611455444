package concierge.server.queue;

import concierge.config.Setting;
import concierge.config.Settings;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.ServiceView;
import concierge.model.Status;
import concierge.model.View;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.instance.Executors;
import concierge.server.records.Commits;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.portier.Claim;
import concierge.source.portier.Claims;
import concierge.source.portier.Standing;
import concierge.source.portier.TaskTypes;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What this installation runs for a queue, and how; and that it is to give everything back. */
public final class PortierHandlers {
    private final Store store;
    private final LiveView live;
    private final TaskTypes types;
    private final Function<Setting<String>, String> settings;
    private final ProgressReader progress;

    public PortierHandlers(Store store, LiveView live, TaskTypes types, Function<Setting<String>, String> settings, Executors executors) {
        this.store = store;
        this.live = live;
        this.types = types;
        this.settings = settings;
        this.progress = new ProgressReader(executors);
    }

    /**
     * @param state of its instance; {@code pending} while it has none
     * @param progress what its worker said of it last; empty: nothing, or it does not run
     */
    record Task(
            String task, String type, String identity, String instance, String host, String state, Optional<Instant> since, String reason, int restarts, List<String> lastLog,
            Optional<Progress> progress) {}

    /**
     * @param endpoint of the queue that tasks are claimed of; empty: of none
     * @param drained it was asked that everything is given back
     * @param idle that is done
     * @param trouble with the queue; empty: it answers
     * @param unclaimed some of what is available and not claimed here, and why
     * @param more of those, not listed
     */
    record Tasks(String endpoint, String identity, boolean drained, boolean idle, String trouble, List<Task> tasks, List<Standing.Unclaimed> unclaimed, int more) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/portier/types", _ -> types.shown()),
                Operation.get("/v1/portier/tasks", this::tasks),
                Operation.post("/v1/portier/drain", _ -> {
                    requireQueue();
                    return drain(true);
                }),
                Operation.delete("/v1/portier/drain", _ -> drain(false)));
    }

    private Tasks tasks(Exchange exchange) {
        View view = live.view();
        Map<Claim, Optional<InstanceView>> instances = new LinkedHashMap<>();
        Claims.all(store).stream().sorted(Comparator.comparing(Claim::type).thenComparing(Claim::task)).forEach(claim -> instances.put(claim, instance(view, claim)));
        List<InstanceView> running = instances.values().stream().flatMap(Optional::stream).filter(it -> it.state() == InstanceState.running || it.state() == InstanceState.ready).toList();
        Map<InstanceId, Progress> said = exchange.flag("progress", true) ? progress.of(view, running) : Map.of();
        List<Task> tasks = new ArrayList<>();
        instances.forEach((claim, instance) -> tasks.add(task(claim, view.service(claim.service()), instance, instance.map(it -> said.get(it.id())))));
        String endpoint = settings.apply(Settings.PORTIER_ENDPOINT);
        // What was told by one that claimed, before somebody took its queue away, is no news.
        Standing standing = endpoint.isEmpty() ? new Standing("", true, List.of(), 0) : Standing.read(store);
        return new Tasks(endpoint, settings.apply(Settings.PORTIER_IDENTITY), store.find(Keys.DRAINED).isPresent(), standing.drained() && tasks.isEmpty(), standing.trouble(), tasks,
                standing.unclaimed(), standing.more());
    }

    private void requireQueue() {
        if (!settings.apply(Settings.PORTIER_ENDPOINT).isEmpty()) return;
        throw Refusal.of(Code.conflict, "this server claims tasks of no queue: portier.endpoint is not set", "set it (http://portier:8080) and start the server anew; concierge portier tasks shows what was claimed before");
    }

    private static Optional<InstanceView> instance(View view, Claim claim) {
        return view.service(claim.service()).flatMap(it -> it.instances().values().stream().max(Comparator.comparingLong(InstanceView::generation)));
    }

    private static Task task(Claim claim, Optional<ServiceView> service, Optional<InstanceView> instance, Optional<Progress> progress) {
        Optional<Status> status = instance.flatMap(InstanceView::status);
        String pending = service.flatMap(it -> it.pending().values().stream().findFirst()).orElse("");
        String reason = claim.leaving().isEmpty() ? status.map(Status::reason).orElse(pending) : "is given back: " + claim.leaving();
        return new Task(
                claim.task(), claim.type(), claim.identity(), instance.map(it -> it.id().path()).orElse(""), instance.map(InstanceView::host).orElse(""),
                instance.map(InstanceView::state).map(InstanceState::name).orElse("pending"), status.map(Status::since), reason,
                status.map(Status::restarts).orElse(0), status.map(Status::lastLog).orElse(List.of()), progress);
    }

    private Map<String, Object> drain(boolean on) {
        long revision = Commits.retried(store, "portier", () -> {
            Transaction.Builder to = Transaction.id(Commits.id("portier-drain"));
            return (on ? to.put(Keys.DRAINED, "") : to.delete(Keys.DRAINED)).build();
        });
        return Map.of("drained", on, "revision", revision);
    }
}
