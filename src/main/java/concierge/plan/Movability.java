package concierge.plan;

import concierge.model.InstanceView;
import concierge.model.Link;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which instances can be moved without anybody noticing: a second one beside them first, then they stop. */
public final class Movability {
    private final View view;
    /** Who is linked to a {@code stack/service}, whatever its tag; found out when it is first asked for. */
    private @Nullable Map<String, List<ServiceView>> consumers;

    Movability(View view) {
        this.view = view;
    }

    /** Why all instances of a service stay where they are; empty: they need not. */
    Optional<String> obstacle(ServicePlan plan) {
        if (!(plan.intent.kind() instanceof RunKind.Forever)) return Optional.of("runs to completion");
        Optional<String> alone = alone(plan.spec);
        if (alone.isPresent()) return alone;
        List<String> ports = Request.hostPorts(plan.spec);
        if (!ports.isEmpty()) return Optional.of("holds host port " + String.join(", ", ports));
        if (plan.isBeingDeployed()) return Optional.of("its stack is being deployed");
        return Optional.empty();
    }

    /** Why two instances of it cannot stand for one, not even for a while; empty: they can. */
    public static Optional<String> alone(ServiceSpec spec) {
        if (!spec.volumes().isEmpty()) return Optional.of("its volumes are there");
        if (spec.pinned()) return Optional.of("fixed on its host");
        return spec.stopsWhenLost() ? Optional.of("must not run twice (lost: stop)") : Optional.empty();
    }

    /** The same of one instance of a service that may be moved. */
    Optional<String> obstacle(ServicePlan plan, InstanceView instance) {
        if (plan.outdated(instance) != null) return Optional.of("is being replaced");
        return ServicePlan.serves(instance) ? linked(plan.id(), instance) : Optional.of("not ready");
    }

    /** Somebody knows its address and no other, and an environment cannot be changed while he runs. */
    private Optional<String> linked(ServiceId id, InstanceView instance) {
        for (ServiceView service : consumers().getOrDefault(id.stack() + "/" + id.service(), List.of())) {
            Links links = Links.of(view, service.id(), service.spec().orElseThrow());
            for (InstanceView consumer : service.instances()) {
                if (!consumer.isStopping() && consumer.occupies() && links.dependsOn(consumer, instance))
                    return Optional.of(consumer.id() + " is linked to it, and would be restarted for its new address");
            }
        }
        return Optional.empty();
    }

    private Map<String, List<ServiceView>> consumers() {
        if (consumers != null) return consumers;
        Map<String, List<ServiceView>> found = new HashMap<>();
        view.services().forEach((id, service) -> {
            if (service.intent().isEmpty() || service.spec().isEmpty()) return;
            for (Link link : service.spec().get().links()) {
                String target = link.stack().orElse(id.stack()) + "/" + link.service();
                if (!target.equals(id.stack() + "/" + id.service())) found.computeIfAbsent(target, _ -> new ArrayList<>()).add(service);
            }
        });
        consumers = found;
        return found;
    }
}
