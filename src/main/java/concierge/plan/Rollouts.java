package concierge.plan;

import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Ends deployments: well when all is ready, badly when something keeps failing, has no place, or nothing moves. */
final class Rollouts {
    /** Nothing became ready for so long: longer than a large image takes to be pulled. */
    static final Duration PROGRESS_LIMIT = Duration.ofMinutes(10);

    /**
     * All that is missing has no place, and nothing else is under way: time for a host's next record, or for what others
     * stop just now, to make room. Whoever waits has the reason before their eyes long before.
     */
    static final Duration ROOM_LIMIT = Duration.ofSeconds(30);

    /**
     * What fails from before a deployment gets so long to recover through it: a failing client of a
     * database that just came back, say.
     */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Pass pass;
    private final Map<ServiceId, ServicePlan> plans;

    Rollouts(Pass pass, Map<ServiceId, ServicePlan> plans) {
        this.pass = pass;
        this.plans = plans;
    }

    /** How a deployment stands. */
    private static final class Standing {
        final List<ServiceId> services = new ArrayList<>();
        /** What is not done yet: the first of it, for people. */
        @Nullable String waitsFor;
        @Nullable Reason failure;
        Instant progress;
        /** Something is on its way, be it that a host may come back. */
        boolean moves;
        /** What has no place, and will have none by itself. */
        final SortedMap<InstanceId, Reason> unplaced = new TreeMap<>();

        Standing(Instant since) {
            progress = since;
        }

        void waits(String what) {
            if (waitsFor == null) waitsFor = what;
        }

        void moves(String what) {
            waits(what);
            moves = true;
        }

        void note(InstanceId instance, Reason reason) {
            switch (reason.remedy()) {
                case time -> moves = true;
                case room -> unplaced.put(instance, reason);
                case link -> {
                    // How the linked service stands decides: it is of this deployment, or nothing that this one can wait for.
                }
            }
        }

        boolean isStuck() {
            return !moves && !unplaced.isEmpty();
        }
    }

    void advance(Deployment deployment) {
        Standing standing = stand(deployment);
        if (standing.failure != null) {
            fail(deployment, standing.failure);
        } else if (standing.waitsFor == null) {
            withdrawReplaced(deployment);
            conclude(
                    deployment,
                    Deployment.Outcome.succeeded,
                    new Reason.AllReady(deployment.tag(), standing.services.size()));
        } else {
            expire(deployment, standing, standing.waitsFor);
        }
    }

