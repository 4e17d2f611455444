package concierge.agent.core;

import concierge.agent.instance.ProbeTarget;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** What {@link AgentCore} asks for. All but {@code Cancel}, {@code Announce}, {@code Say} and {@code WakeAt} are answered by one event. */
public sealed interface AgentEffect {
    /** Read all about this host, then tell its changes; ends the telling of former readings. */
    record ReadStore(long reading) implements AgentEffect {}

    record CheckEngine(ExecutorKind kind) implements AgentEffect {}

    record ListEngine(ExecutorKind kind, long listing) implements AgentEffect {}

    record Ensure(ExecutorKind kind, long operation, Workload workload) implements AgentEffect {}

    /** Nobody wants this ensure any more: interrupt it; its answer still comes. */
    record Cancel(long operation) implements AgentEffect {}

    record Stop(ExecutorKind kind, long operation, InstanceId instance, Duration grace) implements AgentEffect {}

    record Remove(ExecutorKind kind, long operation, InstanceId instance) implements AgentEffect {}

    record Inspect(ExecutorKind kind, long operation, InstanceId instance) implements AgentEffect {}

    /** Wait, bounded, until the routers serve this revision. */
    record AwaitRouters(long operation, InstanceId instance, long revision) implements AgentEffect {}

    /** Ask all targets; healthy when all are. */
    record Probe(ExecutorKind kind, InstanceId instance, long probe, List<ProbeTarget> targets) implements AgentEffect {
        public Probe {
            targets = List.copyOf(targets);
        }
    }

    /** Fetch the last {@link concierge.model.Status#LOG_LINES} lines. */
    record ReadLog(ExecutorKind kind, InstanceId instance, long generation) implements AgentEffect {}

    record Commit(Transaction transaction) implements AgentEffect {}

    /** These executors can be used now; remarks: which worked before and cannot, and whatever else people should know: tell the network. */
    record Announce(Set<ExecutorKind> available, List<String> remarks) implements AgentEffect {
        public Announce {
            available = Set.copyOf(available);
            remarks = List.copyOf(remarks);
        }
    }

    /** A fact for the log. */
    record Say(String text) implements AgentEffect {}

    /** Tell {@link AgentEvent.Tick} at this instant; replaces the one before. */
    record WakeAt(Instant at) implements AgentEffect {}
}
