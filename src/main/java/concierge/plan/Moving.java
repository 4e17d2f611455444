package concierge.plan;

import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Move;
import concierge.model.MoveView;
import concierge.model.Predecessor;
import concierge.model.ServiceId;
import concierge.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The instances of one service that change their host: those that somebody asked to be moved, and those on a host that is
 * drained. Either begins with a successor on the other host, under a number of its own; when that has been ready for long
 * enough, the one before it stops. All of that stands in the state, so any leader goes on with it. Without the move, or
 * the drain, what is left is one instance too many, which is nothing new.
 *
 * <p>Who leaves a drained host has no other choice: a successor that does not get ready is not given up, but told of.
 */
final class Moving {
    /** As long as a deployment may take in which nothing becomes ready. */
    static final Duration LIMIT = Duration.ofMinutes(10);

    private final Pass pass;
    private final ServicePlan plan;
    private final List<Change> changes = new ArrayList<>();
    /** Those that have not begun. */
    private final List<Change> waiting = new ArrayList<>();
    /** The numbers that leave a drained host. */
    private final Set<Integer> drained = new HashSet<>();
    /** The numbers of pairs that run both. */
    private final Set<Integer> paired = new HashSet<>();
    /** The numbers that this pass takes away. */
    private final Set<Integer> leaving = new HashSet<>();

    private int underWay;

    /** @param asked null: its host is drained */
    private record Change(Predecessor old, int atOnce, @Nullable MoveView asked) {}

    private Moving(Pass pass, ServicePlan plan, SortedMap<Integer, MoveView> moves) {
        this.pass = pass;
        this.plan = plan;
        List<MoveView> asked = new ArrayList<>(moves.values());
        asked.sort(Comparator.<MoveView>comparingInt(it -> it.move().turn()).thenComparing(it -> it.move().instance()));
        for (MoveView it : asked) {
            Move move = it.move();
            changes.add(new Change(new Predecessor(move.instance().n(), move.generation()), move.atOnce(), it));
        }
    }

    /** Null: nothing of the service is to move. */
    static @Nullable Moving of(Pass pass, ServicePlan plan) {
        SortedMap<Integer, MoveView> moves = pass.view.moves(plan.id());
        return moves.isEmpty() && !pass.table.drains() ? null : new Moving(pass, plan, moves);
    }

    /** Adds what leaves a drained host and may run twice meanwhile. */
    private void addDrained() {
        for (InstanceView old : plan.service.instances()) {
            int n = old.id().n();
            if (!pass.table.isDraining(old.host())) continue;
            // What serves nobody makes room first, as it always did: then it matters less where it fails.
            boolean first = old.isStopping() || plan.outdated(old) instanceof Reason.Drained
                    && Movability.alone(plan.spec).isEmpty() && Movability.alone(old.spec()).isEmpty()
                    && (ServicePlan.serves(old) || successor(Predecessor.of(old)) != null);
            if (!first) continue;
            if (!old.isStopping()) drained.add(n);
            if (!isAsked(n)) changes.add(new Change(Predecessor.of(old), plan.spec.update().parallel(), null));
        }
    }

    private boolean isAsked(int n) {
        for (Change it : changes) if (it.asked() != null && it.old().n() == n) return true;
        return false;
    }

    /** Of a service that nobody wants any more. */
    static void drop(Pass pass, ServiceId id) {
        for (MoveView it : pass.view.moves(id).values()) end(pass, it, Move.Outcome.dropped, new Reason.Unwanted());
    }

    private static void end(Pass pass, MoveView it, Move.Outcome outcome, Reason reason) {
        pass.add(new Action.EndMove(it.move().ended(outcome, reason.text()), it.revision(), reason));
    }

    private void end(Change it, Move.Outcome outcome, Reason reason) {
        if (it.asked() != null) end(pass, it.asked(), outcome, reason);
    }

    private void drop(Change it, Reason reason) {
        end(it, Move.Outcome.dropped, reason);
    }

    /** Takes what has begun a step further. */
    void advance() {
        if (pass.table.drains()) addDrained();
        for (Change it : changes) advance(it);
    }

    /** So many more than are wanted run while one takes over from another. */
    int extra() {
        return paired.size() / 2;
    }

    /** Whether one of a pair: nobody else decides about it. */
    boolean isPaired(int n) {
        return paired.contains(n);
    }

    /** Whether it leaves a drained host in this way: nobody else stops it for that. */
    boolean isDrained(int n) {
        return drained.contains(n);
    }

    boolean isLeaving(int n) {
        return leaving.contains(n);
    }

    /** How many this pass takes away. */
    int leaving() {
        return leaving.size();
    }

    private void advance(Change it) {
        InstanceView old = plan.service.instances().find(it.old().n());
        InstanceView successor = successor(it.old());
        if (old == null || !it.old().is(old)) {
            if (successor != null && !successor.isStopping()) end(it, Move.Outcome.moved, new Reason.Moved(successor.id(), successor.host()));
            else drop(it, new Reason.Ended());
        } else if (old.isStopping()) {
            if (successor != null && !successor.isStopping()) underWay++;
            else drop(it, new Reason.Ended());
        } else if (successor == null) {
            waiting.add(it);
        } else if (successor.isStopping()) {
            drop(it, notReady(successor));
        } else {
            advance(it, old, successor);
        }
    }

    private @Nullable InstanceView successor(Predecessor old) {
        for (InstanceView instance : plan.service.instances()) {
            if (instance.assignment().insteadOf().filter(old::equals).isPresent()) return instance;
        }
        return null;
    }

