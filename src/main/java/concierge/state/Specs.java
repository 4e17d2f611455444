package concierge.state;

import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The specifications by digest, one object each, and who waits for one that is not there yet. */
final class Specs {
    private final Map<Digest, ServiceSpec> byDigest = new HashMap<>();
    private final Map<Digest, Set<InstanceId>> awaiting = new HashMap<>();
    private final Map<Digest, Set<ServiceId>> wanting = new HashMap<>();

    @Nullable ServiceSpec find(Digest digest) {
        return byDigest.get(digest);
    }

    /** One that is known stays the same object: its content cannot have changed. */
    void put(Digest digest, ServiceSpec spec) {
        byDigest.putIfAbsent(digest, spec);
    }

    void remove(Digest digest) {
        byDigest.remove(digest);
    }

    void await(Digest digest, InstanceId instance) {
        awaiting.computeIfAbsent(digest, _ -> new LinkedHashSet<>()).add(instance);
    }

    void want(Digest digest, ServiceId service) {
        wanting.computeIfAbsent(digest, _ -> new LinkedHashSet<>()).add(service);
    }

    Set<InstanceId> takeAwaiting(Digest digest) {
        Set<InstanceId> taken = awaiting.remove(digest);
        return taken == null ? Set.of() : taken;
    }

    Set<ServiceId> takeWanting(Digest digest) {
        Set<ServiceId> taken = wanting.remove(digest);
        return taken == null ? Set.of() : taken;
    }
}
