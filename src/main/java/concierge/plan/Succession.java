package concierge.plan;

import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Earlier tags run on until the deployed one is ready; but a host port, or the last of a host's memory, cannot
 * be held twice. Where an instance of the deployed tag is refused everywhere only because of what the replaced
 * tags hold, this stops that first: as little as makes room, {@code update.parallel} at a time, the next when
 * the successors are ready.
 */
final class Succession {
    private final Pass pass;
    /** What this pass found room for one instance in; nobody else gets it. */
    private final Set<InstanceId> claimed = new HashSet<>();
    /** Who waits in this pass for earlier tags to make way, by their stack. */
    private final Map<String, List<Waiting>> waiting = new HashMap<>();

    Succession(Pass pass) {
        this.pass = pass;
    }

    /** Whether an active deployment replaces the tag of a service: then what it needs comes last. */
    static boolean isReplaced(View view, ServiceId id) {
        Deployment deployment = view.deployments().find(id.stack());
        return deployment != null && isReplaced(deployment, id);
    }

    private static boolean isReplaced(Deployment deployment, ServiceId id) {
        return deployment.outcome() == Deployment.Outcome.active
                && !id.tag().equals(deployment.tag())
                && deployment.replaces().contains(id.tag());
    }

    private static boolean isDeployed(Deployment deployment, ServiceId id) {
        return id.tag().equals(deployment.tag()) || id.tag().equals(Names.STATIC_TAG);
    }

    /** @param row where there will be room */
    private record Waiting(InstanceId successor, int row) {}

    /**
     * Why what has made way does not come back yet: room that is found piece by piece would be taken again before it is
     * enough, and so for ever. What a lost host ran is not held up: it has made way for nobody.
     *
     * @param pin the only row that it can go to; {@link HostTable#NO_ROW} for any
     */
    Optional<Reason> hold(ServicePlan plan, Need need, int pin) {
        boolean madeWay = need.previous() == null || need.previous().isStopping();
        if (!madeWay || waiting.isEmpty() || !isReplaced(pass.view, plan.id())) return Optional.empty();
        return waiting.getOrDefault(plan.id().stack(), List.of()).stream()
                .filter(it -> pin == HostTable.NO_ROW || pin == it.row())
                .findFirst().map(it -> new Reason.MakesWay(it.successor()));
    }

    Queue queue(ServicePlan plan) {
        return new Queue(plan);
    }

    /** The successors of one service that a pass could not place. */
    final class Queue {
        private final ServicePlan plan;
        private final List<InstanceView> earlier;
        /** So many may still be begun in this pass; unknown until somebody asks. */
        private int turns = -1;

        Queue(ServicePlan plan) {
            this.plan = plan;
            this.earlier = earlier(plan);
        }

        /**
         * Makes room for a number that was refused, if earlier tags hold it.
         *
         * @param pin the only row that it can go to; {@link HostTable#NO_ROW} for any
         * @return what to note about the need
         */
        Reason makeRoom(int n, Request request, int pin, Reason obstacle) {
            if (earlier.isEmpty()) return obstacle;
            List<InstanceView> going = whoIsInTheWay(earlier, obstacle, request, pin);
            if (going.isEmpty()) return obstacle;
            going.forEach(instance -> claimed.add(instance.id()));
            waiting.computeIfAbsent(plan.id().stack(), _ -> new ArrayList<>())
                    .add(new Waiting(plan.id().instance(n), pass.table.row(going.getFirst().host())));
            if (turns < 0) turns = turns(plan);
            if (turns > 0) {
                turns--;
                Reason cause = new Reason.MakesWay(plan.id().instance(n));
                for (InstanceView instance : going) if (!instance.isStopping()) plan.stop(instance, cause);
            }
            return new Reason.WaitsForRoom(going.getFirst().id(), obstacle);
        }
    }

