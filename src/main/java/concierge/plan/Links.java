package concierge.plan;

import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Names;
import concierge.model.Port;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The linked services of one service: whether they are ready, and the environment that they give to an
 * instance on a certain host. Docker containers on one host, and what runs on one Swarm, reach each other by {@link ServiceId#networkName} and
 * container port; everything else by a ready instance's endpoint.
 *
 * @param waits why no instance may be placed now; empty: go on
 */
record Links(List<Target> targets, Optional<Reason> waits) {
    private static final Links NONE = new Links(List.of(), Optional.empty());

    private record Target(Link link, ServiceView service) {
        boolean isReachable() {
            return service.instances().values().stream().anyMatch(Links::isReachable);
        }
    }

    static Links of(View view, ServiceId consumer, ServiceSpec spec) {
        if (spec.links().isEmpty()) return NONE;
        List<Target> targets = new ArrayList<>();
        Optional<Reason> waits = Optional.empty();
        for (Link link : spec.links()) {
            Optional<ServiceView> found = target(view, consumer, link);
            if (found.isEmpty()) {
                if (waits.isEmpty()) waits = Optional.of(new Reason.LinkUnknown(link));
                continue;
            }
            ServiceView service = found.get();
            if (service.id().equals(consumer) || service.spec().filter(ServiceSpec::isSite).isPresent()) continue;
            Target target = new Target(link, service);
            targets.add(target);
            // In a circle somebody has to be first: nobody waits there.
            if (!target.isReachable() && waits.isEmpty() && !leadsTo(view, service, consumer, new HashSet<>())) {
                int wanted = service.intent().map(Intent::wanted).orElse(0);
                waits = Optional.of(new Reason.WaitsForLink(link, service.readyCount(), wanted));
            }
        }
        return new Links(targets, waits);
    }

    /** The service that a link means: of the same tag, else shared, else of the tag that has the domains. */
    static Optional<ServiceView> target(View view, ServiceId consumer, Link link) {
        String stack = link.stack().orElse(consumer.stack());
        StackRecord record = view.stacks().find(stack);
        String primary = record == null ? Names.DEFAULT_TAG : record.primary();
        List<String> tags = link.stack().isPresent() && !stack.equals(consumer.stack())
                ? List.of(primary, Names.STATIC_TAG)
                : List.of(consumer.tag(), Names.STATIC_TAG, primary);
        for (String tag : tags) {
            if (!Names.isPart(tag)) continue;
            ServiceView service = view.services().find(new ServiceId(stack, tag, link.service()));
            if (service != null && service.intent().isPresent()) return Optional.of(service);
        }
        return Optional.empty();
    }

    private static boolean leadsTo(View view, ServiceView from, ServiceId wanted, Set<ServiceId> seen) {
        if (from.id().equals(wanted)) return true;
        if (!seen.add(from.id())) return false;
        List<Link> links = from.spec().map(ServiceSpec::links).orElse(List.of());
        for (Link link : links) {
            Optional<ServiceView> next = target(view, from.id(), link);
            if (next.isPresent() && leadsTo(view, next.get(), wanted, seen)) return true;
        }
        return false;
    }

    /** What an instance on that host gets. */
    SortedMap<String, String> environment(String host, ExecutorKind executor) {
        if (targets.isEmpty()) return Collections.emptySortedMap();
        SortedMap<String, String> environment = new TreeMap<>();
        for (Target target : targets) environment.putAll(preferred(target, host, executor));
        return environment;
    }

    /**
     * Whether a running instance's environment still leads to its linked services: each part is what one
     * of the target's instances gives, be it ready now or not, unless that one has ended and is not coming back
     * for now. So a restart of a target, which keeps its ports, replaces nobody; nor does a target of which
     * nothing is ready.
     */
    boolean holdFor(InstanceView consumer) {
        return holdFor(consumer, consumer.host());
    }

    /** Whether it would lead there on another host, too. */
    boolean holdFor(InstanceView consumer, String host) {
        SortedMap<String, String> assigned = consumer.assignment().links();
        if (targets.isEmpty()) return assigned.isEmpty();
        for (Target target : targets) if (!target.isReachable()) return true;
        ExecutorKind executor = consumer.assignment().executor();
        SortedMap<String, String> composed = new TreeMap<>();
        for (Target target : targets) {
            SortedMap<String, String> part = target.service().instances().values().stream()
                    .filter(instance -> comesBack(target.service(), instance))
                    .map(instance -> environment(target.link(), instance, host, executor))
                    .flatMap(Optional::stream)
                    .filter(candidate -> assigned.entrySet().containsAll(candidate.entrySet()))
                    .findFirst()
                    .orElseGet(() -> preferred(target, host, executor));
            composed.putAll(part);
        }
        return composed.equals(assigned);
    }

    /** Whether a consumer would have to be replaced if that instance of a linked service were gone: it has nobody else's address. */
    boolean dependsOn(InstanceView consumer, InstanceView gone) {
        for (Target target : targets) {
            if (!target.service().id().equals(gone.id().service()) || !leadsTo(consumer, target.link(), gone)) continue;
            boolean others = target.service().instances().values().stream()
                    .anyMatch(other -> !other.id().equals(gone.id()) && stays(target.service(), other) && leadsTo(consumer, target.link(), other));
            if (!others) return true;
        }
        return false;
    }

    private static boolean leadsTo(InstanceView consumer, Link link, InstanceView target) {
        return environment(link, target, consumer.host(), consumer.assignment().executor())
                .filter(part -> !part.isEmpty() && consumer.assignment().links().entrySet().containsAll(part.entrySet()))
                .isPresent();
    }

    /** Does not stop, and nobody takes over from it. */
    private static boolean stays(ServiceView service, InstanceView instance) {
        if (instance.isStopping() || instance.state().isFinal()) return false;
        return service.instances().values().stream().noneMatch(it -> it.assignment().insteadOf().filter(before -> before.is(instance)).isPresent());
    }

    /** Runs, or makes way for a successor that nothing is in the way of. */
    private static boolean comesBack(ServiceView service, InstanceView instance) {
        if (!instance.state().isFinal()) return true;
        return instance.isStopping() && !service.pending().containsKey(instance.id().n());
    }

    /**
     * Whether a service in a circle of links leaves it to a target to be replaced first: all of them at
     * once would never meet each other.
     */
    boolean mustYield(View view, ServiceId consumer) {
        for (Target target : targets) {
            ServiceView service = target.service();
            if (service.id().compareTo(consumer) > 0 || service.spec().isEmpty()) continue;
            if (!leadsTo(view, service, consumer, new HashSet<>())) continue;
            Links own = of(view, service.id(), service.spec().get());
            for (InstanceView instance : service.instances().values()) {
                if (!isReachable(instance) || !own.holdFor(instance)) return true;
            }
        }
        return false;
    }

    private static SortedMap<String, String> preferred(Target target, String host, ExecutorKind executor) {
        SortedMap<String, String> first = null;
        for (InstanceView instance : target.service().instances().values()) {
            if (!isReachable(instance)) continue;
            Optional<SortedMap<String, String>> found = environment(target.link(), instance, host, executor);
            if (found.isEmpty()) continue;
            if (isNeighbour(instance, host, executor)) return found.get();
            if (first == null) first = found.get();
        }
        return first == null ? Collections.emptySortedMap() : first;
    }

    /** Ready, and its ports known. */
    private static boolean isReachable(InstanceView instance) {
        if (!instance.isReady() || instance.isStopping()) return false;
        for (Port port : instance.spec().ports()) if (address(instance, port).isEmpty()) return false;
        return true;
    }

    private static boolean isNeighbour(InstanceView target, String host, ExecutorKind executor) {
        boolean networked = executor == ExecutorKind.docker || executor == ExecutorKind.swarm;
        return networked && target.assignment().executor() == executor && target.host().equals(host);
    }

    /** Empty: its ports are not known. */
    private static Optional<SortedMap<String, String>> environment(
            Link link, InstanceView target, String host, ExecutorKind executor) {
        SortedMap<String, String> variables = new TreeMap<>();
        boolean first = true;
        for (Port port : target.spec().ports()) {
            Optional<String> address = isNeighbour(target, host, executor)
                    ? Optional.of(target.id().service().networkName() + ":" + port.container())
                    : address(target, port);
            if (address.isEmpty()) return Optional.empty();
            put(variables, link.variablePrefix() + "_PORT", port, address.get(), first);
            first = false;
        }
        return Optional.of(variables);
    }

    /** The variables that a Docker link has: the field's own names. */
    private static void put(
            SortedMap<String, String> variables, String prefix, Port port, String address, boolean first) {
        String protocol = port.protocol().name();
        String url = protocol + "://" + address;
        String name = prefix + "_" + port.container() + "_" + protocol.toUpperCase(Locale.ROOT);
        int colon = address.lastIndexOf(':');
        if (first) variables.put(prefix, url);
        variables.put(name, url);
        variables.put(name + "_ADDR", address.substring(0, colon));
        variables.put(name + "_PORT", address.substring(colon + 1));
        variables.put(name + "_PROTO", protocol);
    }

    /** {@code ip:port} of its endpoint; where that is withdrawn, of the port that it keeps. */
    private static Optional<String> address(InstanceView instance, Port port) {
        for (Endpoint endpoint : instance.endpoints()) {
            if (endpoint.port().key().equals(port.key())) return Optional.of(endpoint.target());
        }
        return instance.status().map(status -> status.ports().get(port.key()));
    }
}
