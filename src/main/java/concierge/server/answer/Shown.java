package concierge.server.answer;

import concierge.model.ClockSkew;
import concierge.model.HostNode;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.server.ApiParts;
import concierge.server.records.History;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The view in the API's shapes. */
public final class Shown {
    private static final int HTTP_PORT = 80;

    private final Supplier<String> router;
    private final Supplier<List<String>> remarks;
    private final Supplier<Optional<Instant>> asOf;
    private final History history;

    /**
     * @param router {@code http://127.0.0.1:8080}; empty without one
     * @param remarks what people should know of all that is shown: {@link ApiParts#remarks}
     * @param asOf {@link ApiParts#asOf}
     */
    public Shown(Supplier<String> router, Supplier<List<String>> remarks, Supplier<Optional<Instant>> asOf, History history) {
        this.router = router;
        this.remarks = remarks;
        this.asOf = asOf;
        this.history = history;
    }

    /**
     * @param idle services that are to have no instance now: stopped, or scaled to nothing
     * @param deployments the newest of each stack
     * @param remarks why this may not be how it is
     * @param asOf when it was so; empty: now
     */
    public record Ps(
            List<InstanceAnswer> instances, List<Service> idle, List<Site> sites, List<DeploymentAnswer> deployments, List<String> remarks,
            Optional<Instant> asOf) {}

    record Site(String domain, String url, String stack, String service) {}

    record Stack(
            String name, String comment, List<String> require, String primary, List<String> tags, int services, int wanted, int ready,
            Optional<DeploymentAnswer> deployment) {}

    record StackDetail(
            String name, String comment, List<String> require, String primary, List<String> tags, List<Service> services,
            List<DeploymentAnswer> deployments) {}

    record Service(
            String stack, String tag, String service, String image, int scale, Optional<Integer> override, int wanted, int ready,
            boolean stopped, String kind, List<String> executors, List<String> domains, List<String> ports, boolean fixed,
            boolean shared, boolean website, String deployment, String spec) {}

    record Host(
            String name, List<String> addresses, Set<String> tags, Resources capacity, Resources usage, List<String> executors,
            boolean cordoned, boolean draining, boolean lost, int instances, List<String> remarks, List<HostNode> nodes, Optional<ClockSkew> skew,
            Optional<Instant> asOf) {
        Host with(List<String> more) {
            if (more.isEmpty()) return this;
            List<String> all = new ArrayList<>(remarks);
            all.addAll(more);
            return new Host(name, addresses, tags, capacity, usage, executors, cordoned, draining, lost, instances, all, nodes, skew, asOf);
        }

        Host with(Optional<Instant> asOf) {
            return new Host(name, addresses, tags, capacity, usage, executors, cordoned, draining, lost, instances, remarks, nodes, skew, asOf);
        }
    }

    record HostDetail(
            String name, List<String> addresses, Set<String> tags, Resources capacity, Resources usage, List<String> executors,
            boolean cordoned, boolean draining, boolean lost, SortedMap<String, String> hostPorts, List<InstanceAnswer> instances, List<String> remarks,
            List<HostNode> nodes, Optional<ClockSkew> skew) {}

    /** Services that match, in order. */
    public static List<ServiceView> services(View view, Predicate<ServiceId> wanted) {
        List<ServiceView> services = new ArrayList<>();
        view.services().forEach((id, service) -> {
            if (wanted.test(id)) services.add(service);
        });
        services.sort((a, b) -> a.id().compareTo(b.id()));
        return services;
    }

    public Ps ps(View view, Predicate<ServiceId> wanted) {
        List<InstanceAnswer> instances = new ArrayList<>();
        List<Service> idle = new ArrayList<>();
        List<Site> sites = new ArrayList<>();
        TreeSet<String> stacks = new TreeSet<>();
        for (ServiceView service : services(view, wanted)) {
            stacks.add(service.id().stack());
            List<InstanceAnswer> its = instances(view, service);
            instances.addAll(its);
            if (its.isEmpty() && isIdle(service)) idle.add(service(service));
            if (!isIdle(service)) service.spec().filter(ServiceSpec::isSite).ifPresent(spec -> {
                for (String domain : spec.domains()) sites.add(new Site(domain, url(domain), service.id().stack(), service.id().service()));
            });
        }
        List<DeploymentAnswer> deployments = new ArrayList<>();
        for (String stack : stacks) history.newest(stack).stream().map(DeploymentAnswer::of).forEach(deployments::add);
        return new Ps(instances, idle, sites, deployments, remarks.get(), asOf.get());
    }