    private void advance(Change it, InstanceView old, InstanceView successor) {
        underWay++;
        Reason outdated = plan.outdated(old);
        if (pass.isLost(old.host())) {
            end(it, Move.Outcome.moved, new Reason.HostLost(old.host()));
        } else if (pass.isLost(successor.host())) {
            drop(it, new Reason.HostLost(successor.host()));
            leave(successor, new Reason.HostLost(successor.host()));
        } else if (outdated != null && !(outdated instanceof Reason.Drained)) {
            // The next version comes; it goes where there is room then.
            drop(it, outdated);
        } else if (hasSettled(successor)) {
            leave(old, new Reason.Moved(successor.id(), successor.host()));
        } else {
            Reason hopeless = hopeless(successor);
            boolean stays = hopeless == null || it.asked() == null && isWaitedFor(successor);
            if (stays) {
                paired.add(old.id().n());
                paired.add(successor.id().n());
                if (hopeless != null) plan.note(old.id().n(), new Reason.DrainWaits(old.host(), hopeless));
            } else if (hopeless != null) {
                leave(successor, hopeless);
            }
        }
    }

    private void leave(InstanceView instance, Reason reason) {
        leaving.add(instance.id().n());
        if (pass.isGone(instance)) plan.release(instance, reason);
        else plan.stop(instance, reason);
    }

    /** Somebody can rely on it, and could for as long as an update waits for a new version. */
    private boolean hasSettled(InstanceView successor) {
        if (!ServicePlan.serves(successor) || pass.table.isDraining(successor.host())) return false;
        Duration quiet = plan.spec.settling(successor.status()).plus(plan.spec.update().delay());
        Instant settled = quiet.isZero() ? pass.now : pass.sightings.readySince(successor).plus(quiet);
        if (!settled.isAfter(pass.now)) return true;
        pass.wake(settled, plan.id());
        return false;
    }

    /** Why a successor gets no further; null: it may. */
    private @Nullable Reason hopeless(InstanceView successor) {
        if (pass.table.isDraining(successor.host())) return new Reason.Drained(successor.host());
        if (ServicePlan.serves(successor)) return null;
        Optional<Instant> limit = pass.sightings.begunSince(successor).map(since -> since.plus(LIMIT));
        boolean crashes = successor.state().isFinal() || successor.status().map(Status::crashing).orElse(false);
        // A deployment counts what is not ready; and what it brings may be newer.
        if (crashes || plan.isBeingDeployed() || limit.isPresent() && !limit.get().isAfter(pass.now)) return notReady(successor);
        limit.ifPresent(at -> pass.wake(at, plan.id()));
        return null;
    }

    /** Instead of another one that would fare as badly, while the one before it serves. */
    private boolean isWaitedFor(InstanceView successor) {
        return !pass.table.isDraining(successor.host()) && !plan.isBeingDeployed();
    }

    private static Reason notReady(InstanceView successor) {
        return new Reason.NotReadyThere(successor.id(), successor.host(), successor.state(), successor.status().map(Status::reason).orElse(""));
    }

    /** Begins what may begin, once everybody else has a place. */
    void begin() {
        if (waiting.isEmpty()) return;
        // Whatever this pass does, its service comes up again; so it does when its stack is deployed.
        boolean held = plan.acted() || plan.isBeingDeployed();
        Set<Integer> taken = new HashSet<>();
        for (Change it : waiting) {
            InstanceView old = plan.service.instances().find(it.old().n());
            if (old == null || held || underWay >= it.atOnce()) continue;
            int n = 1;
            while (plan.service.instances().contains(n) || taken.contains(n)) n++;
            boolean begun = it.asked() == null ? leaveDrained(old, n) : begin(it, it.asked().move(), old, n);
            if (!begun) continue;
            taken.add(n);
            underWay++;
        }
    }

    private boolean begin(Change it, Move move, InstanceView old, int n) {
        Optional<Reason> obstacle = obstacle(move, old);
        if (obstacle.isPresent()) {
            drop(it, obstacle.get());
            return false;
        }
        Refusal refusal = pass.placer.placeSuccessor(plan, old, n, move.to());
        if (refusal == null) return true;
        if (isRoom(refusal) && othersLeave(move)) plan.note(old.id().n(), new Reason.MoveWaits(move.to(), refusal));
        else drop(it, new Reason.MoveRefused(move.to(), refusal));
        return false;
    }

    private boolean leaveDrained(InstanceView old, int n) {
        Reason obstacle = plan.links.waits().isPresent() ? plan.links.waits().get() : pass.placer.placeSuccessor(plan, old, n);
        if (obstacle != null) plan.note(old.id().n(), new Reason.DrainWaits(old.host(), obstacle));
        return obstacle == null;
    }

    private Optional<Reason> obstacle(Move move, InstanceView old) {
        boolean leaves = isDrained(old.id().n());
        Optional<String> obstacle = pass.movability.obstacle(plan).or(() -> leaves ? Optional.empty() : pass.movability.obstacle(plan, old));
        if (obstacle.isPresent()) return Optional.of(new Reason.Stays(obstacle.get()));
        if (plan.links.waits().isPresent()) return plan.links.waits();
        if (!plan.needs.isEmpty()) return Optional.of(new Reason.Stays("its service has not all its instances"));
        return plan.links.holdFor(old, move.to()) ? Optional.empty() : Optional.of(new Reason.Stays("its links do not lead there"));
    }

    private static boolean isRoom(Refusal refusal) {
        return refusal instanceof Refusal.ShortOfCpu || refusal instanceof Refusal.ShortOfMemory || refusal instanceof Refusal.HasOne;
    }

    /** Whether an earlier move is to make room on its host. */
    private boolean othersLeave(Move move) {
        boolean[] leave = {false};
        pass.view.moves().forEach((_, others) -> {
            for (MoveView other : others.values()) leave[0] |= other.move().from().equals(move.to()) && other.move().turn() < move.turn();
        });
        return leave[0];
    }
}