    /** Fails what got no further for too long, or comes back when it would have been. */
    private void expire(Deployment deployment, Standing standing, String waitsFor) {
        Instant stuckSince = pass.sightings.waitsSince(deployment, standing.isStuck() ? standing.unplaced.keySet().toString() : "");
        Instant limit = standing.progress.plus(PROGRESS_LIMIT);
        Instant room = later(stuckSince, standing.progress).plus(ROOM_LIMIT);
        if (standing.isStuck() && !room.isAfter(pass.now)) {
            Map.Entry<InstanceId, Reason> first = standing.unplaced.firstEntry();
            fail(deployment, new Reason.NoRoom(first.getKey(), standing.unplaced.size() - 1, first.getValue(), ROOM_LIMIT));
        } else if (!limit.isAfter(pass.now)) {
            fail(deployment, new Reason.NoProgress(PROGRESS_LIMIT, waitsFor));
        } else {
            pass.wake(standing.isStuck() && room.isBefore(limit) ? room : limit, standing.services.getFirst());
        }
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** What made way for it stays wanted, and comes back as soon as there is room again; that has to be told. */
    private void fail(Deployment deployment, Reason failure) {
        Reason reason = failure;
        for (ServiceId id : pass.stacks.of(deployment.stack())) {
            ServiceView service = pass.view.services().find(id);
            if (service == null || service.intent().isEmpty() || !deployment.replaces().contains(id.tag())) continue;
            if (!madeWay(service)) continue;
            reason = new Reason.Stranded(failure, id, deployment.tag());
            break;
        }
        conclude(deployment, Deployment.Outcome.failed, reason);
    }

    private static boolean madeWay(ServiceView service) {
        return service.instances().values().stream().anyMatch(InstanceView::isStopping);
    }

    private void conclude(Deployment deployment, Deployment.Outcome outcome, Reason reason) {
        pass.add(new Action.Conclude(deployment.ended(outcome, reason.text()), reason));
    }

    private void withdrawReplaced(Deployment deployment) {
        for (ServiceId id : pass.stacks.of(deployment.stack())) {
            ServiceView service = pass.view.services().find(id);
            if (service == null || service.intent().isEmpty() || id.tag().equals(deployment.tag())) continue;
            if (!deployment.replaces().contains(id.tag())) continue;
            // One-offs end by themselves, and are forgotten some time after.
            if (service.intent().get().kind() instanceof RunKind.ToCompletion) continue;
            pass.add(new Action.Withdraw(id, new Reason.ReplacedBy(deployment.tag())));
        }
    }

    private Standing stand(Deployment deployment) {
        Standing standing = new Standing(pass.sightings.activeSince(deployment));
        SortedSet<ServiceId> all = pass.stacks.of(deployment.stack());
        for (ServiceId id : all) {
            if (!id.tag().equals(deployment.tag()) && !id.tag().equals(Names.STATIC_TAG)) continue;
            ServiceView service = pass.view.services().find(id);
            if (service == null || service.intent().isEmpty()) continue;
            Intent intent = service.intent().get();
            // One-offs stand under the tag, too, but belong to nobody's rollout.
            boolean finite = intent.kind() instanceof RunKind.ToCompletion;
            if (finite && !intent.deployment().equals(deployment.id())) continue;
            standing.services.add(id);
            if (service.spec().isEmpty()) standing.moves(id + " is being read");
            else stand(deployment, standing, service, intent, service.spec().get());
        }
        return standing;
    }

    private void stand(Deployment deployment, Standing standing, ServiceView service, Intent intent, ServiceSpec spec) {
        int wanted = ServicePlan.wanted(intent, spec);
        ServicePlan plan = plans.get(service.id());
        if (plan != null && plan.acted()) standing.moves(service.id() + " is being placed");
        SortedMap<Integer, String> pending = new TreeMap<>(service.pending());
        SortedMap<Integer, Reason> notes = new TreeMap<>(plan == null ? Collections.emptySortedMap() : plan.notes());
        for (InstanceView instance : service.instances().values()) {
            // That it cannot leave its host, say: what was deployed runs.
            if (!isCurrent(instance, intent, spec)) continue;
            pending.remove(instance.id().n());
            notes.remove(instance.id().n());
        }
        pending.forEach((n, text) -> standing.waits(service.id().instance(n) + ": " + text));
        notes.forEach((n, reason) -> standing.note(service.id().instance(n), reason));
        int good = 0;
        for (InstanceView instance : service.instances().values()) {
            if (!isCurrent(instance, intent, spec)) {
                standing.waits(instance.id() + " is to be replaced");
                // The others wait for their turn, or for a place.
                if (instance.isStopping()) standing.moves = true;
                continue;
            }
            if (ServicePlan.isGood(instance)) {
                Instant since = pass.sightings.readySince(instance);
                if (since.isAfter(standing.progress)) standing.progress = since;
                Instant settled = since.plus(quiet(deployment, instance, spec));
                if (settled.isAfter(pass.now)) {
                    standing.moves = true;
                    pass.wake(settled, service.id());
                } else {
                    good++;
                }
            } else {
                standing.moves = true;
                fail(deployment, standing, service.id(), instance);
            }
        }
        if (service.instances().size() + notes.size() < wanted) standing.moves = true;
        if (good < wanted) standing.waits(service.id() + ": " + good + " of " + wanted + " ready");
    }

    /** How long an instance of this deployment has to stay ready until it counts. */
    private static Duration quiet(Deployment deployment, InstanceView instance, ServiceSpec spec) {
        if (!instance.isReady() || !instance.assignment().deployment().equals(deployment.id())) return Duration.ZERO;
        return spec.settling(instance.status());
    }

    private static boolean isCurrent(InstanceView instance, Intent intent, ServiceSpec spec) {
        return !instance.isStopping()
                && instance.assignment().epoch() == intent.epoch()
                && (instance.assignment().spec().equals(intent.spec()) || spec.shared() && ServicePlan.serves(instance));
    }

    private void fail(Deployment deployment, Standing standing, ServiceId service, InstanceView instance) {
        Optional<Status> status = instance.status();
        boolean failed = instance.state() == InstanceState.failed;
        if (standing.failure != null || !failed && !status.map(Status::crashing).orElse(false)) return;
        boolean own = instance.assignment().deployment().equals(deployment.id());
        Instant patient = pass.sightings.activeSince(deployment).plus(PATIENCE);
        if (!own && patient.isAfter(pass.now)) pass.wake(patient, service);
        else standing.failure = new Reason.KeepsFailing(instance.id().path(), status.map(Status::reason).orElse(""));
    }
}
