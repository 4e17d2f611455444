package concierge.source.portier;

import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The claims on record, what the state shows of them, and what is under way: one operation a task at most. All that the
 * core asks for is written down here. Belongs to the core.
 */
final class Ledger {
    final TaskTypes types;
    final PortierSettings settings;
    View view = View.EMPTY;
    /** Revision at which our leadership began; 0: others lead. */
    long fence;
    /** The last heartbeat that was sent. */
    long beat;

    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<String, Operation> busy = new HashMap<>();
    private final Map<Long, String> operations = new HashMap<>();
    /** The last beat that was sent before a task's last operation ended. */
    private final Map<String, Long> touched = new HashMap<>();
    private long numbers;
    private List<PortierEffect> effects = new ArrayList<>();

    /** What is under way about a task. */
    enum Operation { claim, reclaim, release, write }

    /** An operation that has come to its end. */
    record Ended(String task, Operation operation) {}

    Ledger(TaskTypes types, PortierSettings settings) {
        this.types = types;
        this.settings = settings;
    }

    /** What was asked for since this was called last. */
    List<PortierEffect> effects() {
        List<PortierEffect> all = effects;
        effects = new ArrayList<>();
        return all;
    }

    void ask(PortierEffect effect) {
        effects.add(effect);
    }

    void say(boolean warn, String text) {
        ask(new PortierEffect.Say(warn, text));
    }

    /** @param revision at which the claims were on record */
    void open(long created, long revision, List<Claim> claims) {
        close();
        fence = created;
        for (Claim claim : claims) held.put(claim.task(), new Held(claim, revision));
    }

    /** Others lead: what is on record is theirs to know. */
    void close() {
        fence = 0;
        held.clear();
        busy.clear();
        operations.clear();
        touched.clear();
    }

    List<Held> all() {
        return List.copyOf(held.values());
    }

    @Nullable Held find(String task) {
        return held.get(task);
    }

    boolean isBusy(String task) {
        return busy.containsKey(task);
    }

    /** Nothing on record, and nothing under way. */
    boolean isEmpty() {
        return held.isEmpty() && busy.isEmpty();
    }

    /** Whether the last beat's answer tells of this task as it is now. */
    boolean isToldOf(String task) {
        return !busy.containsKey(task) && touched.getOrDefault(task, -1L) < beat;
    }

    /** Every answer to come was asked for after what ended before that of now. */
    void heard() {
        touched.values().removeIf(before -> before < beat);
    }

    /** What the state has of a claim; empty also while the view is older than what we wrote of it. */
    Optional<ServiceView> service(Held one) {
        return isShown(one) ? view.service(one.claim.service()) : Optional.empty();
    }

    /** Whether the view tells of the last thing that was written of it. */
    boolean isShown(Held one) {
        return view.revision() >= one.revision;
    }

    /** Whether something of it is left on a host; then it must not begin anew. */
    boolean isThere(ServiceId service) {
        return view.service(service).filter(it -> !it.instances().isEmpty()).isPresent();
    }

    /** What hosts have left besides what was claimed and is not on one yet. */
    Room room() {
        Room room = new Room(view);
        for (Held one : held.values()) {
            if (!one.claim.isLeaving() && !isThere(one.claim.service())) types.find(one.claim.type()).ifPresent(room::take);
        }
        return room;
    }

    void claim(String task) {
        ask(new PortierEffect.ClaimTask(begin(task, Operation.claim), task));
    }

    /** @param as {@code release}, or {@code reclaim} when it is to be claimed afresh */
    void release(String task, String identity, Operation as) {
        ask(new PortierEffect.ReleaseTask(begin(task, as), fence, identity, task));
    }

    /** Has it run, or stopped and still wanted. */
    void keep(Held one, ServiceSpec spec, boolean stopped) {
        held.put(one.claim.task(), one);
        one.current = true;
        write(one, Optional.of(spec), stopped, true);
    }

    /** Has nothing of it run; the claim stays on record. */
    void stop(Held one) {
        one.current = false;
        write(one, Optional.empty(), false, true);
    }

    /** Has nothing of it run, and the claim is off the record. */
    void forget(Held one) {
        held.remove(one.claim.task());
        write(one, Optional.empty(), false, false);
    }

    private void write(Held one, Optional<ServiceSpec> spec, boolean stopped, boolean kept) {
        ask(new PortierEffect.Write(begin(one.claim.task(), Operation.write), fence, one.claim, spec, stopped, kept));
    }

    void written(String task, long revision) {
        Held one = held.get(task);
        if (one != null) one.revision = revision;
    }

    private long begin(String task, Operation what) {
        busy.put(task, what);
        operations.put(++numbers, task);
        return numbers;
    }

    /** Empty: one of an earlier leadership. */
    Optional<Ended> ended(long operation) {
        String task = operations.remove(operation);
        if (task == null) return Optional.empty();
        touched.put(task, beat);
        return Optional.ofNullable(busy.remove(task)).map(what -> new Ended(task, what));
    }
}
