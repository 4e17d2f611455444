package concierge.source.portier;

import concierge.model.InstanceView;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.runtime.Core;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides, while this process leads, which tasks are claimed, run, stopped and given back. One operation a task is under
 * way at most; an answer to a heartbeat says nothing of a task that was touched after it was sent, so that no claim is
 * made twice and none is given up because of an older answer.
 */
final class PortierCore implements Core<PortierEvent, PortierEffect> {
    /** Claims at once, whatever is available: the others' share. Of more, a quarter a beat, up to {@link #MOST}. */
    static final int LEAST = 4;

    /** A burst of tasks is shared, even when one concierge beats right after it. */
    static final int MOST = 16;

    /** An identity is made known by a person; asking all the time helps nobody. */
    static final Duration STRANGER = Duration.ofSeconds(10);

    /** An environment variable holds at most 128 KiB on Linux. */
    static final int LONGEST_CONFIGURATION = 120_000;

    /** Tasks come and go for years; after so many a reason may be told a second time. */
    private static final int SAID = 10_000;

    private final TaskTypes types;
    private final PortierSettings settings;
    private final Map<String, Held> held = new LinkedHashMap<>();
    /** Tasks with an operation under way, by task. */
    private final Map<String, Operation> busy = new HashMap<>();
    private final Map<Long, String> operations = new HashMap<>();
    /** The last beat that was sent before a task's last operation ended. */
    private final Map<String, Long> touched = new HashMap<>();
    private final Map<String, Instant> pauses = new HashMap<>();
    private final Set<String> said = new HashSet<>();

    private View view = View.EMPTY;
    private long fence;
    private long numbers;
    private long beats;
    private boolean beating;
    private Instant nextBeat = Instant.MIN;
    private Instant lastAnswer = Instant.MIN;
    private @Nullable Instant wake;
    private String trouble = "";
    private boolean draining;
    private boolean drained;

    /** What is under way about a task. */
    private enum Operation { claim, reclaim, release, write }

    PortierCore(TaskTypes types, PortierSettings settings) {
        this.types = types;
        this.settings = settings;
    }

    @Override
    public List<PortierEffect> step(PortierEvent event, Instant now) {
        List<PortierEffect> out = new ArrayList<>();
        switch (event) {
            case PortierEvent.Elected(long created, List<Claim> claims) -> elected(created, claims, now);
            case PortierEvent.Deposed _ -> forgetAll();
            case PortierEvent.ViewChanged(View changed) -> view = changed;
            case PortierEvent.Drain(boolean on) -> {
                draining = on;
                drained = false;
            }
            case PortierEvent.Woke _ -> wake = null;
            case PortierEvent.Beaten(long number, Answer answer) -> {
                if (number == beats && beating) beaten(answer, now, out);
            }
            case PortierEvent.Claimed(long operation, Answer answer) -> ended(operation).ifPresent(task -> claimed(task, answer, now, out));
            case PortierEvent.Released(long operation, Answer answer) -> released(operation, answer, now, out);
            case PortierEvent.Written(long operation, long revision) -> ended(operation).ifPresent(task -> written(task, revision));
        }
        if (fence != 0) act(now, out);
        if (draining && !drained && held.isEmpty() && busy.isEmpty()) {
            drained = true;
            out.add(new PortierEffect.Drained());
        }
        return out;
    }

    private void elected(long created, List<Claim> claims, Instant now) {
        forgetAll();
        fence = created;
        // What was not heard while others led, or nobody, is no silence yet.
        lastAnswer = now;
        nextBeat = now;
        for (Claim claim : claims) held.put(claim.task(), new Held(claim));
    }

    private void forgetAll() {
        fence = 0;
        held.clear();
        busy.clear();
        operations.clear();
        touched.clear();
        beating = false;
    }

    // ---- what the queue says

