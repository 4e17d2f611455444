package concierge.server;

import concierge.executor.Attachable;
import concierge.executor.Executor;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.View;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The executors that this server reaches: those of its own host. */
final class Executors {
    private final String host;
    private final List<Executor> executors;

    Executors(String host, List<Executor> executors) {
        this.host = host;
        this.executors = List.copyOf(executors);
    }

    List<Executor> all() {
        return executors;
    }

    private Optional<Executor> of(ExecutorKind kind) {
        return executors.stream().filter(executor -> executor.kind() == kind).findFirst();
    }

    /** The kinds that can connect a client to an instance's own input. */
    Set<ExecutorKind> attachable() {
        return executors.stream().filter(Attachable.class::isInstance).map(Executor::kind).collect(Collectors.toUnmodifiableSet());
    }

    /** On this host, or on a Swarm that our engine manages: whoever serves that one, each of its managers reaches all of it. */
    boolean isHere(InstanceView instance) {
        if (instance.host().equals(host)) return true;
        return instance.assignment().executor() == ExecutorKind.swarm && of(ExecutorKind.swarm).filter(executor -> executor.availability().available()).isPresent();
    }

    /** The executor that runs an instance. */
    Executor running(View view, InstanceId id) {
        InstanceView instance = view.instance(id).orElseThrow(() -> Refusal.notFound("instance", id.path(), names(view, id)));
        if (!isHere(instance)) {
            throw Refusal.of(Code.conflict, id.path() + " runs on host " + instance.host() + ", this server reaches only " + host, "ask the server there");
        }
        return of(instance.assignment().executor())
                .orElseThrow(() -> Refusal.of(Code.engineUnavailable, "no executor " + instance.assignment().executor() + " here", "concierge hosts"));
    }

    private static List<String> names(View view, InstanceId id) {
        return Shown.services(view, service -> service.stack().equals(id.service().stack())).stream()
                .flatMap(service -> service.instances().values().stream())
                .map(instance -> instance.id().path())
                .toList();
    }
}
