package concierge.server.events;

import concierge.model.ClockSkew;
import concierge.model.Deployment;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Names;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.server.records.History;
import concierge.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns the differences of one view to the next into events. Called by one thread at a time. Views that
 * follow each other quickly are seen as one, so a state that lasted an instant may be missing.
 */
public final class Chronicle implements Consumer<View> {
    private static final String REMOVED = "removed from ";

    /** As agents say it, of the host and of each instance that the engine runs. */
    private static final String AWAY = " is away: ";

    private final EventLog log;
    private final History history;
    private final InstantSource clock;
    private final Map<ServiceId, ServiceView> services = new HashMap<>();
    private final Map<String, HostView> hosts = new HashMap<>();
    private final Map<String, Deployment> deployments = new HashMap<>();
    private final Map<String, StackRecord> stacks = new HashMap<>();
    private boolean started;

    /** @param store asked how a deployment ended: views hold only those under way */
    public Chronicle(EventLog log, Store store, InstantSource clock) {
        this.log = log;
        this.history = new History(store);
        this.clock = clock;
    }

    @Override
    public void accept(View view) {
        List<EventLog.Event> events = new ArrayList<>();
        Instant now = clock.instant();
        compare(view.stacks(), stacks, (before, after) -> stack(events, now, before, after));
        compare(view.hosts(), hosts, (before, after) -> host(events, now, before, after));
        compare(view.deployments(), deployments, (before, after) -> deployment(events, now, before, after));
        compare(view.services(), services, (before, after) -> service(events, now, before, after));
        // What the first view holds happened before this server: only what follows is news.
        if (started) events.forEach(log::add);
        started = true;
    }

    private static <K extends Comparable<? super K>, V> void compare(
            SharedMap<K, V> now, Map<K, V> known, BiConsumer<@Nullable V, @Nullable V> difference) {
        now.forEach((key, value) -> {
            V before = known.put(key, value);
            // Views share what did not change, so identity finds the few that did.
            if (before != value) difference.accept(before, value);
        });
        if (known.size() == now.size()) return;
        known.entrySet().removeIf(entry -> {
            if (now.find(entry.getKey()) != null) return false;
            difference.accept(entry.getValue(), null);
            return true;
        });
    }

    private static void stack(List<EventLog.Event> to, Instant now, @Nullable StackRecord before, @Nullable StackRecord after) {
        if (before == null && after != null) to.add(event(now, "stack", after.name(), "first deployed", "info"));
        if (before != null && after == null) to.add(event(now, "stack", before.name(), "taken down", "info"));
    }

    private static void host(List<EventLog.Event> to, Instant now, @Nullable HostView before, @Nullable HostView after) {
        Optional<HostView> was = Optional.ofNullable(before).filter(HostView::isPresent);
        Optional<HostView> is = Optional.ofNullable(after).filter(HostView::isPresent);
        if (was.isEmpty()) is.ifPresent(host -> to.add(event(now, "host", host.name(), "came", "info")));
        if (is.isEmpty()) was.ifPresent(host -> to.add(event(now, "host", host.name(), "is gone", "warn")));
        skew(is).filter(_ -> skew(was).isEmpty()).ifPresent(found -> to.add(event(now, "host", is.get().name(), found.text("its"), "warn")));
        if (is.isPresent() && skew(was).isPresent() && skew(is).isEmpty()) to.add(event(now, "host", is.get().name(), "its clock is right again", "info"));
        if (was.isEmpty() || is.isEmpty() || executors(was.get()).equals(executors(is.get()))) return;
        String able = executors(is.get()).isEmpty() ? "nothing" : executors(is.get());
        List<String> away = is.get().record().map(record -> record.remarks().stream().filter(remark -> remark.contains(AWAY)).toList()).orElse(List.of());
        String why = away.isEmpty() ? "" : "; " + String.join("; ", away);
        to.add(event(now, "host", is.get().name(), "can run now: " + able + why, away.isEmpty() ? "info" : "warn"));
    }

    private static Optional<ClockSkew> skew(Optional<HostView> host) {
        return host.flatMap(HostView::record).flatMap(HostRecord::skew);
    }