    private void beaten(Answer answer, Instant now, List<PortierEffect> out) {
        beating = false;
        nextBeat = now.plus(settings.interval());
        switch (answer) {
            case Answer.Listing listing -> {
                if (!trouble.isEmpty()) out.add(new PortierEffect.Say(false, "the queue answers again"));
                trouble = "";
                lastAnswer = now;
                listed(listing, now, out);
            }
            case Answer.UnknownIdentity _ -> {
                nextBeat = now.plus(STRANGER.compareTo(settings.interval()) > 0 ? STRANGER : settings.interval());
                trouble("the queue does not know the identity " + settings.identity() + " (expected: one that was added there); portier.identity says which", out);
            }
            case Answer.Unreachable(String reason) -> trouble("the queue does not answer, tasks run on reason=" + reason, out);
            case Answer.Granted _, Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> trouble("the queue answered a heartbeat with " + answer, out);
        }
    }

    /** The same trouble is news once. */
    private void trouble(String text, List<PortierEffect> out) {
        if (!text.equals(trouble)) out.add(new PortierEffect.Say(true, text));
        trouble = text;
    }

    private void listed(Answer.Listing listing, Instant now, List<PortierEffect> out) {
        Set<String> claims = new HashSet<>(listing.claims());
        for (Held one : List.copyOf(held.values())) {
            if (!tells(one.claim.task())) continue;
            if (!one.claim.identity().equals(settings.identity())) leave(one, "claimed as " + one.claim.identity() + ", and we are " + settings.identity() + " now", out);
            else if (claims.contains(one.claim.task())) wanted(one, out);
            else unwanted(one, out);
        }
        for (String task : listing.claims()) {
            // Ours, and nobody here knows what it is to do: only a new claim tells.
            if (!held.containsKey(task) && tells(task)) release(task, settings.identity(), Operation.reclaim, out);
        }
        if (!draining) claim(listing.available(), now, out);
        touched.values().removeIf(beat -> beat < beats);
        pauses.values().removeIf(until -> !until.isAfter(now));
    }

    /** Whether the last beat's answer tells of this task as it is now. */
    private boolean tells(String task) {
        return !busy.containsKey(task) && touched.getOrDefault(task, -1L) < beats;
    }

    private void wanted(Held one, List<PortierEffect> out) {
        if (one.claim.isLeaving() || view.revision() < one.revision) return;
        Optional<ServiceSpec> spec = types.spec(one.claim);
        if (spec.isEmpty()) {
            leave(one, "tasks of the type " + one.claim.type() + " are not run here any more", out);
            return;
        }
        Optional<ServiceView> service = view.service(one.claim.service());
        boolean runs = service.flatMap(ServiceView::intent).filter(intent -> !intent.stopped()).isPresent();
        boolean same = one.current || service.flatMap(ServiceView::spec).equals(spec);
        one.current = true;
        if (!runs || !same || one.silenced) write(one, spec, false, true, out);
        one.silenced = false;
    }

    /** Taken away on purpose: stopped, and not given back, since it is no longer ours. */
    private void unwanted(Held one, List<PortierEffect> out) {
        one.owned = false;
        if (one.claim.isLeaving()) return;
        out.add(new PortierEffect.Say(false, "task stopped, the queue does not list it as ours task=" + one.claim.task()));
        write(one, Optional.empty(), false, false, out);
    }

    private void claim(List<Answer.Available> available, Instant now, List<PortierEffect> out) {
        List<Answer.Available> candidates = new ArrayList<>();
        for (Answer.Available task : available) {
            boolean possible = types.knows(task.type()) && !held.containsKey(task.task()) && tells(task.task()) && !pauses.containsKey(task.task())
                    && !isThere(Claim.service(task.type(), task.task()));
            if (possible) candidates.add(task);
        }
        // Each concierge in an order of its own: they seldom run for the same task.
        candidates.sort(Comparator.comparingInt(task -> scattered(settings.identity() + "/" + task.task())));
        Room room = room();
        int batch = Math.clamp((candidates.size() + 3) / 4, LEAST, MOST);
        for (Answer.Available task : candidates) {
            if (batch == 0) return;
            if (!room.take(types.find(task.type()).orElseThrow())) continue;
            batch--;
            long operation = begin(task.task(), Operation.claim);
            out.add(new PortierEffect.ClaimTask(operation, task.task()));
        }
    }