    /** Who uses the volume is known by name; for anything else the fewest that make room. */
    private List<InstanceView> whoIsInTheWay(List<InstanceView> earlier, Reason obstacle, Request request, int pin) {
        if (!(obstacle instanceof Reason.PinnedTo(_, Refusal.VolumeTaken(_, InstanceId by)))) return cheapest(earlier, request, pin);
        return earlier.stream().filter(instance -> instance.id().equals(by)).toList();
    }

    /** What replaced tags run now: of the same service first, of that what stops already. */
    private List<InstanceView> earlier(ServicePlan plan) {
        Deployment deployment = pass.view.deployments().find(plan.id().stack());
        if (deployment == null || !isDeployed(deployment, plan.id())) return List.of();
        List<InstanceView> earlier = new ArrayList<>();
        for (ServiceId id : pass.stacks.of(plan.id().stack())) {
            if (!isReplaced(deployment, id)) continue;
            ServiceView service = pass.view.services().find(id);
            // One-offs belong to nobody's rollout: a migration or a backup is not cut short.
            if (service == null || service.intent().map(Intent::kind).filter(RunKind.ToCompletion.class::isInstance).isPresent()) continue;
            for (InstanceView instance : service.instances()) if (instance.occupies()) earlier.add(instance);
        }
        earlier.sort(Comparator.<InstanceView, Boolean>comparing(
                        instance -> !instance.id().service().service().equals(plan.id().service()))
                .thenComparing(instance -> !instance.isStopping())
                .thenComparing(InstanceView::id));
        return earlier;
    }

    /** The fewest to be stopped on one host that make room there; empty: it is not they who are in the way. */
    private List<InstanceView> cheapest(List<InstanceView> earlier, Request request, int pin) {
        TreeMap<Integer, List<InstanceView>> byRow = new TreeMap<>();
        for (InstanceView instance : earlier) {
            int row = pass.table.row(instance.host());
            boolean usable = row != HostTable.NO_ROW && (pin == HostTable.NO_ROW || row == pin);
            if (usable && !claimed.contains(instance.id())) byRow.computeIfAbsent(row, _ -> new ArrayList<>()).add(instance);
        }
        List<InstanceView> best = List.of();
        long least = Long.MAX_VALUE;
        for (var candidate : byRow.entrySet()) {
            List<InstanceView> going = inTheWay(candidate.getKey(), candidate.getValue(), request, pin != HostTable.NO_ROW);
            long stops = going.stream().filter(instance -> !instance.isStopping()).count();
            if (going.isEmpty() || stops >= least) continue;
            best = going;
            least = stops;
        }
        return best;
    }

    /** Those of one host without whom it would take the request; empty: it would not even then. */
    private List<InstanceView> inTheWay(int row, List<InstanceView> candidates, Request request, boolean returning) {
        List<InstanceView> freed = new ArrayList<>();
        boolean fits = false;
        for (InstanceView instance : candidates) {
            pass.table.free(instance);
            freed.add(instance);
            fits = pass.placer.refusal(row, request, returning) == null;
            if (fits) break;
        }
        List<InstanceView> going = new ArrayList<>();
        for (InstanceView instance : freed) {
            pass.table.takeAgain(instance);
            if (!fits || pass.placer.refusal(row, request, returning) == null) continue;
            going.add(instance);
            pass.table.free(instance);
        }
        for (InstanceView instance : going) pass.table.takeAgain(instance);
        return going;
    }

    /** How many predecessors may be given up now: successors that are not good yet take a turn each. */
    private int turns(ServicePlan plan) {
        int turns = plan.spec.update().parallel() - plan.placedNow();
        @Nullable Instant settled = null;
        for (InstanceView instance : plan.service.instances()) {
            if (instance.isStopping()) continue;
            if (!ServicePlan.serves(instance)) turns--;
            else if (!plan.quiet().isZero() && instance.isReady()) {
                Instant quiet = pass.sightings.readySince(instance).plus(plan.quiet());
                if (settled == null || quiet.isAfter(settled)) settled = quiet;
            }
        }
        if (settled == null || !settled.isAfter(pass.now)) return Math.max(0, turns);
        pass.wake(settled, plan.id());
        return 0;
    }
}
