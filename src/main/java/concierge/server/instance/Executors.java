package concierge.server.instance;

import concierge.executor.Attachable;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.View;
import concierge.peer.Peers;
import concierge.server.answer.Shown;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The executors that this server reaches: those of its own host, and through their agents those of others. */
public final class Executors {
    private static final Logger LOG = LoggerFactory.getLogger(Executors.class);

    private final String host;
    private final List<Executor> executors;
    private final Optional<Peers> peers;

    public Executors(String host, List<Executor> executors, Optional<Peers> peers) {
        this.host = host;
        this.executors = List.copyOf(executors);
        this.peers = peers;
    }

    /** The hosts that are there, and this one. */
    public Set<String> hosts(View view) {
        Set<String> hosts = new TreeSet<>();
        if (!executors.isEmpty()) hosts.add(host);
        for (String name : view.hosts().sortedKeys()) if (view.host(name).filter(HostView::isPresent).isPresent()) hosts.add(name);
        return hosts;
    }

    /**
     * Of one host.
     *
     * @throws ExecutorException {@code unavailable} where it cannot be asked
     */
    public List<Executor> of(View view, String name) {
        return name.equals(host) ? executors : kinds(view, name).stream().map(kind -> of(name, kind)).toList();
    }

    /** Whether these are this machine's. */
    public boolean areHere(List<Executor> found) {
        return !found.isEmpty() && executors.containsAll(found);
    }

    /** Of one host, less those that it has found away itself: to ask them takes as long as they hang. */
    List<Executor> answering(View view, String name) {
        Optional<HostRecord> record = view.host(name).filter(HostView::isPresent).flatMap(HostView::record);
        return of(view, name).stream().filter(executor -> record.filter(host -> !host.executors().contains(executor.kind())).isEmpty()).toList();
    }

    /** Of every host that can be asked. */
    List<Executor> all(View view) {
        List<Executor> all = new ArrayList<>();
        for (String name : hosts(view)) {
            try {
                all.addAll(answering(view, name));
            } catch (ExecutorException e) {
                LOG.info("host left out host={} reason={}", name, e.getMessage());
            }
        }
        return all;
    }

    private static Set<ExecutorKind> kinds(View view, String name) {
        return view.host(name).filter(HostView::isPresent).flatMap(HostView::record).map(HostRecord::executors).orElse(Set.of());
    }

    private Executor of(String name, ExecutorKind kind) {
        Optional<Executor> own = executors.stream().filter(executor -> executor.kind() == kind).findFirst();
        if (name.equals(host)) return own.orElseThrow(() -> Refusal.of(Code.engineUnavailable, "no executor " + kind + " here", "concierge hosts"));
        // Whoever serves a Swarm as a host: each of its managers reaches all of it.
        if (kind == ExecutorKind.swarm && own.filter(executor -> executor.availability().available()).isPresent()) return own.get();
        return peers.map(others -> others.executor(name, kind)).orElseThrow(() -> new ExecutorException(ExecutorException.Kind.unavailable,
                "host " + name + " cannot be asked by this server, " + host + " (expected: the installation's secrets.key in its home; its log says more)"));
    }

    /** The kinds that can connect a client to an instance's own input. */
    Set<ExecutorKind> attachable(View view) {
        Set<ExecutorKind> kinds = EnumSet.noneOf(ExecutorKind.class);
        for (Executor executor : all(view)) if (executor instanceof Attachable) kinds.add(executor.kind());
        return kinds;
    }

    /**
     * The executor that runs an instance.
     *
     * @throws ExecutorException {@code unavailable} where its host cannot be asked, or has found its engine away
     */
    public Executor running(View view, InstanceId id) {
        InstanceView instance = view.instance(id).orElseThrow(() -> Refusal.notFound("instance", id.path(), names(view, id)));
        ExecutorKind kind = instance.assignment().executor();
        view.host(instance.host()).filter(HostView::isPresent).flatMap(HostView::record).ifPresent(record -> requireThere(record, kind));
        return of(instance.host(), kind);
    }

    /** An engine that hangs would keep whoever asks waiting; its agent knows already. */
    private static void requireThere(HostRecord host, ExecutorKind kind) {
        if (host.executors().contains(kind)) return;
        String reason = host.remarks().stream().filter(remark -> remark.startsWith(kind + " ")).findFirst().orElse(kind + " does not answer");
        throw new ExecutorException(ExecutorException.Kind.unavailable, "host " + host.name() + ": " + reason);
    }

    private static List<String> names(View view, InstanceId id) {
        return Shown.services(view, service -> service.stack().equals(id.service().stack())).stream()
                .flatMap(service -> service.instances().values().stream())
                .map(instance -> instance.id().path())
                .toList();
    }
}
