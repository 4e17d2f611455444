package concierge.agent.core;

import concierge.agent.core.Instance.Operation;
import concierge.agent.core.Instance.Verb;
import concierge.agent.instance.AgentLimits;
import concierge.model.ExecutorKind;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Begins operations: at most one an instance, with a place in its engine's lane. Confined to the core. */
final class Operations {
    private final Consumer<AgentEffect> effects;
    private final LongSupplier numbers;

    Operations(Consumer<AgentEffect> effects, LongSupplier numbers) {
        this.effects = effects;
        this.numbers = numbers;
    }

    /** Asks for what belongs to an operation that was begun, or to none. */
    void ask(AgentEffect effect) {
        effects.accept(effect);
    }

    Operation begin(Instance it, Verb verb, ExecutorKind kind, Instant now) {
        Operation operation = new Operation(numbers.getAsLong(), verb, kind, it.generation(), now);
        it.operation = operation;
        wake(it, now.plus(AgentLimits.SILENCE), now);
        return operation;
    }

    /** Whether it may begin now; else it is looked at when there is a place. */
    static boolean enter(Instance it, Engine engine, Verb verb) {
        return engine.lane(verb).map(lane -> lane.enter(it.id)).orElse(true);
    }

    /** Has it looked at again then, if nothing else comes first. */
    static void wake(Instance it, Instant at, Instant now) {
        if (at.isAfter(now) && at.isBefore(it.wakeAt)) it.wakeAt = at;
    }
}
