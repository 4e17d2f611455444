package concierge.plan;

import concierge.model.Assignment;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.Volume;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who uses the volumes that Concierge keeps. They are named by stack, service and number, not by tag, so that a
 * new version finds its data: two versions of one number must not run on it at once. Folders of the host are
 * the user's own affair.
 */
final class KeptVolumes {
    private final Pass pass;
    /** What this pass placed, by {@code stack/service/n}. */
    private final Map<String, Assignment> placed = new HashMap<>();

    KeptVolumes(Pass pass) {
        this.pass = pass;
    }

    /** Who of another tag holds a volume of this number; null: nobody. */
    @Nullable Holder holder(ServiceId id, int n, ServiceSpec spec) {
        Set<String> paths = paths(spec);
        if (paths.isEmpty()) return null;
        Assignment now = placed.get(key(id.instance(n)));
        if (now != null) return new Holder(paths.iterator().next(), now.instance(), now.host());
        for (ServiceId other : pass.stacks.of(id.stack())) {
            if (!other.service().equals(id.service()) || other.equals(id)) continue;
            ServiceView service = pass.view.services().find(other);
            InstanceView instance = service == null ? null : service.instances().find(n);
            if (instance == null || !instance.occupies()) continue;
            Set<String> common = new HashSet<>(paths);
            common.retainAll(paths(instance.spec()));
            if (!common.isEmpty()) return new Holder(common.stream().sorted().findFirst().orElseThrow(), instance.id(), instance.host());
        }
        return null;
    }

    void placed(Assignment assignment, ServiceSpec spec) {
        if (!paths(spec).isEmpty()) placed.put(key(assignment.instance()), assignment);
    }

    private static Set<String> paths(ServiceSpec spec) {
        if (spec.volumes().isEmpty()) return Set.of();
        return spec.volumes().stream().filter(volume -> volume.host().isEmpty()).map(Volume::container).collect(Collectors.toSet());
    }

    private static String key(InstanceId id) {
        return id.service().stack() + "/" + id.service().service() + "/" + id.n();
    }

    /** @param path inside the container */
    record Holder(String path, InstanceId instance, String host) {
        Reason reason() {
            return new Reason.PinnedTo(host, new Refusal.VolumeTaken(path, instance));
        }
    }
}
