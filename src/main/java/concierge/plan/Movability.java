package concierge.plan;

import concierge.model.InstanceView;
import concierge.model.Link;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which instances can be moved without anybody noticing: a second one beside them first, then they stop. */
final class Movability {
    private final View view;
    /** {@code stack/service}, whatever the tag, that others are linked to; found out when it is first asked for. */
    private @Nullable Set<String> targets;

    Movability(View view) {
        this.view = view;
    }

    /** Why all instances of a service stay where they are; empty: they need not. */
    Optional<String> obstacle(ServicePlan plan) {
        if (!(plan.intent.kind() instanceof RunKind.Forever)) return Optional.of("runs to completion");
        if (!plan.spec.volumes().isEmpty()) return Optional.of("its volumes are there");
        if (plan.spec.pinned()) return Optional.of("fixed on its host");
        List<String> ports = Request.hostPorts(plan.spec);
        if (!ports.isEmpty()) return Optional.of("holds host port " + String.join(", ", ports));
        if (plan.spec.stopsWhenLost()) return Optional.of("must not run twice (lost: stop)");
        if (plan.isBeingDeployed()) return Optional.of("its stack is being deployed");
        if (targets().contains(plan.id().stack() + "/" + plan.id().service())) return Optional.of("others are linked to it");
        return Optional.empty();
    }

    /** The same of one instance of a service that may be moved. */
    Optional<String> obstacle(ServicePlan plan, InstanceView instance) {
        if (plan.outdated(instance) != null) return Optional.of("is being replaced");
        return ServicePlan.serves(instance) ? Optional.empty() : Optional.of("not ready");
    }

    /** Whether somebody would have to be replaced because it moved: he knows its address. */
    private Set<String> targets() {
        if (targets != null) return targets;
        Set<String> found = new HashSet<>();
        view.services().forEach((id, service) -> addTargets(found, id, service));
        targets = found;
        return found;
    }

    private static void addTargets(Set<String> found, ServiceId id, ServiceView service) {
        if (service.intent().isEmpty() || service.spec().isEmpty()) return;
        for (Link link : service.spec().get().links()) {
            String target = link.stack().orElse(id.stack()) + "/" + link.service();
            if (!target.equals(id.stack() + "/" + id.service())) found.add(target);
        }
    }
}
