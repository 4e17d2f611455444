package concierge.control;

import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.plan.Action;
import concierge.plan.Movability;
import concierge.plan.Plan;
import concierge.plan.Planner;
import concierge.plan.Reason;
import concierge.plan.Rehearsal;
import concierge.plan.Ripple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What would happen if a wish were written and everything went well: the real planner, again and again,
 * on a view that a {@link Rehearsal} carries on. Pure; changes nothing.
 *
 * @param steps in the order in which they would be taken
 * @param refusals instances that would not be placed, or would stay on a host that is drained, and why
 * @param complete false: it goes on past {@link #PASSES}
 */
public record Forecast(List<Step> steps, List<Refused> refusals, boolean complete) {
    /** Enough for a rollout of a thousand instances one by one; beyond that nobody reads on. */
    public static final int PASSES = 4_000;

    /** Steps told at most. */
    public static final int STEPS = 10_000;

    /**
     * @param kind {@code place}, {@code replace}, {@code stop}, {@code remove} or {@code keep}
     * @param subject an instance's or a service's path
     */
    public record Step(String kind, String subject, String text, String reason) {}

    public record Refused(InstanceId instance, String reason) {}

    public Forecast {
        steps = List.copyOf(steps);
        refusals = List.copyOf(refusals);
    }

    /** What a deployment leaves as it is, though the file says otherwise: empty where nobody scaled by hand. */
    public static Optional<String> scaledByHand(Intent intent) {
        boolean byHand = intent.override() != Intent.NO_OVERRIDE;
        return byHand ? Optional.of("scaled by hand to " + intent.override() + "; the file says " + intent.scale()) : Optional.empty();
    }

    public static Forecast of(View view, Wish wish, Instant now) {
        return new Run(view, wish, now).forecast();
    }

    /** One forecast in the making. */
    private static final class Run {
        private final Wish wish;
        private final Planner planner = new Planner();
        private final Ripple ripple = new Ripple();
        private final List<Step> steps = new ArrayList<>();
        private final Set<ServiceId> touched = new HashSet<>();
        private View view;
        private Instant now;

        Run(View view, Wish wish, Instant now) {
            this.wish = wish;
            this.now = now;
            ripple.reach(view);
            this.view = wish.appliedTo(view);
        }

        Forecast forecast() {
            SortedSet<ServiceId> dirty = new TreeSet<>(ripple.reach(view));
            boolean complete = false;
            for (int pass = 0; pass < PASSES && steps.size() < STEPS && !complete; pass++) {
                Plan plan = planner.plan(asking(dirty), now);
                Optional<Instant> later = plan.wakeAt().filter(now::isBefore);
                if (hasFailed(plan) || plan.actions().isEmpty() && later.isEmpty()) {
                    // What is done beside giving up a deployment is done all the same.
                    tell(plan);
                    complete = true;
                } else if (plan.actions().isEmpty()) {
                    now = later.orElse(now);
                    dirty = new TreeSet<>(plan.waiting());
                } else {
                    tell(plan);
                    carryOut(plan);
                    dirty = new TreeSet<>(ripple.reach(view));
                    dirty.addAll(plan.waiting());
                }
            }
            tellKept();
            return new Forecast(steps, refusals(), complete);
        }

        private View asking(SortedSet<ServiceId> dirty) {
            return view.withDirty(dirty);
        }

        /** Time ran out for a deployment that cannot be finished: the refusals say why. */
        private static boolean hasFailed(Plan plan) {
            return plan.actions().stream().anyMatch(action ->
                    action instanceof Action.Conclude end && end.deployment().outcome() == Deployment.Outcome.failed);
        }

        private void carryOut(Plan plan) {
            View committed = Rehearsal.of(view).commit(plan).view();
            SortedSet<ServiceId> concerned = new TreeSet<>(committed.dirty());
            concerned.addAll(wish.wanted().keySet());
            concerned.addAll(wish.removed());
            view = Rehearsal.of(committed).succeed(concerned, now).view();
        }

        private void tell(Plan plan) {
            for (Action action : plan.actions()) {
                Optional<Step> step = step(action);
                step.ifPresent(steps::add);
            }
        }

        private Optional<Step> step(Action action) {
            String reason = action.reason().text();
            return switch (action) {
                case Action.Place place -> {
                    touched.add(place.assignment().instance().service());
                    yield Optional.of(new Step(
                            "place",
                            place.assignment().instance().path(),
                            "run on " + place.assignment().host() + " by " + place.assignment().executor()
                                    + (place.pin() ? ", and stay there" : ""),
                            reason));
                }
                case Action.Stop stop -> {
                    touched.add(stop.assignment().instance().service());
                    yield Optional.of(new Step(
                            isReplacing(stop.reason()) ? "replace" : "stop",
                            stop.assignment().instance().path(),
                            "stop on " + stop.assignment().host(),
                            reason));
                }
                case Action.Withdraw withdraw ->
                    Optional.of(new Step("remove", withdraw.service().path(), "the service", reason));
                case Action.Release _, Action.Unpin _, Action.Note _, Action.EndMove _, Action.Conclude _ -> Optional.empty();
            };
        }

        private static boolean isReplacing(Reason reason) {
            return reason instanceof Reason.Changed
                    || reason instanceof Reason.RestartAsked
                    || reason instanceof Reason.LinksChanged
                    || reason instanceof Reason.CrashLoop;
        }

        private void tellKept() {
            for (ServiceId id : wish.wanted().keySet()) {
                int running = view.service(id).map(service -> service.instances().size()).orElse(0);
                Optional<String> byHand = scaledByHand(wish.wanted().get(id).intent());
                if (running == 0 && byHand.isEmpty() || touched.contains(id)) continue;
                String text = running + (running == 1 ? " instance runs on" : " instances run on");
                steps.add(new Step("keep", id.path(), text, byHand.orElse("nothing changed")));
            }
        }

        private List<Refused> refusals() {
            List<Refused> refusals = new ArrayList<>();
            for (ServiceId id : wish.wanted().keySet()) {
                ServiceView service = view.service(id).orElse(ServiceView.empty(id));
                service.pending().forEach((n, reason) -> refusals.add(new Refused(id.instance(n), reason)));
            }
            wish.drained().ifPresent(host -> view.services().forEach((_, service) -> {
                for (InstanceView it : service.instances()) if (it.host().equals(host) && it.occupies()) refusals.add(new Refused(it.id(), staysBecause(service, it)));
            }));
            return Collections.unmodifiableList(refusals);
        }

        private static String staysBecause(ServiceView service, InstanceView it) {
            String noted = service.pending().get(it.id().n());
            if (noted != null) return noted;
            if (it.assignment().kind() instanceof RunKind.ToCompletion) return "runs to completion";
            return Movability.alone(it.spec()).orElse("is to be replaced first");
        }
    }
}
