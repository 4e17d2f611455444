package concierge.state;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Port;
import concierge.model.ServiceId;
import concierge.model.Status;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One object for equal values that a million instances have in common: ids, hosts, digests, ports. Grows
 * with the distinct ones, up to a bound, after which it begins anew.
 */
final class Shared {
    /** Distinct values kept: some tens of megabytes; more hosts and services than one installation has. */
    private static final int LIMIT = 500_000;

    private final Map<Object, Object> values = new HashMap<>();
    private final Map<String, SortedMap<Integer, String>> pins = new HashMap<>();

    ServiceId service(ServiceId id) {
        return one(id);
    }

    /** The id that the view has, or this one with its service shared. */
    InstanceId instance(InstanceId id, Function<InstanceId, @Nullable InstanceView> known) {
        @Nullable InstanceView view = known.apply(id);
        return view != null ? view.id() : new InstanceId(one(id.service()), id.n());
    }

    String text(String text) {
        return one(text);
    }

    Assignment assignment(Assignment told, InstanceId instance) {
        if (!told.instance().equals(instance)) {
            throw new IllegalArgumentException("assignment: instance " + told.instance() + " (expected: its key's, " + instance + ")");
        }
        Digest spec = one(told.spec());
        SortedMap<String, String> links = told.links().isEmpty() ? told.links() : one(told.links());
        return new Assignment(
                instance, one(told.host()), spec, told.executor(), told.epoch(), links, told.desired(), one(told.kind()), one(told.deployment()),
                told.insteadOf());
    }

    Status status(Status told) {
        SortedMap<String, String> ports = new TreeMap<>();
        told.ports().forEach((port, target) -> ports.put(one(port), target));
        return new Status(
                told.generation(), told.state(), told.since(), one(told.reason()), told.exitCode(), told.restarts(), told.crashing(),
                told.oomKilled(), told.container(), ports, told.lastLog(), told.checked());
    }

    Endpoint endpoint(Endpoint told, InstanceId instance) {
        Port port = one(told.port());
        return new Endpoint(instance, port, one(told.address()), told.hostPort());
    }

    /** Pins by number; they are told before and after the services that they belong to. */
    SortedMap<Integer, String> pins(ServiceId service) {
        return pins.getOrDefault(service.stack() + "/" + service.service(), Collections.emptySortedMap());
    }

    void pin(Key.Fixed at, @Nullable String host) {
        String name = at.stack() + "/" + at.service();
        SortedMap<Integer, String> next = new TreeMap<>(pins.getOrDefault(name, Collections.emptySortedMap()));
        if (host == null) next.remove(at.n());
        else next.put(at.n(), host);
        if (next.isEmpty()) pins.remove(name);
        else pins.put(name, next);
    }

    @SuppressWarnings("unchecked")
    private <T> T one(T value) {
        if (values.size() >= LIMIT) values.clear();
        Object known = values.putIfAbsent(value, value);
        return known == null ? value : (T) known;
    }
}
