package concierge.control;

import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.Status;
import concierge.model.View;
import concierge.plan.Sightings;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** When the leader saw instances ready and deployments active, by its own clock; kept while a plan asks for it. */
final class OwnSightings implements Sightings {
    /** @param restarts one that ended and is ready again was not ready in between, seen or not */
    private record Ready(long generation, int restarts, Instant since) {}

    private record Begun(long generation, Instant since) {}

    private record Active(String id, Instant since) {}

    private record Waits(String id, String what, Instant since) {}

    private final Map<ServiceId, Map<Integer, Ready>> ready = new HashMap<>();
    /** Of those that take over from others: few. */
    private final Map<InstanceId, Begun> begun = new HashMap<>();

    private final Map<String, Active> active = new HashMap<>();
    private final Map<String, Waits> waits = new HashMap<>();
    private Instant now = Instant.EPOCH;

    /** Forgets what is not so any more. */
    void observe(View view, Set<ServiceId> changed, Instant now) {
        this.now = now;
        active.keySet().removeIf(stack -> view.deployments().find(stack) == null);
        waits.keySet().removeIf(stack -> view.deployments().find(stack) == null);
        begun.entrySet().removeIf(seen -> changed.contains(seen.getKey().service()) && isGone(view, seen.getKey(), seen.getValue()));
        if (ready.isEmpty()) return;
        for (ServiceId id : changed) {
            Map<Integer, Ready> known = ready.get(id);
            if (known == null) continue;
            ServiceView service = view.services().find(id);
            known.entrySet().removeIf(entry -> service == null || !holds(service, entry.getKey(), entry.getValue()));
            if (known.isEmpty()) ready.remove(id);
        }
    }

    private static boolean isGone(View view, InstanceId id, Begun seen) {
        return view.instance(id).filter(instance -> instance.generation() == seen.generation).isEmpty();
    }

    private static boolean holds(ServiceView service, int n, Ready seen) {
        InstanceView instance = service.instances().find(n);
        return instance != null && instance.generation() == seen.generation && restarts(instance) == seen.restarts && instance.isReady();
    }

    private static int restarts(InstanceView instance) {
        return instance.status().map(Status::restarts).orElse(0);
    }

    @Override
    public Instant readySince(InstanceView instance) {
        return ready.computeIfAbsent(instance.id().service(), _ -> new HashMap<>())
                .computeIfAbsent(instance.id().n(), _ -> new Ready(instance.generation(), restarts(instance), now))
                .since;
    }

    @Override
    public Optional<Instant> begunSince(InstanceView instance) {
        return Optional.of(begun.computeIfAbsent(instance.id(), _ -> new Begun(instance.generation(), now)).since);
    }

    @Override
    public Instant activeSince(Deployment deployment) {
        Active seen = active.get(deployment.stack());
        if (seen == null || !seen.id.equals(deployment.id())) {
            seen = new Active(deployment.id(), now);
            active.put(deployment.stack(), seen);
        }
        return seen.since;
    }

    @Override
    public Instant waitsSince(Deployment deployment, String what) {
        Waits seen = waits.get(deployment.stack());
        if (seen == null || !seen.id.equals(deployment.id()) || !seen.what.equals(what)) {
            seen = new Waits(deployment.id(), what, now);
            waits.put(deployment.stack(), seen);
        }
        return seen.since;
    }
}
