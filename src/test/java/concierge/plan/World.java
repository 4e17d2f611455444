package concierge.plan;

import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Move;
import concierge.model.MoveView;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.Update;
import concierge.model.View;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A small world to plan in: hosts and intents by hand, plans carried out by {@link Rehearsal}. */
public final class World {
    public static final long MIB = 1 << 20;
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Planner planner = new Planner();
    private final Ripple ripple = new Ripple();
    private final SortedSet<ServiceId> unplanned = new TreeSet<>();
    private View view = View.EMPTY;
    public Instant now = START;

    public View view() {
        return view;
    }

    public static Digest digest(ServiceSpec spec) {
        return Digest.of(spec.toString());
    }

    public static ServiceId id(String path) {
        return ServiceId.parse(path);
    }

    /** A host with Docker; memory 0: unlimited. */
    public World host(String name, long memoryMib, String... tags) {
        return host(new HostRecord(
                name, List.of("10.0.0." + (view.hosts().size() + 1)), Set.of(tags), new Resources(0, memoryMib * MIB),
                Set.of(ExecutorKind.docker), false));
    }

    public World host(HostRecord record) {
        HostView old = view.host(record.name()).orElse(HostView.empty(record.name()));
        return put(new HostView(
                record.name(), Optional.of(record), false, old.used(), old.instances(), old.hostPorts()));
    }

    public World changeHost(String name, UnaryOperator<HostRecord> change) {
        return host(change.apply(view.host(name).orElseThrow().record().orElseThrow()));
    }

    public World away(String name, boolean lost) {
        HostView old = view.host(name).orElseThrow();
        return put(new HostView(name, Optional.empty(), lost, old.used(), old.instances(), old.hostPorts()));
    }

    /** What stops when lost has stopped on a lost host. */
    public World stopped(String name) {
        HostView old = view.host(name).orElseThrow();
        return put(new HostView(name, Optional.empty(), true, true, old.used(), old.instances(), old.hostPorts()));
    }

    private World put(HostView host) {
        view = new View(view.revision() + 1, view.services(), view.hosts().with(Map.of(host.name(), host)),
                view.deployments(), view.stacks(), view.moves(), view.dirty());
        return this;
    }

    public World want(String service, ServiceSpec spec, int scale) {
        Intent old = view.service(id(service)).flatMap(ServiceView::intent).orElse(Intent.of(digest(spec), scale, "1"));
        return want(service, spec, old.withSpec(digest(spec), scale, "1"));
    }

    public World want(String service, ServiceSpec spec, Intent intent) {
        ServiceView old = service(service);
        return put(new ServiceView(
                old.id(), Optional.of(intent), Optional.of(spec), old.instances(), old.pins(), old.pending()));
    }

    public World intent(String service, UnaryOperator<Intent> change) {
        ServiceView old = service(service);
        return want(service, old.spec().orElseThrow(), change.apply(old.intent().orElseThrow()));
    }

    public World drop(String service) {
        ServiceView old = service(service);
        return put(new ServiceView(
                old.id(), Optional.empty(), Optional.empty(), old.instances(), old.pins(), old.pending()));
    }

    public ServiceView service(String service) {
        return view.service(id(service)).orElse(ServiceView.empty(id(service)));
    }

    private World put(ServiceView service) {
        TreeSet<ServiceId> dirty = new TreeSet<>(view.dirty());
        dirty.add(service.id());
        view = new View(view.revision() + 1, view.services().with(Map.of(service.id(), service)), view.hosts(),
                view.deployments(), view.stacks(), view.moves(), dirty);
        return this;
    }

    public World stack(String name, String primary) {
        view = new View(view.revision() + 1, view.services(), view.hosts(), view.deployments(),
                view.stacks().with(Map.of(name, new StackRecord(name, "", List.of(), primary, new TreeMap<>()))), view.moves(), view.dirty());
        return this;
    }

    public World deployment(Deployment deployment) {
        view = new View(view.revision() + 1, view.services(), view.hosts(),
                view.deployments().with(Map.of(deployment.stack(), deployment)), view.stacks(), view.moves(), view.dirty());
        return this;
    }

    private int moves;

    /** Somebody asked for it. */
    public World move(String instance, String to, int atOnce) {
        InstanceView old = instance(instance);
        Move move = new Move(old.id(), old.generation(), old.host(), to, ++moves, atOnce, Move.Outcome.active, "");
        return move(old.id(), new MoveView(move, view.revision() + 1));
    }

    public World unmove(String instance) {
        return move(InstanceId.parse(instance), null);
    }

    private World move(InstanceId id, @Nullable MoveView move) {
        SortedMap<Integer, MoveView> all = new TreeMap<>(view.moves(id.service()));
        if (move == null) all.remove(id.n());
        else all.put(id.n(), move);
        Map<ServiceId, @Nullable SortedMap<Integer, MoveView>> change = new HashMap<>();
        change.put(id.service(), all.isEmpty() ? null : all);
        view = new View(view.revision() + 1, view.services(), view.hosts(), view.deployments(), view.stacks(), view.moves().with(change), view.dirty());
        return this;
    }