    private static boolean isIdle(ServiceView service) {
        // A site has no instances: what counts is whether it was stopped.
        boolean site = service.spec().filter(ServiceSpec::isSite).isPresent();
        return service.spec().isPresent() && service.intent().filter(intent -> site ? intent.stopped() : intent.wanted() == 0).isPresent();
    }

    /** The placed ones by number, then those that wait. */
    public List<InstanceAnswer> instances(View view, ServiceView service) {
        SortedMap<Integer, InstanceAnswer> all = new TreeMap<>();
        service.pending().forEach((n, reason) -> all.put(n, InstanceAnswer.pending(service, n, reason)));
        List<String> urls = urls(view, service);
        for (InstanceView instance : service.instances().values()) {
            InstanceAnswer answer = InstanceAnswer.placed(instance, instance.isReady() ? urls : List.of());
            String note = service.pending().get(instance.id().n());
            all.put(answer.n(), note == null || !answer.reason().isEmpty() ? answer : withReason(answer, note));
        }
        addUnplanned(service, all);
        return List.copyOf(all.values());
    }

    /** Wanted just now: the planner has not said anything about them yet. */
    private static void addUnplanned(ServiceView service, SortedMap<Integer, InstanceAnswer> all) {
        boolean site = service.spec().map(ServiceSpec::isSite).orElse(false);
        int wanted = site ? 0 : service.intent().map(Intent::wanted).orElse(0);
        // One that stops may be about to be replaced under its own number: it stands for itself.
        int missing = Math.min(wanted - all.size(), MOST_UNPLANNED);
        for (int n = 1; missing > 0; n++) {
            if (all.containsKey(n)) continue;
            all.put(n, InstanceAnswer.pending(service, n, "not planned yet"));
            missing--;
        }
    }

    /** A table of more lines that all say the same helps nobody. */
    private static final int MOST_UNPLANNED = 1000;

    private static InstanceAnswer withReason(InstanceAnswer it, String reason) {
        return new InstanceAnswer(
                it.instance(), it.stack(), it.tag(), it.service(), it.n(), it.host(), it.executor(), it.state(), it.since(), reason,
                it.exitCode(), it.restarts(), it.crashing(), it.oomKilled(), it.container(), it.generation(), it.image(), it.ports(),
                it.urls(), it.lastLog());
    }

    private List<String> urls(View view, ServiceView service) {
        ServiceId id = service.id();
        StackRecord stack = view.stacks().find(id.stack());
        boolean routed = id.tag().equals(Names.STATIC_TAG) || (stack != null && stack.primary().equals(id.tag()));
        if (!routed || router.get().isEmpty()) return List.of();
        return service.spec().map(ServiceSpec::domains).orElse(List.of()).stream()
                .filter(domain -> !domain.startsWith("*."))
                .map(this::url)
                .toList();
    }

    private String url(String domain) {
        String base = router.get();
        if (base.isEmpty()) return "";
        int port = URI.create(base).getPort();
        return "http://" + domain.toLowerCase(java.util.Locale.ROOT) + (port == HTTP_PORT || port < 0 ? "" : ":" + port) + "/";
    }

    /** Names of all stacks that anything is known of. */
    public static List<String> stackNames(View view) {
        TreeSet<String> names = new TreeSet<>(view.stacks().sortedKeys());
        view.services().forEach((id, _) -> names.add(id.stack()));
        return List.copyOf(names);
    }

    static List<String> tags(View view, String stack) {
        TreeSet<String> tags = new TreeSet<>();
        for (ServiceView service : services(view, id -> id.stack().equals(stack))) tags.add(service.id().tag());
        return List.copyOf(tags);
    }

