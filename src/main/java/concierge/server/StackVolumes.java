package concierge.server;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.VolumeEngine;
import concierge.model.ExecutorKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Removes a stack's volumes wherever an executor of this server can have some. */
final class StackVolumes implements Removal.Volumes {
    private final List<Executor> executors;

    StackVolumes(List<Executor> executors) {
        this.executors = List.copyOf(executors);
    }

    @Override
    public VolumeEngine.Removed remove(String stack, Set<ExecutorKind> used) {
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (Executor executor : executors) {
            if (!(executor instanceof VolumeEngine engine)) continue;
            try {
                VolumeEngine.Removed done = engine.removeVolumes(stack);
                removed.addAll(done.removed());
                kept.addAll(done.kept());
            } catch (ExecutorException e) {
                // An engine that is not there matters only if something of this stack ran on it.
                boolean matters = e.kind() != ExecutorException.Kind.unavailable || used.contains(executor.kind());
                if (matters) kept.add("volumes on " + executor.kind() + ": " + e.getMessage());
            }
        }
        return new VolumeEngine.Removed(removed, kept);
    }
}
