package concierge.control;

import concierge.model.Deployment;
import concierge.model.HostView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes that somebody thinks of making.
 *
 * @param wanted intents to put, each with the specification that it refers to
 * @param removed intents to remove
 * @param drained a host that is to be emptied
 */
public record Wish(
        SortedMap<ServiceId, Wanted> wanted,
        SortedSet<ServiceId> removed,
        Optional<Deployment> deployment,
        Optional<StackRecord> stack,
        Optional<String> drained) {
    public record Wanted(Intent intent, ServiceSpec spec) {}

    public Wish {
        wanted = Collections.unmodifiableSortedMap(new TreeMap<>(wanted));
        removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
    }

    public Wish(SortedMap<ServiceId, Wanted> wanted, SortedSet<ServiceId> removed, Optional<Deployment> deployment, Optional<StackRecord> stack) {
        this(wanted, removed, deployment, stack, Optional.empty());
    }

    public static Wish drain(String host) {
        return new Wish(new TreeMap<>(), new TreeSet<>(), Optional.empty(), Optional.empty(), Optional.of(host));
    }

    /** The view as it would be right after these writes. */
    public View appliedTo(View view) {
        Map<ServiceId, ServiceView> services = new HashMap<>();
        for (ServiceId id : removed) {
            view.service(id).ifPresent(old -> services.put(id, new ServiceView(
                    id, Optional.empty(), Optional.empty(), old.instances(), old.pins(), old.pending())));
        }
        wanted.forEach((id, wanted) -> {
            ServiceView old = view.service(id).orElseGet(() -> fresh(view, id));
            services.put(id, new ServiceView(
                    id, Optional.of(wanted.intent()), Optional.of(wanted.spec()), old.instances(), old.pins(), old.pending()));
        });
        Map<String, Deployment> deployments = new HashMap<>();
        deployment.ifPresent(put -> deployments.put(put.stack(), put));
        Map<String, StackRecord> stacks = new HashMap<>();
        stack.ifPresent(put -> stacks.put(put.name(), put));
        Map<String, HostView> hosts = new HashMap<>();
        drained.flatMap(view::host).ifPresent(it -> hosts.put(it.name(), new HostView(
                it.name(), it.record().map(record -> record.withCordon(true)), it.lost(), it.stopped(), it.used(), it.instances(), it.hostPorts())));
        return new View(
                view.revision() + 1,
                view.services().with(services),
                view.hosts().with(hosts),
                view.deployments().with(deployments),
                view.stacks().with(stacks),
                view.moves(),
                new TreeSet<>(services.keySet()));
    }

    /** A service that is not there yet has the pins of its name under other tags. */
    private static ServiceView fresh(View view, ServiceId id) {
        SortedMap<Integer, String> pins = new TreeMap<>();
        view.services().forEach((other, service) -> {
            if (other.stack().equals(id.stack()) && other.service().equals(id.service())) pins.putAll(service.pins());
        });
        return new ServiceView(id, Optional.empty(), Optional.empty(), Instances.NONE, pins, new TreeMap<>());
    }
}
