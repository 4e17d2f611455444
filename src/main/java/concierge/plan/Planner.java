package concierge.plan;

import concierge.model.Deployment;
import concierge.model.HostView;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides where the instances of a view's dirty services run. Pure: the same view, sightings and instant
 * give the same plan, whatever was planned before and in whatever order maps are walked. It keeps nothing
 * but caches that follow the views it is shown, so a pass costs what changed. Not thread-safe: one planner
 * a thread.
 */
public final class Planner {
    private static final Comparator<ServicePlan> PLACING_ORDER = Comparator.comparingLong(plan -> plan.turn);

    private final HostTable table = new HostTable();
    private final Stacks stacks = new Stacks();

    /** As {@link #plan(View, Sightings, Instant)}, trusting the times that agents report. */
    public Plan plan(View view, Instant now) {
        return plan(view, Sightings.REPORTED, now);
    }

    public Plan plan(View view, Sightings sightings, Instant now) {
        Pass pass = pass(view, sightings, now);
        List<ServicePlan> plans = new ArrayList<>(view.dirty().size());
        for (ServiceView service : services(view)) {
            ServicePlan plan = ServicePlan.sort(pass, service);
            if (plan != null) plans.add(plan);
        }
        plans.sort(PLACING_ORDER);
        boolean moves = view.moves().size() > 0 || table.drains();
        for (ServicePlan plan : plans) {
            pass.placer.place(plan);
            if (!moves) plan.writeNotes();
        }
        if (moves) advanceMoves(pass, plans);
        advanceDeployments(pass, plans);
        return pass.plan();
    }

    private static void advanceMoves(Pass pass, List<ServicePlan> plans) {
        for (ServicePlan plan : plans) {
            plan.beginMoves();
            plan.writeNotes();
        }
        for (ServiceId id : pass.view.dirty()) if (pass.view.services().find(id) == null) Moving.drop(pass, id);
    }

    /** What each host would say to one more instance of a service, the best first; empty: nobody wants it. */
    public List<Verdict> explain(View view, ServiceId id) {
        ServiceView service = view.services().find(id);
        if (service == null || service.spec().isEmpty()) return List.of();
        Pass pass = pass(view, Sightings.REPORTED, Instant.EPOCH);
        return new Explanation(pass, service, service.spec().get()).verdicts();
    }

    /** All of them before the first is looked at: in a loop as small as this one cache misses overlap. */
    private List<ServiceView> services(View view) {
        List<ServiceView> services = new ArrayList<>(view.dirty().size());
        for (ServiceId id : view.dirty()) {
            ServiceView service = view.services().find(id);
            if (service != null) services.add(service);
        }
        if (view.deployments().size() > 0) addWaiting(view, services);
        return services;
    }

    /** What else of a deployment waits for a place: whether all that is left does is told by all of them. */
    private void addWaiting(View view, List<ServiceView> services) {
        String stack = "";
        for (ServiceId dirty : view.dirty()) {
            if (dirty.stack().equals(stack)) continue;
            stack = dirty.stack();
            Deployment deployment = view.deployments().find(stack);
            if (deployment == null || deployment.outcome() != Deployment.Outcome.active) continue;
            for (ServiceId id : stacks.of(stack)) {
                ServiceView service = view.dirty().contains(id) ? null : view.services().find(id);
                if (service != null && !service.pending().isEmpty()) services.add(service);
            }
        }
    }

    private Pass pass(View view, Sightings sightings, Instant now) {
        table.load(view.hosts());
        stacks.load(view.services());
        return new Pass(view, now, sightings, table, stacks);
    }

    private void advanceDeployments(Pass pass, List<ServicePlan> plans) {
        if (pass.view.deployments().size() == 0) return;
        Map<ServiceId, ServicePlan> byService = new HashMap<>();
        for (ServicePlan plan : plans) byService.put(plan.id(), plan);
        Set<String> touched = new HashSet<>();
        for (ServiceId id : pass.view.dirty()) touched.add(id.stack());
        Rollouts rollouts = new Rollouts(pass, byService);
        for (String stack : pass.view.deployments().sortedKeys()) {
            Deployment deployment = pass.view.deployments().find(stack);
            if (deployment == null || deployment.outcome() != Deployment.Outcome.active) continue;
            // One without any service has nothing that could become dirty.
            if (touched.contains(stack) || stacks.of(stack).isEmpty()) rollouts.advance(deployment);
        }
    }
}
