package concierge.simulation;

import concierge.agent.core.AgentEffect;
import concierge.agent.core.AgentEvent;
import concierge.control.ControlEffect;
import concierge.executor.Running;
import concierge.model.Assignment;
import concierge.model.HostView;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.Status;
import concierge.model.View;
import concierge.runtime.Core;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Deliberately broken rules, to prove that the simulation notices: each names the violation that must be found. */
enum Mutant {
    NONE(""),
    /** An agent that takes any store for its own. */
    OBEYS_ANY_STORE("nothing is touched without our store", 3),
    /** An agent that leaves endpoints standing. */
    KEEPS_ENDPOINTS("endpoints vanish before the stop", 2),
    /** An agent that does not hear of ends. */
    MISSES_ENDS("intent is reached", 4),
    /** An agent that reports states of the past. */
    REPORTS_BACKWARDS("states never go backwards"),
    /** A leader that gives a number away before its instance has stopped. */
    RELEASES_TOO_EARLY("no instance twice"),
    /** A host that claims to be twice as large as it is. */
    CLAIMS_TOO_MUCH("capacity is never exceeded"),
    /** A leader that does not look at who has a fixed port. */
    FORGETS_HOST_PORTS("a host port is never used twice"),
    /** A leader that does not wait for what a service links to. */
    FORGETS_LINKS("linked services first"),
    /** A leader that takes for ready what is only on its way there. */
    CONCLUDES_TOO_EARLY("a deployment succeeds when all was ready"),
    /** A leader that has the old one stopped before the one that takes over from it is ready. */
    MOVES_TOO_EARLY("who takes over is ready first", 4),
    /** A leader that withdraws no replaced version. */
    KEEPS_REPLACED("intent is reached"),
    /** A leader that tells agents nothing of deadlines. */
    FORGETS_DEADLINES("intent is reached", 8),
    /** A leader whose writes do not ask whether it still leads. */
    WRITES_UNFENCED("a deposed leader writes nothing", 7),
    /** An agent that does not notice that its host's lease has ended. */
    IGNORES_LAPSES("what stops when lost runs once", 229),
    /** A leader that takes what is fixed anywhere for fixed on one host. */
    MISTAKES_PINS("a fixed instance stays on its host", 4);

    final String violation;

    /** Looked at first: the one that showed it last time. Any other may show it, too. */
    final long seed;

    Mutant(String violation) {
        this(violation, 1);
    }

    Mutant(String violation, long seed) {
        this.violation = violation;
        this.seed = seed;
    }

    boolean noticesLapses() {
        return this != IGNORES_LAPSES;
    }

    String installation(String found) {
        return this == OBEYS_ANY_STORE ? World.INSTALLATION : found;
    }

    Resources capacity(Resources real) {
        return this == CLAIMS_TOO_MUCH ? real.plus(real) : real;
    }

    Core<AgentEvent, AgentEffect> agent(Core<AgentEvent, AgentEffect> core) {
        if (this != MISSES_ENDS) return core;
        return (event, now) -> switch (event) {
            case AgentEvent.Observed(var kind, var running) when running.state() == Running.State.ended -> List.of();
            case AgentEvent.EngineListed(var kind, long listing, List<Running> found) ->
                core.step(new AgentEvent.EngineListed(kind, listing, found.stream().map(Mutant::alive).toList()), now);
            default -> core.step(event, now);
        };
    }

    private static Running alive(Running running) {
        return new Running(
                running.instance(), running.generation(), running.digest(), running.name(), Running.State.running,
                running.started(), java.util.Optional.empty(), false, running.address(), running.ports());
    }

    Transaction agentCommit(Transaction transaction) {
        return switch (this) {
            case KEEPS_ENDPOINTS -> new Transaction(
                    transaction.id(), transaction.compares(), transaction.puts(),
                    transaction.deletes().stream().filter(key -> !key.startsWith(Keys.PORTS)).toList());
            case REPORTS_BACKWARDS -> new Transaction(
                    transaction.id(), transaction.compares(), transaction.puts().stream().map(Mutant::backwards).toList(), transaction.deletes());
            default -> transaction;
        };
    }

    private static Transaction.Put backwards(Transaction.Put put) {
        if (!put.key().startsWith(Keys.STATUS)) return put;
        Status status = Codec.status(put.value());
        if (status.state() != InstanceState.stopping) return put;
        return new Transaction.Put(
                put.key(), Codec.value(Status.of(status.generation(), InstanceState.preparing, status.since(), "again")), 0);
    }

