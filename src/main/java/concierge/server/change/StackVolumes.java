package concierge.server.change;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.VolumeEngine;
import concierge.model.ExecutorKind;
import concierge.model.View;
import concierge.server.instance.Executors;
import concierge.state.LiveView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Removes a stack's volumes wherever an executor can have some: on every host that is there. */
public final class StackVolumes implements Removal.Volumes {
    private final Executors executors;
    private final LiveView live;

    public StackVolumes(Executors executors, LiveView live) {
        this.executors = executors;
        this.live = live;
    }

    @Override
    public VolumeEngine.Removed remove(String stack, Map<String, Set<ExecutorKind>> used) {
        View view = live.view();
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        Set<String> hosts = executors.hosts(view);
        for (String host : hosts) {
            try {
                for (Executor executor : executors.of(view, host)) remove(stack, executor, used.getOrDefault(host, Set.of()), removed, kept);
            } catch (ExecutorException e) {
                // A host that cannot be asked matters only if something of this stack was there.
                if (used.containsKey(host)) kept.add("volumes on host " + host + ": " + e.getMessage());
            }
        }
        for (String host : used.keySet()) if (!hosts.contains(host)) kept.add("volumes on host " + host + ": it is not there");
        return new VolumeEngine.Removed(removed, kept);
    }

    private static void remove(String stack, Executor executor, Set<ExecutorKind> used, List<String> removed, List<String> kept) {
        if (!(executor instanceof VolumeEngine engine)) return;
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
}
