package concierge.plan;

import concierge.model.InstanceView;
import concierge.model.ServiceId;
import concierge.model.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one run of the planner collects; lives as long as the run. */
final class Pass {
    final View view;
    final Instant now;
    final Sightings sightings;
    final HostTable table;
    final Stacks stacks;
    final Placer placer;
    final Succession succession;
    final KeptVolumes volumes;
    final Movability movability;
    private final List<Action> actions = new ArrayList<>();
    private final TreeSet<ServiceId> waiting = new TreeSet<>();
    private @Nullable Instant wakeAt;
    private @Nullable Reason lastReason;
    private String lastText = "";

    Pass(View view, Instant now, Sightings sightings, HostTable table, Stacks stacks) {
        this.view = view;
        this.now = now;
        this.sightings = sightings;
        this.table = table;
        this.stacks = stacks;
        this.placer = new Placer(this);
        this.succession = new Succession(this);
        this.volumes = new KeptVolumes(this);
        this.movability = new Movability(view);
    }

    void add(Action action) {
        actions.add(action);
    }

    void stop(InstanceView instance, Reason reason) {
        add(new Action.Stop(instance.assignment().stopping(), instance.generation(), reason));
    }

    void release(InstanceView instance, Reason reason) {
        table.free(instance);
        add(new Action.Release(instance.id(), instance.host(), instance.generation(), !instance.state().isFinal(), reason));
    }

    /** Its host is lost, and so it is taken for ended: for certain, where it must not run twice. */
    boolean isGone(InstanceView instance) {
        return isLost(instance.host()) && (!instance.spec().stopsWhenLost() || table.hasStopped(instance.host()));
    }

    boolean isLost(String host) {
        return table.isLost(host);
    }

    /** Asks for another run at an instant, for a service. */
    void wake(Instant at, ServiceId service) {
        if (wakeAt == null || at.isBefore(wakeAt)) wakeAt = at;
        waiting.add(service);
    }

    /** A reason's text; the same reason often stands for many instances in a row. */
    String text(Reason reason) {
        if (reason != lastReason) {
            lastReason = reason;
            lastText = reason.text();
        }
        return lastText;
    }

    Plan plan() {
        return new Plan(view.revision(), actions, Optional.ofNullable(wakeAt), waiting);
    }
}
