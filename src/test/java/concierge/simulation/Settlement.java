package concierge.simulation;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Names;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Whether everything is as the intent wants it: what still differs, in words. */
final class Settlement {
    private final World world;

    Settlement(World world) {
        this.world = world;
    }

    List<String> missing() {
        List<String> missing = new ArrayList<>();
        Set<String> endpoints = new TreeSet<>();
        for (Entry entry : list(Keys.DEPLOYMENTS)) deployment(Codec.deployment(entry.value()), missing);
        // It may take ten minutes, in which the rest would be looked at again and again.
        if (!missing.isEmpty()) return missing;
        for (Entry entry : list(Keys.MOVES)) if (Rebalances.isActive(entry)) missing.add(entry.key() + " is still to be moved: " + entry.value());
        for (Entry entry : list(Keys.PROC)) services(entry, missing);
        for (Entry entry : list(Keys.ASSIGN)) assignment(entry, missing, endpoints);
        for (Entry entry : list(Keys.DEPLOYMENTS + Successions.STACK + "/")) succession(Codec.deployment(entry.value()), missing);
        for (SimulatedHost host : world.hosts)
            for (FakeEngine.Container container : host.engine.containers.values()) container(host, container, missing);
        for (Entry entry : list(Keys.PORTS))
            if (!endpoints.contains(entry.value().text())) missing.add("stale endpoint " + entry.key());
        return missing;
    }

    /** The state in short, for whoever reads a failure. */
    String dump() {
        StringBuilder text = new StringBuilder();
        for (String table : List.of(Keys.HOST, Keys.DEPLOYMENTS, Keys.PROC, Keys.RUN, Keys.PENDING, Keys.FIXED, Keys.MOVES, Keys.ASSIGN, Keys.STATUS, Keys.PORTS))
            for (Entry entry : list(table)) text.append(entry.key()).append(" (").append(entry.created()).append(") ").append(entry.value()).append('\n');
        return text.toString();
    }

    private List<Entry> list(String prefix) {
        return world.store.list(prefix, "", Limits.PAGE, 0).entries();
    }

    /** It may fail for what fails; but there is room for all of it where no host is cordoned, so none may wait for that in vain. */
    private static void succession(Deployment deployment, List<String> missing) {
        boolean inVain = deployment.outcome() == Deployment.Outcome.failed && !deployment.reason().contains("keeps failing") && !deployment.reason().contains("cordoned");
        if (inVain) missing.add("found no room: " + deployment);
    }

    private void services(Entry entry, List<String> missing) {
        ServiceId service = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
        Intent intent = Codec.intent(entry.value());
        Set<String> placed = numbers(Keys.RUN, service);
        Set<String> explained = numbers(Keys.PENDING, service);
        // What runs may have a note, too: why its new version does not.
        Set<String> told = new TreeSet<>(placed);
        told.addAll(explained);
        if (told.size() != intent.wanted())
            missing.add(service + ": wanted " + intent.wanted() + ", placed " + placed + ", explained " + explained);
    }

    private Set<String> numbers(String table, ServiceId service) {
        String prefix = table + service.path() + "/";
        Set<String> numbers = new TreeSet<>();
        for (Entry entry : list(prefix)) numbers.add(entry.key().substring(prefix.length()));
        return numbers;
    }

    private void deployment(Deployment deployment, List<String> missing) {
        if (deployment.outcome() == Deployment.Outcome.active) missing.add("deployment " + deployment.id() + " is not concluded");
        boolean last = list(Keys.DEPLOYMENTS + deployment.stack() + "/").getLast().key().endsWith(deployment.id());
        if (!last || deployment.outcome() != Deployment.Outcome.succeeded) return;
        String primary = Codec.stack(world.store.find(Keys.stack(deployment.stack())).orElseThrow().value()).primary();
        if (!primary.equals(deployment.tag())) missing.add("the domains are still at " + primary + ", not at " + deployment.tag());
        for (String replaced : deployment.replaces()) {
            for (Entry entry : list(Keys.PROC + deployment.stack() + "/" + replaced + "/"))
                if (Codec.intent(entry.value()).kind() instanceof RunKind.Forever) missing.add(entry.key() + " was replaced by " + deployment.tag());
        }
    }

