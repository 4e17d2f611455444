package concierge.plan;

import concierge.model.InstanceId;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.View;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which instances would have to move so that hosts that came back, or came new, carry their part: few of them. Pure; the
 * same view gives the same moves, and a view in which they were made gives none. Nothing moves unless somebody says so.
 *
 * @param revision of the view it was made from
 * @param moves in an order in which each has room when those before it were made
 * @param stays what does not move, and why, by service
 * @param loads of every host that is there, by name
 */
public record Rebalance(long revision, List<Move> moves, List<Stay> stays, List<Load> loads) {
    /**
     * Two hosts are even while the one has no more than this part less than the other: of used CPU or memory, of instances,
     * of instances of one service. Each move costs a start and a stop; for less than that it is not worth it.
     */
    static final double TOLERANCE = 0.1;

    /** @param generation of the instance: another one is not meant */
    public record Move(InstanceId instance, long generation, String from, String to, Reason because) {}

    /** @param instances how many of the service stay for that reason */
    public record Stay(ServiceId service, int instances, String because) {}

    /** @param capacity 0 in a component: unlimited */
    public record Load(String host, Resources capacity, Resources before, Resources after, int instancesBefore, int instancesAfter) {}

    public Rebalance {
        moves = List.copyOf(moves);
        stays = List.copyOf(stays);
        loads = List.copyOf(loads);
    }

    /**
     * @param selected the services that may be moved; the others count all the same
     * @param host only moves to it or away from it; empty: any
     */
    public static Rebalance of(View view, Predicate<ServiceId> selected, Optional<String> host) {
        return new Balancer(view, selected, host).rebalance();
    }

    /** Whether the one has so much less than the other that it is worth a move. */
    static boolean isUneven(double more, double less) {
        return more - less > TOLERANCE * more;
    }

    /** The same of things that are counted, which one move brings closer by two. */
    static boolean isUneven(int more, int less) {
        return more - less > 1 && isUneven((double) more, (double) less);
    }
}
