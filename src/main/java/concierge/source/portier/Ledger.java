package concierge.source.portier;

import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims on record, what the state shows of them, and what is under way: one operation a task at most. All that the
 * core asks for is written down here. Belongs to the core.
 */
final class Ledger {
    /** More tasks than a concierge has at a time; then it forgets what it asked for, and may take its own claim for another's. */
    private static final int ASKED = 100_000;

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
    /** Releases of earlier leaderships of this process that were not answered when those ended. */
    private final Map<Long, String> abandoned = new HashMap<>();
    /** The last beat that was sent before a task's last operation ended. */
    private final Map<String, Long> touched = new HashMap<>();
    /** What the queue may have given us because this process asked; it stays when others lead meanwhile. */
    private final Set<String> asked = new HashSet<>();
    private long numbers;
    private List<PortierEffect> effects = new ArrayList<>();

    /** What is under way about a task; {@code abandoned} is a release of an earlier leadership, which may still arrive. */
    enum Operation { claim, reclaim, release, write, abandoned }

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
        fence = created;
        for (Claim claim : claims) held.put(claim.task(), new Held(claim, revision));
    }

    /**
     * Others lead: what is on record is theirs to know.
     *
     * @return what the queue is asked to take back just now
     */
    List<String> close() {
        fence = 0;
        List<String> releasing = new ArrayList<>();
        operations.forEach((operation, task) -> {
            Operation what = busy.get(task);
            if (what != Operation.release && what != Operation.reclaim) return;
            releasing.add(task);
            abandoned.put(operation, task);
        });
        held.clear();
        busy.clear();
        operations.clear();
        touched.clear();
        return releasing;
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

    /** No claim that is not on record is under way. */
    boolean isIdle() {
        return held.keySet().containsAll(busy.keySet());
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
        if (asked.size() >= ASKED) asked.clear();
        asked.add(task);
        ask(new PortierEffect.ClaimTask(begin(task, Operation.claim), task));
    }

    /** Whether it may be ours because of what was done here. */
    boolean hasAsked(String task) {
        return asked.contains(task);
    }

    /** If it is listed as ours from now on, it is another's doing. */
    void disown(String task) {
        asked.remove(task);
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
        disown(one.claim.task());
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

    /** Empty: one of an earlier leadership that does no harm any more. */
    Optional<Ended> ended(long operation) {
        String late = abandoned.remove(operation);
        if (late != null) return Optional.of(new Ended(late, Operation.abandoned));
        String task = operations.remove(operation);
        if (task == null) return Optional.empty();
        touched.put(task, beat);
        return Optional.ofNullable(busy.remove(task)).map(what -> new Ended(task, what));
    }
}