    private void assignment(Entry entry, List<String> missing, Set<String> endpoints) {
        Assignment assignment = Codec.assignment(entry.value());
        InstanceId id = assignment.instance();
        Optional<Intent> intent = world.store.find(Keys.proc(id.service())).map(it -> Codec.intent(it.value()));
        Optional<Status> status = world.store.find(Keys.status(assignment.host(), id)).map(it -> Codec.status(it.value()));
        if (intent.isPresent() && waitsForRoom(id)) return;
        if (intent.isEmpty()) missing.add(id + ": nobody wants it");
        else if (!isPaused(id, intent.get())) current(assignment, intent.get(), status, missing);
        if (assignment.desired() == Assignment.Desired.stop) missing.add(id + ": is still to be stopped, " + status);
        if (intent.isPresent() && intent.get().kind() instanceof RunKind.ToCompletion(_, var deadline)
                && deadline.isPresent() && status.filter(it -> it.state().isFinal()).isEmpty())
            missing.add(id + ": runs past its deadline");
        boolean good = status.filter(it -> it.generation() == entry.created())
                .filter(it -> it.state() == InstanceState.ready || it.state() == InstanceState.completed || it.state() == InstanceState.failed)
                .isPresent();
        if (!good) missing.add(id + " on " + assignment.host() + ": " + status);
        if (status.isEmpty() || status.get().state() != InstanceState.ready) return;
        for (String target : status.get().ports().values()) {
            endpoints.add(target);
            if (list(Keys.PORTS + id.service().path() + "/").stream().noneMatch(port -> port.value().text().equals(target)))
                missing.add(id + ": no endpoint " + target);
        }
        boolean runs = world.hosts.stream()
                .filter(host -> host.name.equals(assignment.host()))
                .flatMap(host -> host.engine.running().stream())
                .anyMatch(it -> it.workload.instance().equals(id) && it.workload.generation() == entry.created());
        if (!runs) missing.add(id + ": reported ready, but does not run");
    }

    /** An instance that is neither being replaced nor explained is what would be assigned now. */
    private void current(Assignment assignment, Intent intent, Optional<Status> status, List<String> missing) {
        InstanceId id = assignment.instance();
        ServiceSpec spec = Codec.spec(world.store.find(Keys.spec(intent.spec())).orElseThrow().value());
        if (!spec.shared() && !intent.spec().equals(assignment.spec())) missing.add(id + ": has an old specification");
        if (intent.epoch() != assignment.epoch()) missing.add(id + ": was not restarted");
        // What has ended for good is left alone, whatever its links were.
        if (status.filter(it -> it.state().isFinal()).isPresent()) return;
        for (Link link : spec.links()) target(id.service(), link).ifPresent(target -> leads(assignment, link, target, missing));
    }

    /** As the planner finds it: of the same tag, else shared, else of the tag that has the domains. */
    private Optional<ServiceId> target(ServiceId consumer, Link link) {
        String primary = Codec.stack(world.store.find(Keys.stack(consumer.stack())).orElseThrow().value()).primary();
        return Stream.of(consumer.tag(), Names.STATIC_TAG, primary)
                .map(tag -> new ServiceId(consumer.stack(), tag, link.service()))
                .filter(service -> world.store.find(Keys.proc(service)).isPresent())
                .findFirst();
    }

    /** Who is linked to what runs can reach it. What nothing is ready of replaces nobody. */
    private void leads(Assignment consumer, Link link, ServiceId target, List<String> missing) {
        Map<String, Status> ready = new TreeMap<>();
        for (Entry entry : list(Keys.STATUS)) {
            Status status = Codec.status(entry.value());
            if (status.state() == InstanceState.ready && entry.key().contains("/" + target.path() + "/")) ready.put(entry.key(), status);
        }
        String told = consumer.links().getOrDefault(link.variablePrefix() + "_PORT", "");
        boolean leads = ready.entrySet().stream().anyMatch(one ->
                one.getValue().ports().values().stream().anyMatch(address -> told.equals("tcp://" + address))
                        || told.equals("tcp://" + target.networkName() + ":80") && one.getKey().startsWith(Keys.STATUS + consumer.host() + "/"));
        if (!ready.isEmpty() && !leads) missing.add(consumer.instance() + ": " + told + " does not lead to " + target);
    }

    /** A rollout goes no further while one of the new version has failed, or while there is no way on, which a note tells. */
    private boolean isPaused(InstanceId id, Intent intent) {
        ServiceId service = id.service();
        if (!list(Keys.PENDING + service.path() + "/").isEmpty()) return true;
        return list(Keys.ASSIGN).stream()
                .map(entry -> Codec.assignment(entry.value()))
                .filter(it -> it.instance().service().equals(service) && it.spec().equals(intent.spec()))
                .flatMap(it -> world.store.find(Keys.status(it.host(), it.instance())).stream())
                .anyMatch(entry -> Codec.status(entry.value()).state() == InstanceState.failed);
    }

    /** What stopped for its successor keeps its number while there is no room for that; the note says so. */
    private boolean waitsForRoom(InstanceId id) {
        boolean ended = world.store.find(Keys.run(id))
                .map(host -> host.value().text())
                .filter(host -> world.store.find(Keys.assign(host, id))
                        .filter(entry -> Codec.assignment(entry.value()).desired() == Assignment.Desired.stop)
                        .isPresent())
                .flatMap(host -> world.store.find(Keys.status(host, id)))
                .filter(entry -> Codec.status(entry.value()).state().isFinal())
                .isPresent();
        return ended && world.store.find(Keys.pending(id)).isPresent();
    }

    private void container(SimulatedHost host, FakeEngine.Container container, List<String> missing) {
        InstanceId id = container.workload.instance();
        boolean assigned = world.store.find(Keys.assign(host.name, id))
                .filter(entry -> entry.created() == container.workload.generation())
                .isPresent();
        if (!assigned) missing.add(id + " on " + host.name + ": a container that nobody assigned");
    }
}
