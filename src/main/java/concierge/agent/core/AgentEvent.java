package concierge.agent.core;

import concierge.agent.instance.Assigned;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.store.CommitResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@link AgentCore} is told. Numbers ({@code reading}, {@code listing}, {@code operation}) are those of the effect that is answered. */
public sealed interface AgentEvent {
    /** The first event. */
    record Started() implements AgentEvent {}

    /** Answers {@link AgentEffect.ReadStore}; changes after {@code state.revision()} follow. */
    record StoreRead(long reading, HostState state) implements AgentEvent {}

    /** The store could not be read, or stopped telling changes; {@code reading} 0: the newest one. */
    record StoreLost(long reading, String reason) implements AgentEvent {}

    /** One revision's changes of this host's assignments. */
    record AssignmentsChanged(long reading, long revision, List<Change> changes) implements AgentEvent {
        public AssignmentsChanged {
            changes = List.copyOf(changes);
        }
    }

    /** An assignment's new value; empty: it was deleted. */
    record Change(InstanceId instance, Optional<Assigned> assigned) {}

    /** The host's lease is held, after it was not, or not yet. */
    record LeaseHeld() implements AgentEvent {}

    /** The host's lease may have ended for others: nobody has answered for its whole time, by our clock. */
    record LeaseLapsed() implements AgentEvent {}

    /** Answers {@link AgentEffect.CheckEngine}. */
    record EngineChecked(ExecutorKind kind, boolean available, String text) implements AgentEvent {}

    /** Answers {@link AgentEffect.ListEngine}. */
    record EngineListed(ExecutorKind kind, long listing, List<Running> found) implements AgentEvent {
        public EngineListed {
            found = List.copyOf(found);
        }
    }

    record EngineListFailed(ExecutorKind kind, long listing, String reason) implements AgentEvent {}

    /** An executor's watch saw a start or an end. */
    record Observed(ExecutorKind kind, Running running) implements AgentEvent {}

    /** An executor's watch may have missed something. */
    record Gap(ExecutorKind kind) implements AgentEvent {}

    /** How an operation on an instance ended. */
    record Answered(InstanceId instance, long operation, Outcome outcome) implements AgentEvent {}

    /** An ensure under way says what it does. */
    record Progressed(InstanceId instance, long operation, String text) implements AgentEvent {}

    /** Answers {@link AgentEffect.Probe}. */
    record Probed(InstanceId instance, long probe, ProbeResult result) implements AgentEvent {}

    /** Answers {@link AgentEffect.ReadLog}. */
    record LogRead(InstanceId instance, long generation, List<String> lines) implements AgentEvent {
        public LogRead {
            lines = List.copyOf(lines);
        }
    }

    /** Answers {@link AgentEffect.Commit}. */
    record CommitAnswered(String id, CommitResult result) implements AgentEvent {}

    /** The instant asked for by {@link AgentEffect.WakeAt} is there. */
    record Tick() implements AgentEvent {}

    /** How far the machine's clock is ahead now of the time that steps are told, which nobody sets. */
    record ClockSet(Duration stepped) implements AgentEvent {}

    sealed interface Outcome {
        record Runs(Running running) implements Outcome {}

        record Stopped() implements Outcome {}

        record Removed() implements Outcome {}

        record Found(Optional<Running> running) implements Outcome {}

        /** The routers serve the revision, or the bound for waiting is over. */
        record Drained() implements Outcome {}

        record Refused(ExecutorException.Kind kind, String message) implements Outcome {}
    }

    sealed interface ProbeResult {
        record Healthy() implements ProbeResult {}

        record Unhealthy(String reason) implements ProbeResult {}

        /** It could not be asked (the engine is away): says nothing about its health. */
        record Unknown(String reason) implements ProbeResult {}
    }
}