    View view(View view) {
        return switch (this) {
            case FORGETS_HOST_PORTS -> withHosts(view, host -> new HostView(
                    host.name(), host.record(), host.lost(), host.used(), host.instances(), new TreeMap<>()));
            case FORGETS_LINKS -> withServices(view, service -> new ServiceView(
                    service.id(), service.intent(), service.spec().map(spec -> spec.with().links(List.of()).build()),
                    service.instances(), service.pins(), service.pending()));
            case MISTAKES_PINS -> withServices(view, service -> new ServiceView(
                    service.id(), service.intent(), service.spec(), service.instances(), mistaken(service.pins()), service.pending()));
            case CONCLUDES_TOO_EARLY -> withServices(view, Mutant::hopeful);
            case MOVES_TOO_EARLY -> withServices(view, service -> service.id().equals(Rebalances.PAGE) ? hopeful(service) : service);
            default -> view;
        };
    }

    private static TreeMap<Integer, String> mistaken(SortedMap<Integer, String> pins) {
        TreeMap<Integer, String> mistaken = new TreeMap<>(pins);
        mistaken.replaceAll((_, _) -> "h1");
        return mistaken;
    }

    private static View withHosts(View view, UnaryOperator<HostView> change) {
        Map<String, HostView> hosts = new HashMap<>();
        view.hosts().forEach((name, host) -> hosts.put(name, change.apply(host)));
        return view.withHosts(view.hosts().with(hosts));
    }

    private static View withServices(View view, UnaryOperator<ServiceView> change) {
        Map<ServiceId, ServiceView> services = new HashMap<>();
        view.services().forEach((id, service) -> services.put(id, change.apply(service)));
        return new View(view.revision(), view.services().with(services), view.hosts(), view.deployments(), view.stacks(), view.moves(), view.dirty());
    }

    private static ServiceView hopeful(ServiceView service) {
        return service.with(Instances.of(service.instances().values().stream().map(Mutant::hopeful).toList()));
    }

    private static InstanceView hopeful(InstanceView it) {
        boolean begins = it.state().compareTo(InstanceState.ready) < 0 && !it.isStopping();
        if (!begins) return it;
        Status ready = Status.of(it.generation(), InstanceState.ready, Scheduler.START, "");
        return new InstanceView(it.assignment(), it.generation(), it.spec(), Optional.of(ready), it.endpoints(), it.container(), it.failures());
    }

    ControlEffect.Conclude leaderConclusion(ControlEffect.Conclude conclude) {
        return this == KEEPS_REPLACED
                ? new ControlEffect.Conclude(conclude.id(), conclude.fence(), List.of(), conclude.ended(), conclude.last(), conclude.since())
                : conclude;
    }

    Transaction leaderCommit(Transaction transaction) {
        return switch (this) {
            case RELEASES_TOO_EARLY -> releasingEarly(transaction);
            case WRITES_UNFENCED -> withoutCompares(transaction, Keys.LEADER::equals);
            case FORGETS_DEADLINES -> new Transaction(
                    transaction.id(), transaction.compares(), transaction.puts().stream().map(Mutant::endless).toList(), transaction.deletes());
            default -> transaction;
        };
    }

    private static Transaction withoutCompares(Transaction transaction, Predicate<String> keys) {
        return new Transaction(
                transaction.id(), transaction.compares().stream().filter(compare -> !keys.test(compare.key())).toList(),
                transaction.puts(), transaction.deletes());
    }

    private static Transaction.Put endless(Transaction.Put put) {
        if (!put.key().startsWith(Keys.ASSIGN)) return put;
        Assignment told = Codec.assignment(put.value());
        if (!(told.kind() instanceof RunKind.ToCompletion(int priority, _))) return put;
        return new Transaction.Put(put.key(), Codec.value(new Assignment(
                told.instance(), told.host(), told.spec(), told.executor(), told.epoch(), told.links(), told.desired(),
                new RunKind.ToCompletion(priority, Optional.empty()), told.deployment())), put.lease());
    }

    private static Transaction releasingEarly(Transaction transaction) {
        List<Transaction.Put> puts = new ArrayList<>();
        List<String> deletes = new ArrayList<>(transaction.deletes());
        for (Transaction.Put put : transaction.puts()) {
            boolean stop = put.key().startsWith(Keys.ASSIGN)
                    && Codec.assignment(put.value()).desired() == Assignment.Desired.stop;
            if (!stop) {
                puts.add(put);
                continue;
            }
            Assignment assignment = Codec.assignment(put.value());
            deletes.add(Keys.run(assignment.instance()));
            deletes.add(Keys.deploy(assignment.host(), assignment.instance()));
            deletes.add(put.key());
            deletes.add(Keys.status(assignment.host(), assignment.instance()));
            deletes.add(Keys.counter(assignment.host(), assignment.instance()));
        }
        return new Transaction(transaction.id(), transaction.compares(), puts, deletes);
    }
}
