package concierge.simulation;

import concierge.model.Assignment;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Whether everything is as the intent wants it: what still differs, in words. */
final class Settlement {
    private final World world;

    Settlement(World world) {
        this.world = world;
    }

    List<String> missing() {
        List<String> missing = new ArrayList<>();
        Set<String> endpoints = new TreeSet<>();
        for (Entry entry : list(Keys.PROC)) services(entry, missing);
        for (Entry entry : list(Keys.ASSIGN)) assignment(entry, missing, endpoints);
        for (SimulatedHost host : world.hosts)
            for (FakeEngine.Container container : host.engine.containers.values()) container(host, container, missing);
        for (Entry entry : list(Keys.PORTS))
            if (!endpoints.contains(entry.value().text())) missing.add("stale endpoint " + entry.key());
        return missing;
    }

    /** The state in short, for whoever reads a failure. */
    String dump() {
        StringBuilder text = new StringBuilder();
        for (String table : List.of(Keys.HOST, Keys.PROC, Keys.RUN, Keys.PENDING, Keys.FIXED, Keys.ASSIGN, Keys.STATUS, Keys.PORTS))
            for (Entry entry : list(table)) text.append(entry.key()).append(" (").append(entry.created()).append(") ").append(entry.value()).append('\n');
        return text.toString();
    }

    private List<Entry> list(String prefix) {
        return world.store.list(prefix, "", Limits.PAGE, 0).entries();
    }

    private void services(Entry entry, List<String> missing) {
        ServiceId service = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
        Intent intent = Codec.intent(entry.value());
        long placed = list(Keys.RUN + service.path() + "/").stream()
                .map(run -> InstanceId.parse(run.key().substring(Keys.RUN.length())))
                .filter(id -> !waitsForRoom(id))
                .count();
        long explained = list(Keys.PENDING + service.path() + "/").size();
        if (placed + explained != intent.wanted())
            missing.add(service + ": wanted " + intent.wanted() + ", placed " + placed + ", explained " + list(Keys.PENDING + service.path() + "/").stream().map(it -> it.key() + "=" + it.value().text()).toList());
    }

    private void assignment(Entry entry, List<String> missing, Set<String> endpoints) {
        Assignment assignment = Codec.assignment(entry.value());
        InstanceId id = assignment.instance();
        Optional<Intent> intent = world.store.find(Keys.proc(id.service())).map(it -> Codec.intent(it.value()));
        Optional<Status> status = world.store.find(Keys.status(assignment.host(), id)).map(it -> Codec.status(it.value()));
        if (intent.isPresent() && waitsForRoom(id)) return;
        if (intent.isEmpty()) missing.add(id + ": nobody wants it");
        else if (!intent.get().spec().equals(assignment.spec()) && !isPaused(id.service(), intent.get())) missing.add(id + ": has an old specification");
        if (assignment.desired() == Assignment.Desired.stop) missing.add(id + ": is still to be stopped, " + status);
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

    /** A rollout goes no further while one of the new version has failed. */
    private boolean isPaused(ServiceId service, Intent intent) {
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
