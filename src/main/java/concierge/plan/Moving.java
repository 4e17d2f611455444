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
 * The moves of one service that somebody asked for. A move begins with a successor on the other host, under a number of
 * its own; when that has been ready for long enough, the one before it stops, and the move has ended when it is gone. All
 * of that stands in the state, so any leader goes on with it. Without the move, what is left is one instance too
 * many, which is nothing new.
 */
final class Moving {
    /** As long as a deployment may take in which nothing becomes ready. */
    static final Duration LIMIT = Duration.ofMinutes(10);

    private final Pass pass;
    private final ServicePlan plan;
    private final List<MoveView> moves;
    /** Those that have not begun. */
    private final List<MoveView> waiting = new ArrayList<>();
    /** The numbers of pairs that run both. */
    private final Set<Integer> paired = new HashSet<>();
    /** The numbers that this pass takes away. */
    private final Set<Integer> leaving = new HashSet<>();

    private int underWay;

    private Moving(Pass pass, ServicePlan plan, SortedMap<Integer, MoveView> moves) {
        this.pass = pass;
        this.plan = plan;
        this.moves = new ArrayList<>(moves.values());
        this.moves.sort(Comparator.<MoveView>comparingInt(it -> it.move().turn()).thenComparing(it -> it.move().instance()));
    }

    /** Null: nothing of the service is to move. */
    static @Nullable Moving of(Pass pass, ServicePlan plan) {
        SortedMap<Integer, MoveView> moves = pass.view.moves(plan.id());
        return moves.isEmpty() ? null : new Moving(pass, plan, moves);
    }

    /** Of a service that nobody wants any more. */
    static void drop(Pass pass, ServiceId id) {
        for (MoveView it : pass.view.moves(id).values()) end(pass, it, Move.Outcome.dropped, new Reason.Unwanted());
    }

    private static void end(Pass pass, MoveView it, Move.Outcome outcome, Reason reason) {
        pass.add(new Action.EndMove(it.move().ended(outcome, reason.text()), it.revision(), reason));
    }

    private void drop(MoveView it, Reason reason) {
        end(pass, it, Move.Outcome.dropped, reason);
    }

    /** Takes what has begun a step further. */
    void advance() {
        for (MoveView it : moves) advance(it, it.move());
    }

    /** So many more than are wanted run while one takes over from another. */
    int extra() {
        return paired.size() / 2;
    }

    /** Whether one of a pair: nobody else decides about it. */
    boolean isPaired(int n) {
        return paired.contains(n);
    }

    boolean isLeaving(int n) {
        return leaving.contains(n);
    }

    /** How many this pass takes away. */
    int leaving() {
        return leaving.size();
    }

    private void advance(MoveView it, Move move) {
        InstanceView old = plan.service.instances().find(move.instance().n());
        boolean there = old != null && old.generation() == move.generation();
        InstanceView successor = successor(move);
        if (old == null || !there) {
            if (successor != null && !successor.isStopping()) end(pass, it, Move.Outcome.moved, new Reason.Moved(successor.id(), successor.host()));
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

    private @Nullable InstanceView successor(Move move) {
        Predecessor old = new Predecessor(move.instance().n(), move.generation());
        for (InstanceView instance : plan.service.instances()) {
            if (instance.assignment().insteadOf().filter(old::equals).isPresent()) return instance;
        }
        return null;
    }

    private void advance(MoveView it, InstanceView old, InstanceView successor) {
        underWay++;
        Reason outdated = plan.outdated(old);
        if (pass.isLost(old.host())) {
            end(pass, it, Move.Outcome.moved, new Reason.HostLost(old.host()));
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
            if (hopeless != null) {
                leave(successor, hopeless);
            } else {
                paired.add(old.id().n());
                paired.add(successor.id().n());
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

    private static Reason notReady(InstanceView successor) {
        return new Reason.NotReadyThere(successor.id(), successor.host(), successor.state(), successor.status().map(Status::reason).orElse(""));
    }

    /** Begins what may begin, once everybody else has a place. */
    void begin() {
        if (waiting.isEmpty()) return;
        // Whatever this pass does, its service comes up again; so it does when its stack is deployed.
        boolean held = plan.acted() || plan.isBeingDeployed();
        Set<Integer> taken = new HashSet<>();
        for (MoveView it : waiting) {
            Move move = it.move();
            InstanceView old = plan.service.instances().find(move.instance().n());
            if (old == null || held || underWay >= move.atOnce()) continue;
            Optional<Reason> obstacle = obstacle(move, old);
            if (obstacle.isPresent()) {
                drop(it, obstacle.get());
                continue;
            }
            int n = 1;
            while (plan.service.instances().contains(n) || taken.contains(n)) n++;
            Refusal refusal = pass.placer.placeSuccessor(plan, old, n, move.to());
            if (refusal == null) {
                taken.add(n);
                underWay++;
            } else if (isRoom(refusal) && othersLeave(move)) {
                plan.note(move.instance().n(), new Reason.MoveWaits(move.to(), refusal));
            } else {
                drop(it, new Reason.MoveRefused(move.to(), refusal));
            }
        }
    }

    private Optional<Reason> obstacle(Move move, InstanceView old) {
        Optional<String> obstacle = pass.movability.obstacle(plan).or(() -> pass.movability.obstacle(plan, old));
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