    /** What is left besides what was claimed and is not on a host yet. */
    private Room room() {
        Room room = new Room(view);
        for (Held one : held.values()) {
            if (!one.claim.isLeaving() && !isThere(one.claim.service())) types.find(one.claim.type()).ifPresent(room::take);
        }
        return room;
    }

    private static int scattered(String text) {
        int hash = text.hashCode() * 0x9E3779B9;
        return (hash ^ hash >>> 15) * 0x85EBCA6B;
    }

    /** Whether something of it is left on a host; then it must not begin anew. */
    private boolean isThere(ServiceId service) {
        return view.service(service).filter(it -> !it.instances().isEmpty()).isPresent();
    }

    private void claimed(String task, Answer answer, Instant now, List<PortierEffect> out) {
        switch (answer) {
            case Answer.Granted(_, String type, String configuration) -> {
                Claim claim = new Claim(task, type, settings.identity(), configuration, "");
                Optional<ServiceSpec> spec = types.spec(claim);
                if (draining) release(task, settings.identity(), Operation.release, out);
                else if (spec.isEmpty()) unfit(claim, "tasks of the type " + type + " are not run here", now, out);
                else if (configuration.length() > LONGEST_CONFIGURATION) unfit(claim, "its configuration has " + configuration.length() + " characters (expected: at most " + LONGEST_CONFIGURATION + ")", now, out);
                else {
                    Held one = new Held(claim);
                    held.put(task, one);
                    write(one, spec, false, true, out);
                }
            }
            case Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> {
                // Somebody was faster, or changed his mind: how a shared queue is.
            }
            case Answer.UnknownIdentity _, Answer.Listing _ -> {
                // The next beat tells.
            }
            case Answer.Unreachable(String reason) -> trouble("the queue does not answer, tasks run on reason=" + reason, out);
        }
    }

    /** Given back at once: nothing of it was begun. */
    private void unfit(Claim claim, String reason, Instant now, List<PortierEffect> out) {
        pauses.put(claim.task(), now.plus(settings.pause()));
        sayOnce(claim, reason, out);
        release(claim.task(), claim.identity(), Operation.release, out);
    }

    private void sayOnce(Claim claim, String reason, List<PortierEffect> out) {
        if (said.size() >= SAID) said.clear();
        if (said.add(claim.task() + " " + reason)) out.add(new PortierEffect.Say(true, "task given back task=" + claim.task() + " type=" + claim.type() + " reason=" + reason));
    }

    private void released(long operation, Answer answer, Instant now, List<PortierEffect> out) {
        String name = operations.get(operation);
        boolean again = name != null && busy.get(name) == Operation.reclaim;
        Optional<String> ended = ended(operation);
        if (ended.isEmpty()) return;
        String task = ended.get();
        Held one = held.get(task);
        if (answer instanceof Answer.Unreachable(String reason)) {
            trouble("the queue does not answer, tasks run on reason=" + reason, out);
            if (one != null) one.retry = now.plus(settings.interval());
        } else if (one != null) {
            if (one.unfit) pauses.put(task, now.plus(settings.pause()));
            write(one, Optional.empty(), false, false, out);
        } else if (again && !draining && answer instanceof Answer.Granted(_, String type, _) && types.knows(type)
                && !isThere(Claim.service(type, task)) && room().take(types.find(type).orElseThrow())) {
            long next = begin(task, Operation.claim);
            out.add(new PortierEffect.ClaimTask(next, task));
        }
    }

    // ---- what time and the hosts say

    private void act(Instant now, List<PortierEffect> out) {
        boolean silent = !settings.silence().isZero() && !lastAnswer.plus(settings.silence()).isAfter(now);
        Instant next = nextBeat;
        for (Held one : List.copyOf(held.values())) {
            if (busy.containsKey(one.claim.task())) continue;
            if (one.claim.isLeaving()) {
                if (depart(one, now, out) && one.retry.isAfter(now)) next = earlier(next, one.retry);
            } else if (draining) {
                leave(one, "drained", out);
            } else if (silent) {
                silence(one, out);
            } else {
                Optional<String> reason = unable(one, now);
                if (one.unplaced != null) next = earlier(next, one.unplaced.plus(settings.patience()));
                reason.ifPresent(why -> {
                    one.unfit = true;
                    sayOnce(one.claim, why, out);
                    leave(one, why, out);
                });
            }
        }
        if (!beating && !nextBeat.isAfter(now)) {
            beating = true;
            out.add(new PortierEffect.Beat(++beats));
        }
        if (!settings.silence().isZero() && !silent) next = earlier(next, lastAnswer.plus(settings.silence()));
        if (!next.isAfter(now)) next = now.plus(settings.interval());
        if (wake == null || next.isBefore(wake)) {
            wake = next;
            out.add(new PortierEffect.WakeAt(next));
        }
    }