    /** What the planner says of all that changed, or waits, since it was asked last. */
    public Plan plan() {
        unplanned.addAll(view.dirty());
        unplanned.addAll(ripple.reach(view));
        return planner.plan(with(new TreeSet<>(unplanned)), now);
    }

    public View with(SortedSet<ServiceId> dirty) {
        return view.withDirty(dirty);
    }

    /** Plans once and commits. */
    public Plan pass() {
        Plan plan = plan();
        unplanned.clear();
        view = Rehearsal.of(view).commit(plan).view();
        return plan;
    }

    /** As {@link #pass}, of all that is to move: an instant may have come that was waited for. */
    public Plan again() {
        view.moves().forEach((id, _) -> unplanned.add(id));
        return pass();
    }

    /** All agents do as they were told. */
    public World succeed() {
        now = now.plusSeconds(1);
        view = Rehearsal.of(view).succeed(view.services().sortedKeys(), now).view();
        return this;
    }

    /** The agents are quick with one service, and slow with the others. */
    public World succeed(String service) {
        now = now.plusSeconds(1);
        view = Rehearsal.of(view).succeed(List.of(ServiceId.parse(service)), now).view();
        return this;
    }

    /** Plans and succeeds until nothing is to be done any more; fails when that does not end. */
    public World settle() {
        for (int i = 0; i < 100; i++) {
            Plan plan = pass();
            succeed();
            // What takes over is to stay ready for a while.
            view.moves().forEach((id, _) -> unplanned.add(id));
            unplanned.addAll(pairs());
            if (view.moves().size() == 0 && pairs().isEmpty() && plan.actions().isEmpty() && plan().actions().isEmpty()) return this;
        }
        throw new AssertionError("no end of planning: " + Rendered.plan(plan()));
    }

    /** Services of which one takes over from another just now. */
    private SortedSet<ServiceId> pairs() {
        SortedSet<ServiceId> pairs = new TreeSet<>();
        view.services().forEach((id, service) -> service.instances().forEach(it -> it.assignment().insteadOf().ifPresent(before -> {
            InstanceView old = service.instances().find(before.n());
            if (old != null && before.is(old)) pairs.add(id);
        })));
        return pairs;
    }

    public World report(String instance, InstanceState state) {
        view = Rehearsal.of(view).report(InstanceId.parse(instance), state, now).view();
        return this;
    }

    /** Is ready, as a health check that only its agent knows of found out. */
    public World checked(String instance) {
        InstanceView old = instance(instance);
        Status status = new Status(old.generation(), InstanceState.ready, now, "", Optional.empty(), 0, false, false, "", new TreeMap<>(), List.of(), true);
        return replace(new InstanceView(old.assignment(), old.generation(), old.spec(), Optional.of(status), List.of(), "", 0));
    }

    /** Fails again and again on its host. */
    public World crash(String instance, int failures) {
        InstanceView old = instance(instance);
        Status status = new Status(old.generation(), InstanceState.starting, now, "exit code 1", Optional.of(1), failures, true,
                false, "", new TreeMap<>(), List.of());
        return replace(new InstanceView(
                old.assignment(), old.generation(), old.spec(), Optional.of(status), List.of(), "", failures));
    }

    private World replace(InstanceView instance) {
        ServiceView old = service(instance.id().service().path());
        return put(old.with(old.instances().with(instance.id().n(), instance)));
    }

    public InstanceView instance(String path) {
        return view.instance(InstanceId.parse(path)).orElseThrow(() -> new AssertionError("no instance " + path));
    }

    /** Where the instances of a service are: {@code 1=a 2=b}. */
    public String hosts(String service) {
        StringBuilder text = new StringBuilder();
        for (InstanceView instance : service(service).instances()) {
            text.append(text.isEmpty() ? "" : " ").append(instance.id().n()).append('=').append(instance.host());
        }
        return text.toString();
    }

    public Map<String, Integer> instancesByHost() {
        Map<String, Integer> count = new HashMap<>();
        view.services().forEach((_, service) -> service.instances().values().forEach(instance ->
                count.merge(instance.host(), 1, Integer::sum)));
        return count;
    }

    public static HostRecord cordoned(HostRecord record) {
        return new HostRecord(record.name(), record.addresses(), record.tags(), record.capacity(), record.executors(), true);
    }

    public static HostRecord host(String name, ExecutorKind... executors) {
        return new HostRecord(name, List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(executors), false);
    }

    public static Update update(Duration monitor, Duration delay) {
        return new Update(Update.Order.stopFirst, 1, delay, monitor, Update.OnFailure.pause);
    }

    /** A host that was never there, but stands in the state. */
    public World away0(String name) {
        return put(HostView.empty(name));
    }

    /** An absent host is there again, with Docker and room. */
    public World changeBack(String name) {
        return host(host(name, ExecutorKind.docker));
    }

    public static Deployment deployment(String stack, String tag, String... replaces) {
        return new Deployment(stack, "1", tag, List.of(replaces), Deployment.Outcome.active, "", START.getEpochSecond());
    }

    public World later(Duration time) {
        now = now.plus(time);
        return this;
    }
}