    Stack stack(View view, String name) {
        StackRecord record = view.stacks().find(name);
        // One-offs come and go beside what the stack is.
        List<ServiceView> services = services(view, id -> id.stack().equals(name)).stream().filter(service -> !isOneOff(service)).toList();
        int wanted = 0;
        int ready = 0;
        for (ServiceView service : services) {
            wanted += wanted(service);
            ready += (int) service.readyCount();
        }
        return new Stack(
                name, record == null ? "" : record.comment(), record == null ? List.of() : record.require(),
                record == null ? "" : record.primary(), tags(view, name), services.size(), wanted, ready,
                Optional.ofNullable(view.deployments().find(name)).map(DeploymentAnswer::of));
    }

    private static boolean isOneOff(ServiceView service) {
        return service.intent().filter(intent -> intent.kind() instanceof RunKind.ToCompletion).isPresent();
    }

    StackDetail detail(View view, String name, List<DeploymentAnswer> deployments) {
        Stack stack = stack(view, name);
        List<Service> services = services(view, id -> id.stack().equals(name)).stream().map(Shown::service).toList();
        return new StackDetail(name, stack.comment(), stack.require(), stack.primary(), stack.tags(), services, deployments);
    }

    private static int wanted(ServiceView service) {
        boolean site = service.spec().map(ServiceSpec::isSite).orElse(false);
        return site ? 0 : service.intent().map(Intent::wanted).orElse(0);
    }

    static Service service(ServiceView view) {
        Optional<Intent> intent = view.intent();
        Optional<ServiceSpec> spec = view.spec();
        return new Service(
                view.id().stack(), view.id().tag(), view.id().service(), spec.flatMap(ServiceSpec::image).orElse(""),
                intent.map(Intent::scale).orElse(0),
                intent.map(Intent::override).filter(number -> number != Intent.NO_OVERRIDE),
                wanted(view), (int) view.readyCount(), intent.map(Intent::stopped).orElse(false),
                intent.map(it -> switch (it.kind()) {
                    case RunKind.Forever _ -> "forever";
                    case RunKind.ToCompletion _ -> "toCompletion";
                }).orElse(""),
                spec.map(it -> it.executors().stream().map(Enum::name).toList()).orElse(List.of()),
                spec.map(ServiceSpec::domains).orElse(List.of()),
                spec.map(it -> it.ports().stream().map(port -> port.key()).toList()).orElse(List.of()),
                spec.map(ServiceSpec::pinned).orElse(false), spec.map(ServiceSpec::shared).orElse(false),
                spec.map(ServiceSpec::isSite).orElse(false), intent.map(Intent::deployment).orElse(""),
                intent.map(it -> it.spec().hex()).orElse(""));
    }

    static Host host(HostView view) {
        Optional<HostRecord> record = view.record();
        return new Host(
                view.name(), record.map(HostRecord::addresses).orElse(List.of()), record.map(HostRecord::tags).orElse(Set.of()),
                record.map(HostRecord::capacity).orElse(Resources.NONE), view.used(),
                record.map(it -> it.executors().stream().map(Enum::name).toList()).orElse(List.of()),
                record.map(HostRecord::cordoned).orElse(false), record.map(HostRecord::draining).orElse(false), !view.isPresent(), view.instances(),
                record.map(HostRecord::remarks).orElse(List.of()), record.map(HostRecord::nodes).orElse(List.of()), record.flatMap(HostRecord::skew),
                Optional.empty());
    }

    HostDetail hostDetail(View view, HostView host) {
        SortedMap<String, String> ports = new TreeMap<>();
        for (Map.Entry<String, InstanceId> port : host.hostPorts().entrySet()) ports.put(port.getKey(), port.getValue().path());
        List<InstanceAnswer> instances = new ArrayList<>();
        for (ServiceView service : services(view, _ -> true)) {
            for (InstanceAnswer answer : instances(view, service)) if (answer.host().equals(host.name())) instances.add(answer);
        }
        Host it = host(host);
        return new HostDetail(
                it.name(), it.addresses(), it.tags(), it.capacity(), it.usage(), it.executors(), it.cordoned(), it.draining(), it.lost(), ports, instances, it.remarks(), it.nodes(), it.skew());
    }
}