    private static Instant earlier(Instant a, Instant b) {
        return b.isBefore(a) ? b : a;
    }

    /** Stopped until the queue is heard again; whoever it gave the task to meanwhile runs it alone. */
    private void silence(Held one, List<PortierEffect> out) {
        if (one.silenced || view.revision() < one.revision) return;
        one.silenced = true;
        out.add(new PortierEffect.Say(true, "task stopped, the queue has been silent for " + settings.silence().toSeconds() + " s task=" + one.claim.task()));
        types.spec(one.claim).ifPresent(spec -> write(one, Optional.of(spec), true, true, out));
    }

    /** Why it cannot run here; empty: it runs, or may soon. */
    private Optional<String> unable(Held one, Instant now) {
        if (one.silenced || view.revision() < one.revision) return Optional.empty();
        Optional<ServiceView> service = view.service(one.claim.service());
        if (service.isEmpty() || service.get().intent().isEmpty()) return Optional.empty();
        if (service.get().instances().isEmpty()) {
            if (one.unplaced == null) one.unplaced = now;
            if (one.unplaced.plus(settings.patience()).isAfter(now)) return Optional.empty();
            return Optional.of(service.get().pending().values().stream().findFirst().orElse("no host took it"));
        }
        one.unplaced = null;
        for (InstanceView instance : service.get().instances().values()) {
            // One whose runs end is started again and again, as it is wanted; this one never came as far as a run.
            if (instance.container().isEmpty() && instance.status().filter(status -> status.crashing()).isPresent()) return Optional.of(instance.status().get().reason());
        }
        return Optional.empty();
    }

    /** Stopped first; given back when nothing of it is left. */
    private void leave(Held one, String reason, List<PortierEffect> out) {
        if (one.claim.isLeaving()) return;
        one.claim = one.claim.leaving(reason);
        write(one, Optional.empty(), false, true, out);
    }

    /** Goes on with its departure, when nothing of it runs any more; true: it waits. */
    private boolean depart(Held one, Instant now, List<PortierEffect> out) {
        boolean stopped = view.revision() >= one.revision && view.service(one.claim.service()).filter(it -> it.intent().isPresent() || !it.instances().isEmpty()).isEmpty();
        if (!stopped || one.retry.isAfter(now)) return true;
        if (one.owned) release(one.claim.task(), one.claim.identity(), Operation.release, out);
        else write(one, Optional.empty(), false, false, out);
        return false;
    }

    // ---- operations

    private void write(Held one, Optional<ServiceSpec> spec, boolean stopped, boolean kept, List<PortierEffect> out) {
        one.current = spec.isPresent();
        if (!kept) held.remove(one.claim.task());
        long operation = begin(one.claim.task(), Operation.write);
        out.add(new PortierEffect.Write(operation, fence, one.claim, spec, stopped, kept));
    }

    private void written(String task, long revision) {
        Held one = held.get(task);
        if (one != null) one.revision = revision;
    }

    private void release(String task, String identity, Operation as, List<PortierEffect> out) {
        long operation = begin(task, as);
        out.add(new PortierEffect.ReleaseTask(operation, identity, task));
    }

    private long begin(String task, Operation what) {
        busy.put(task, what);
        operations.put(++numbers, task);
        return numbers;
    }

    /** The task whose operation this was; empty: one of an earlier leadership. */
    private Optional<String> ended(long operation) {
        String task = operations.remove(operation);
        if (task == null) return Optional.empty();
        busy.remove(task);
        touched.put(task, beats);
        return Optional.of(task);
    }
}