    private static String executors(HostView host) {
        return host.record().map(record -> String.join(", ", record.executors().stream().map(Enum::name).toList())).orElse("");
    }

    private void deployment(List<EventLog.Event> to, Instant now, @Nullable Deployment before, @Nullable Deployment after) {
        if (before != null && (after == null || !after.id().equals(before.id()))) {
            history.of(before.stack()).stream().filter(ended -> ended.id().equals(before.id())).forEach(ended -> to.add(told(now, ended)));
        }
        if (after != null && !after.equals(before)) to.add(told(now, after));
    }

    private static EventLog.Event told(Instant now, Deployment deployment) {
        String tag = deployment.tag().equals(Names.DEFAULT_TAG) ? "" : " at " + deployment.tag();
        String outcome = deployment.outcome() == Deployment.Outcome.active ? "under way" : deployment.outcome().name();
        String reason = deployment.reason().isEmpty() ? "" : ": " + deployment.reason();
        String level = deployment.outcome() == Deployment.Outcome.failed ? "error" : "info";
        return event(now, "deployment", deployment.stack(), "#" + deployment.id().replaceFirst("^0+(?=.)", "") + tag + " " + outcome + reason, level);
    }

    /** The host that an event says an instance was removed from. */
    public static Optional<String> removedFrom(EventLog.Event event) {
        boolean removed = event.kind().equals("instance") && event.text().startsWith(REMOVED);
        return removed ? Optional.of(event.text().substring(REMOVED.length())) : Optional.empty();
    }

    private static void service(List<EventLog.Event> to, Instant now, @Nullable ServiceView before, @Nullable ServiceView after) {
        Instances old = before == null ? Instances.NONE : before.instances();
        Instances current = after == null ? Instances.NONE : after.instances();
        for (InstanceView instance : current) instance(to, now, old.find(instance.id().n()), instance);
        for (InstanceView instance : old) {
            if (!current.contains(instance.id().n())) to.add(event(now, "instance", instance.id().path(), REMOVED + instance.host(), "info"));
        }
        SortedMap<Integer, String> waited = before == null ? new java.util.TreeMap<>() : before.pending();
        if (after == null) return;
        after.pending().forEach((n, reason) -> {
            if (!reason.equals(waited.get(n))) to.add(event(now, "instance", after.id().instance(n).path(), "not placed: " + reason, "warn"));
        });
    }

    private static void instance(List<EventLog.Event> to, Instant now, @Nullable InstanceView before, InstanceView after) {
        String reason = reason(after).isEmpty() ? "" : ": " + reason(after);
        String detail;
        if (before == null || before.generation() != after.generation()) {
            detail = " on " + after.host();
        } else {
            // How far a pull is, is no event: there would be one a second.
            boolean told = after.state() == InstanceState.preparing || reason(before).equals(reason(after)) || isAboutTheEngine(before) || isAboutTheEngine(after);
            boolean same = before.state() == after.state() && told && restarts(before) == restarts(after);
            if (same) return;
            detail = restarts(after) > restarts(before) ? " (restart " + restarts(after) + ")" : "";
        }
        to.add(event(now, "instance", after.id().path(), after.state() + detail + reason, level(after)));
    }

    /** One event of the host says it for the thousands that may run there. */
    private static boolean isAboutTheEngine(InstanceView instance) {
        return reason(instance).startsWith(instance.assignment().executor() + AWAY);
    }

    private static String level(InstanceView instance) {
        boolean crashing = instance.status().map(status -> status.crashing()).orElse(false);
        if (crashing || instance.state() == InstanceState.failed) return "error";
        return instance.state() == InstanceState.lost ? "warn" : "info";
    }

    private static String reason(InstanceView instance) {
        return instance.status().map(status -> status.reason()).orElse("");
    }

    private static int restarts(InstanceView instance) {
        return instance.status().map(status -> status.restarts()).orElse(0);
    }

    private static EventLog.Event event(Instant at, String kind, String subject, String text, String level) {
        return new EventLog.Event(at, kind, subject, text, level);
    }
}
