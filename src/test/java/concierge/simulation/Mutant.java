package concierge.simulation;

import concierge.agent.AgentEffect;
import concierge.agent.AgentEvent;
import concierge.executor.Running;
import concierge.model.Assignment;
import concierge.model.InstanceState;
import concierge.model.Resources;
import concierge.model.Status;
import concierge.runtime.Core;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.List;

/** Deliberately broken rules, to prove that the simulation notices: each names the violation that must be found. */
enum Mutant {
    NONE(""),
    /** An agent that takes any store for its own. */
    OBEYS_ANY_STORE("nothing is touched without our store"),
    /** An agent that leaves endpoints standing. */
    KEEPS_ENDPOINTS("endpoints vanish before the stop"),
    /** An agent that does not hear of ends. */
    MISSES_ENDS("intent is reached"),
    /** An agent that reports states of the past. */
    REPORTS_BACKWARDS("states never go backwards"),
    /** A leader that gives a number away before its instance has stopped. */
    RELEASES_TOO_EARLY("no instance twice"),
    /** A host that claims to be twice as large as it is. */
    CLAIMS_TOO_MUCH("capacity is never exceeded");

    final String violation;

    Mutant(String violation) {
        this.violation = violation;
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
            case NONE, OBEYS_ANY_STORE, MISSES_ENDS, RELEASES_TOO_EARLY, CLAIMS_TOO_MUCH -> transaction;
        };
    }

    private static Transaction.Put backwards(Transaction.Put put) {
        if (!put.key().startsWith(Keys.STATUS)) return put;
        Status status = Codec.status(put.value());
        if (status.state() != InstanceState.stopping) return put;
        return new Transaction.Put(
                put.key(), Codec.value(Status.of(status.generation(), InstanceState.preparing, status.since(), "again")), 0);
    }

    Transaction leaderCommit(Transaction transaction) {
        if (this != RELEASES_TOO_EARLY) return transaction;
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
