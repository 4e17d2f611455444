package concierge.peer;

import concierge.executor.Belongings;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.executor.VolumeEngine;
import concierge.image.Images;
import concierge.model.ExecutorKind;
import java.util.ArrayList;
import java.util.List;

/** Takes from a host what its installation left there, once its instances are gone. Stateless. */
public final class Clearing {
    /**
     * What came of it.
     *
     * @param removed names
     * @param kept a line for each thing that could not be removed, with its reason
     * @param silent engines that did not answer: what is left there, if anything is, nobody knows
     */
    public record Cleared(List<String> removed, List<String> kept, List<String> silent) {
        public Cleared {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
            silent = List.copyOf(silent);
        }
    }

    private Clearing() {}

    /** @param volumes whether they go, too */
    public static Cleared clear(List<Executor> executors, String installation, boolean volumes) {
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (Executor executor : executors) {
            try {
                Executor.Availability now = executor.availability();
                if (!now.available()) {
                    // Processes need nothing to answer, and where there is no Swarm none of it has anything.
                    if (executor.kind() == ExecutorKind.docker) silent.add(executor.kind() + ": " + now.text());
                    continue;
                }
                if (executor instanceof ImageEngine engine) {
                    Images.Removed images = new Images(engine, installation).removeAll();
                    removed.addAll(images.removed());
                    kept.addAll(images.kept());
                }
                if (executor instanceof Belongings belongings) {
                    VolumeEngine.Removed cleared = belongings.clear(volumes);
                    removed.addAll(cleared.removed());
                    kept.addAll(cleared.kept());
                }
            } catch (ExecutorException e) {
                kept.add(executor.kind() + ": " + e.getMessage());
            }
        }
        return new Cleared(removed, kept, silent);
    }
}
