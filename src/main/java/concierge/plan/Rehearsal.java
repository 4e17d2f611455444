package concierge.plan;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Endpoint;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.MoveView;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A view that a plan was carried out on, as the store and well-behaved agents would do it: for looking
 * ahead, and for tests. Start with {@link #of}, change it, ask for {@link #view}. Single-threaded.
 */
public final class Rehearsal {
    /** Made-up host ports of made-up endpoints start here; each instance of a host gets its own. */
    private static final int FIRST_PORT = 20_000;

    private final View start;
    private long revision;
    private final Map<ServiceId, ServiceView> services = new HashMap<>();
    private final Map<String, HostView> hosts = new HashMap<>();
    private final Map<String, @Nullable Deployment> deployments = new HashMap<>();
    private final Map<String, StackRecord> stacks = new HashMap<>();

    private final Map<ServiceId, SortedMap<Integer, MoveView>> moves = new HashMap<>();

    private Rehearsal(View start) {
        this.start = start;
        this.revision = start.revision();
    }

    public static Rehearsal of(View view) {
        return new Rehearsal(view);
    }

    /** What stands in the state after the plan's commits. */
    public Rehearsal commit(Plan plan) {
        for (Action action : plan.actions()) commit(action);
        return this;
    }

    private void commit(Action action) {
        revision++;
        switch (action) {
            case Action.Place place -> place(place);
            case Action.Stop stop -> change(stop.assignment().instance(), instance -> new InstanceView(
                    stop.assignment(), instance.generation(), instance.spec(), instance.status(), instance.endpoints(),
                    instance.container(), instance.failures()));
            case Action.Release release -> change(release.instance(), _ -> null);
            case Action.Unpin unpin -> pin(unpin.instance(), null);
            case Action.Note note -> note(note.instance(), note.text());
            case Action.EndMove end -> endMove(end.move().instance());
            case Action.Withdraw withdraw -> {
                ServiceView old = service(withdraw.service());
                services.put(old.id(), new ServiceView(
                        old.id(), Optional.empty(), Optional.empty(), old.instances(), old.pins(), old.pending()));
            }
            case Action.Conclude conclude -> conclude(conclude.deployment());
        }
    }

    private void endMove(InstanceId id) {
        SortedMap<Integer, MoveView> left = new TreeMap<>(moves.getOrDefault(id.service(), start.moves(id.service())));
        left.remove(id.n());
        moves.put(id.service(), left);
    }

    private SharedMap<ServiceId, SortedMap<Integer, MoveView>> moves() {
        Map<ServiceId, @Nullable SortedMap<Integer, MoveView>> left = new HashMap<>();
        moves.forEach((id, of) -> left.put(id, of.isEmpty() ? null : of));
        return start.moves().with(left);
    }

    private void conclude(Deployment ended) {
        deployments.put(ended.stack(), null);
        StackRecord stack = start.stacks().find(ended.stack());
        if (ended.takesDomains() && stack != null) stacks.put(ended.stack(), stack.withPrimary(ended.tag()));
    }

    private void place(Action.Place place) {
        Assignment assignment = place.assignment();
        InstanceId id = assignment.instance();
        ServiceSpec spec = service(id.service()).spec().orElseThrow();
        put(id, new InstanceView(assignment, revision, spec, Optional.empty(), List.of(), "", 0));
        note(id, "");
        if (place.pin()) pin(id, assignment.host());
    }

    /** All agents of hosts that are there do what they were told, and it goes well. */
    public Rehearsal succeed(Iterable<ServiceId> ids, Instant now) {
        for (ServiceId id : ids) {
            for (InstanceView instance : List.copyOf(service(id).instances().values())) succeed(instance, now);
        }
        return this;
    }

    private void succeed(InstanceView instance, Instant now) {
        if (instance.state().isFinal() || !isPresent(instance.host())) return;
        if (instance.isStopping()) report(instance.id(), InstanceState.stopped, now);
        else if (instance.assignment().kind() instanceof RunKind.ToCompletion) report(instance.id(), InstanceState.completed, now);
        else if (!instance.isReady()) report(instance.id(), InstanceState.ready, now);
    }

    private boolean isPresent(String name) {
        HostView host = host(name);
        return host.isPresent();
    }

    /** An agent reports a state. */
    public Rehearsal report(InstanceId id, InstanceState state, Instant now) {
        revision++;
        change(id, instance -> {
            List<Endpoint> endpoints = state == InstanceState.ready ? endpoints(instance) : List.of();
            SortedMap<String, String> ports = new TreeMap<>(instance.status().map(Status::ports).orElse(new TreeMap<>()));
            for (Endpoint endpoint : endpoints) ports.put(endpoint.port().key(), endpoint.target());
            Status status = new Status(
                    instance.generation(), state, now, "", Optional.empty(), 0, false, false, "", ports, List.of());
            return new InstanceView(
                    instance.assignment(), instance.generation(), instance.spec(), Optional.of(status), endpoints,
                    instance.container(), instance.failures());
        });
        return this;
    }

    private List<Endpoint> endpoints(InstanceView instance) {
        String address = host(instance.host()).record().map(record -> record.addresses().getFirst()).orElse("127.0.0.1");
        List<Endpoint> endpoints = new ArrayList<>();
        for (Port port : instance.spec().ports()) {
            int made = FIRST_PORT + Math.floorMod(instance.id().hashCode() * 31 + port.container(), 40_000);
            endpoints.add(new Endpoint(instance.id(), port, address, port.host().orElse(made)));
        }
        return endpoints;
    }

    private interface Change {
        @Nullable InstanceView apply(InstanceView instance);
    }

    private void change(InstanceId id, Change change) {
        InstanceView old = service(id.service()).instances().find(id.n());
        if (old == null) return;
        count(old, -1);
        put(id, change.apply(old));
    }

    private void put(InstanceId id, @Nullable InstanceView now) {
        ServiceView old = service(id.service());
        services.put(id.service(), old.with(old.instances().with(id.n(), now)));
        if (now != null) count(now, 1);
    }

    private void count(InstanceView instance, int sign) {
        if (!instance.occupies()) return;
        HostView old = host(instance.host());
        Resources needs = instance.spec().resources();
        Resources used = new Resources(
                old.used().cpuMillis() + sign * needs.cpuMillis(), old.used().memoryBytes() + sign * needs.memoryBytes());
        SortedMap<String, InstanceId> ports = new TreeMap<>(old.hostPorts());
        for (String port : Request.hostPorts(instance.spec())) {
            if (sign > 0) ports.put(port, instance.id());
            else ports.remove(port, instance.id());
        }
        hosts.put(old.name(), new HostView(
                old.name(), old.record(), old.lost(), old.stopped(), used, old.instances() + sign, ports));
    }

    private void pin(InstanceId id, @Nullable String host) {
        ServiceView old = service(id.service());
        SortedMap<Integer, String> pins = new TreeMap<>(old.pins());
        if (host == null) pins.remove(id.n());
        else pins.put(id.n(), host);
        services.put(old.id(), new ServiceView(old.id(), old.intent(), old.spec(), old.instances(), pins, old.pending()));
    }

    private void note(InstanceId id, String text) {
        ServiceView old = service(id.service());
        if (text.equals(old.pending().getOrDefault(id.n(), ""))) return;
        SortedMap<Integer, String> pending = new TreeMap<>(old.pending());
        if (text.isEmpty()) pending.remove(id.n());
        else pending.put(id.n(), text);
        services.put(old.id(), new ServiceView(old.id(), old.intent(), old.spec(), old.instances(), old.pins(), pending));
    }

    private ServiceView service(ServiceId id) {
        ServiceView changed = services.get(id);
        if (changed != null) return changed;
        ServiceView old = start.services().find(id);
        return old == null ? ServiceView.empty(id) : old;
    }

    private HostView host(String name) {
        HostView changed = hosts.get(name);
        if (changed != null) return changed;
        HostView old = start.hosts().find(name);
        return old == null ? HostView.empty(name) : old;
    }

    /** What came of it; dirty is what was changed. */
    public View view() {
        SharedMap<String, Deployment> left = deployments.isEmpty() ? start.deployments() : start.deployments().with(deployments);
        return new View(
                revision,
                start.services().with(services),
                start.hosts().with(hosts),
                left,
                stacks.isEmpty() ? start.stacks() : start.stacks().with(stacks),
                moves.isEmpty() ? start.moves() : moves(),
                new TreeSet<>(services.keySet()));
    }
}
