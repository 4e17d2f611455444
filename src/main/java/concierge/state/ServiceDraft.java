package concierge.state;

import concierge.model.Digest;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The next {@link ServiceView} of one service; copies of the former one only what it changes. */
final class ServiceDraft {
    private final ServiceId id;
    private Optional<Intent> intent;
    private Optional<ServiceSpec> spec;
    private final Instances before;
    private final SortedMap<Integer, @Nullable InstanceView> changes = new TreeMap<>();
    private final Changing<String> pins;
    private final Changing<String> pending;

    private ServiceDraft(ServiceView from) {
        id = from.id();
        intent = from.intent();
        spec = from.spec();
        before = from.instances();
        pins = new Changing<>(from.pins());
        pending = new Changing<>(from.pending());
    }

    static ServiceDraft of(ServiceView from) {
        return new ServiceDraft(from);
    }

    static ServiceDraft fresh(ServiceId id, SortedMap<Integer, String> pins) {
        return new ServiceDraft(new ServiceView(
                id, Optional.empty(), Optional.empty(), Instances.NONE, pins, Collections.emptySortedMap()));
    }

    ServiceId id() {
        return id;
    }

    void intent(Optional<Intent> intent, Optional<ServiceSpec> spec) {
        this.intent = intent;
        this.spec = spec;
    }

    boolean lacksSpec() {
        return intent.isPresent() && spec.isEmpty();
    }

    /** A specification came that was wanted once; the intent may have changed since. */
    void found(Digest digest, @Nullable ServiceSpec spec) {
        if (intent.isPresent() && intent.get().spec().equals(digest)) this.spec = Optional.ofNullable(spec);
    }

    @Nullable InstanceView instance(int n) {
        return changes.containsKey(n) ? changes.get(n) : before.find(n);
    }

    void instance(int n, @Nullable InstanceView instance) {
        changes.put(n, instance);
    }

    void pin(int n, @Nullable String host) {
        pins.put(n, host);
    }

    void pending(int n, @Nullable String reason) {
        pending.put(n, reason);
    }

    ServiceView build() {
        return new ServiceView(id, intent, spec, before.with(changes), pins.frozen(), pending.frozen());
    }

    /** A map that is copied at its first change. */
    private static final class Changing<V> {
        private SortedMap<Integer, V> now;
        private boolean own;

        Changing(SortedMap<Integer, V> before) {
            this.now = before;
        }

        void put(int n, @Nullable V value) {
            if (!own) {
                now = new TreeMap<>(now);
                own = true;
            }
            if (value == null) now.remove(n);
            else now.put(n, value);
        }

        SortedMap<Integer, V> frozen() {
            return now.isEmpty() ? Collections.emptySortedMap() : now;
        }
    }
}
