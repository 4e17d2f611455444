package concierge.plan;

import concierge.model.HostRecord;
import concierge.model.InstanceView;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the moves of one {@link Rebalance}. Three rules, as placing has them: a service is spread over the hosts; they are
 * used evenly; they have evenly many instances. A move that follows one must not harm those before it: the sum of
 * squares of a service's counts, then of the hosts' shares, then of their counts falls with each, so it ends, and
 * nothing moves there and back.
 */
final class Balancer {
    /** Below this a sum of squares has not fallen: it is the arithmetic that differs. */
    private static final double NOTHING = 1e-9;

    private final View view;
    private final Pass pass;
    private final HostTable table;
    private final Optional<String> host;
    private final List<Group> groups = new ArrayList<>();
    /** What could move, by where it stands now. */
    private final Map<Integer, List<Piece>> pieces = new HashMap<>();

    private final List<Rebalance.Stay> stays = new ArrayList<>();
    /** In the order of their last step. */
    private final Set<Piece> moved = new LinkedHashSet<>();

    /** A service, and how many of its instances are on each host. */
    private static final class Group {
        final ServicePlan plan;
        final Map<Integer, Integer> counts = new HashMap<>();
        final List<Piece> pieces = new ArrayList<>();

        Group(ServicePlan plan) {
            this.plan = plan;
        }

        int count(int row) {
            return counts.getOrDefault(row, 0);
        }
    }

    /** An instance that may be moved. */
    private static final class Piece {
        final Group group;
        final InstanceView instance;
        final Request request;
        final int from;
        int at;
        @Nullable Reason because;

        Piece(Group group, InstanceView instance, Request request, int from) {
            this.group = group;
            this.instance = instance;
            this.request = request;
            this.from = from;
            this.at = from;
        }

        boolean hasMoved() {
            return at != from;
        }

        /** Who goes nowhere is a waste of time to ask about again. */
        boolean isLike(Piece other) {
            return at == other.at && request.equals(other.request) && instance.assignment().links().equals(other.instance.assignment().links());
        }

        Resources needs() {
            return instance.spec().resources();
        }
    }

    /** @param gain by how much the sum of squares falls */
    private record Step(Piece piece, int to, double gain, Reason because) {}

    Balancer(View view, Predicate<ServiceId> selected, Optional<String> host) {
        this.view = view;
        this.host = host;
        this.table = new HostTable();
        table.load(view.hosts());
        Stacks stacks = new Stacks();
        stacks.load(view.services());
        this.pass = new Pass(view, Instant.EPOCH, Sightings.REPORTED, table, stacks);
        for (ServiceId id : view.services().sortedKeys()) {
            ServiceView service = view.services().find(id);
            ServicePlan plan = service == null || !selected.test(id) || service.instances().isEmpty() ? null : ServicePlan.look(pass, service);
            if (plan != null) gather(plan);
        }
    }

    private void gather(ServicePlan plan) {
        Optional<String> obstacle = !view.moves(plan.id()).isEmpty() ? Optional.of("is being moved") : pass.movability.obstacle(plan);
        Group group = new Group(plan);
        Map<String, Integer> staying = new TreeMap<>();
        for (InstanceView instance : plan.service.instances()) {
            int row = table.row(instance.host());
            if (row == HostTable.NO_ROW || !instance.occupies()) continue;
            group.counts.merge(row, 1, Integer::sum);
            if (instance.isStopping() || !table.view(row).isPresent()) continue;
            Optional<String> reason = obstacle.or(() -> pass.movability.obstacle(plan, instance));
            if (reason.isPresent()) staying.merge(reason.get(), 1, Integer::sum);
            else group.pieces.add(new Piece(group, instance, Placer.forPrevious(plan, instance, pass.placer.request(plan.spec)), row));
        }
        staying.forEach((because, count) -> stays.add(new Rebalance.Stay(plan.id(), count, because)));
        if (group.pieces.isEmpty()) return;
        groups.add(group);
        for (Piece piece : group.pieces) pieces.computeIfAbsent(piece.at, _ -> new ArrayList<>()).add(piece);
    }

    Rebalance rebalance() {
        boolean more = true;
        while (more) {
            more = false;
            for (Group group : groups) more |= spread(group);
            more |= repeat(this::relief);
            more |= repeat(this::evening);
        }
        List<Rebalance.Move> moves = inOrder();
        return new Rebalance(view.revision(), moves, stays, loads());
    }

    private interface Rule {
        @Nullable Step next();
    }

    private boolean repeat(Rule rule) {
        boolean any = false;
        for (Step step = rule.next(); step != null; step = rule.next()) {
            take(step);
            any = true;
        }
        return any;
    }

    private void take(Step step) {
        Piece piece = step.piece;
        shift(piece, piece.at, step.to);
        pieces.getOrDefault(piece.at, new ArrayList<>()).remove(piece);
        piece.at = step.to;
        piece.because = step.because;
        pieces.computeIfAbsent(step.to, _ -> new ArrayList<>()).add(piece);
        moved.remove(piece);
        moved.add(piece);
    }

    private void shift(Piece piece, int from, int to) {
        table.move(from, to, piece.needs());
        piece.group.counts.merge(from, -1, Integer::sum);
        piece.group.counts.merge(to, 1, Integer::sum);
    }

    private boolean spread(Group group) {
        return repeat(() -> spreading(group));
    }

    /** Away from where most of a service is to where the least is, as placing would choose it. */
    private @Nullable Step spreading(Group group) {
        List<Piece> crowded = new ArrayList<>(group.pieces);
        crowded.removeIf(piece -> group.count(piece.at) < 2);
        crowded.sort(Comparator.<Piece>comparingInt(piece -> -group.count(piece.at))
                .thenComparingLong(piece -> -table.busy(piece.at))
                .thenComparing(Piece::hasMoved)
                .thenComparing(piece -> piece.instance.id()));
        Piece tried = null;
        for (Piece piece : crowded) {
            if (tried != null && piece.isLike(tried)) continue;
            tried = piece;
            int to = emptiest(piece);
            if (to == HostTable.NO_ROW) continue;
            Reason because = new Reason.Spreads(table.name(piece.at), group.count(piece.at), table.name(to), group.count(to));
            return new Step(piece, to, 0, because);
        }
        return null;
    }

    private int emptiest(Piece piece) {
        int best = HostTable.NO_ROW;
        for (int row = 0; row < table.size(); row++) {
            if (!Rebalance.isUneven(piece.group.count(piece.at), piece.group.count(row)) || !canGo(piece, row)) continue;
            if (best == HostTable.NO_ROW || comesBefore(piece, row, best)) best = row;
        }
        return best;
    }

    private boolean comesBefore(Piece piece, int row, int other) {
        int byCount = Integer.compare(piece.group.count(row), piece.group.count(other));
        return byCount != 0 ? byCount < 0 : key(piece, row) < key(piece, other);
    }

    private long key(Piece piece, int row) {
        return HostIndex.key(table, row, penalty(piece, row));
    }

    private int penalty(Piece piece, int row) {
        return HostIndex.penalty(table, row, piece.request.kind());
    }

    /** Of the fullest host's instances the one that makes it and the emptiest most alike. */
    private @Nullable Step relief() {
        return between(row -> table.share(row, 0, 0), Rebalance::isUneven, (piece, to) -> {
            Resources needs = piece.needs();
            // What has no bound is never full; it takes its part by the number of instances.
            if (!table.measures(to, needs)) return null;
            double from = table.share(piece.at, 0, 0);
            double less = table.share(piece.at, -needs.cpuMillis(), -needs.memoryBytes());
            double there = table.share(to, 0, 0);
            double more = table.share(to, needs.cpuMillis(), needs.memoryBytes());
            double gain = from * from + there * there - less * less - more * more;
            return gain <= NOTHING ? null : new Step(piece, to, gain, new Reason.Relieves(table.name(piece.at), from, table.name(to), there));
        });
    }

    /** What uses nothing that counts goes where fewer instances are. */
    private @Nullable Step evening() {
        return between(table::instances, (more, less) -> Rebalance.isUneven((int) more, (int) less), (piece, to) -> {
            Resources needs = piece.needs();
            if (table.measures(to, needs)) return null;
            int gain = table.instances(piece.at) - table.instances(to);
            return new Step(piece, to, gain, new Reason.EvensOut(table.name(piece.at), table.instances(piece.at), table.name(to), table.instances(to)));
        });
    }

    private interface Measure {
        double of(int row);
    }

    private interface Gap {
        boolean isWide(double more, double less);
    }

    private interface Offer {
        @Nullable Step of(Piece piece, int to);
    }

    /** The best step between the two hosts that differ most and have one. */
    private @Nullable Step between(Measure measure, Gap gap, Offer offer) {
        List<Integer> rows = new ArrayList<>();
        for (int row = 0; row < table.size(); row++) if (table.view(row).isPresent()) rows.add(row);
        rows.sort(Comparator.comparingDouble(measure::of));
        for (int from : rows.reversed()) {
            if (pieces.getOrDefault(from, List.of()).isEmpty()) continue;
            for (int to : rows) {
                if (!gap.isWide(measure.of(from), measure.of(to))) break;
                Step best = best(from, to, offer);
                if (best != null) return best;
            }
        }
        return null;
    }

    private @Nullable Step best(int from, int to, Offer offer) {
        Step best = null;
        for (Piece piece : pieces.getOrDefault(from, List.of())) {
            Group group = piece.group;
            if (group.count(to) >= group.count(from) || penalty(piece, from, to) > 0 || !canGo(piece, to)) continue;
            Step step = offer.of(piece, to);
            if (step != null && (best == null || isBetter(step, best))) best = step;
        }
        return best;
    }

    /** How much less its service likes the one host than the other; one that it may not be on any more it likes least. */
    private int penalty(Piece piece, int from, int to) {
        return suits(piece, from) && suits(piece, to) ? penalty(piece, to) - penalty(piece, from) : 0;
    }

    private boolean suits(Piece piece, int row) {
        return table.view(row).record().filter(record -> HostIndex.recordRefusal(record, piece.request.kind()) == null).isPresent();
    }

    private static boolean isBetter(Step step, Step best) {
        if (Math.abs(step.gain - best.gain) > NOTHING) return step.gain > best.gain;
        if (step.piece.hasMoved() != best.piece.hasMoved()) return best.piece.hasMoved();
        return step.piece.instance.id().compareTo(best.piece.instance.id()) < 0;
    }

    private boolean canGo(Piece piece, int to) {
        if (to == piece.at) return false;
        if (host.isPresent() && !host.get().equals(table.name(to)) && !host.get().equals(table.name(piece.at))) return false;
        return pass.placer.refusal(to, piece.request, false, piece.group.count(to)) == null
                && piece.group.plan.links.waits().isEmpty()
                && piece.group.plan.links.holdFor(piece.instance, table.name(to));
    }

    /** Each instance once, from where it is to where it came in the end: first what has room without the others. */
    private List<Rebalance.Move> inOrder() {
        List<Piece> left = new ArrayList<>(moved);
        left.removeIf(piece -> !piece.hasMoved());
        for (Piece piece : left) shift(piece, piece.at, piece.from);
        List<Rebalance.Move> moves = new ArrayList<>();
        for (boolean more = true; more; ) {
            more = false;
            for (Piece piece : List.copyOf(left)) {
                int to = piece.at;
                piece.at = piece.from;
                boolean fits = canGo(piece, to);
                piece.at = to;
                if (!fits || piece.because == null) continue;
                shift(piece, piece.from, to);
                moves.add(new Rebalance.Move(piece.instance.id(), piece.instance.generation(), table.name(piece.from), table.name(to), piece.because));
                left.remove(piece);
                more = true;
            }
        }
        return moves;
    }

    private List<Rebalance.Load> loads() {
        List<Rebalance.Load> loads = new ArrayList<>();
        for (int row = 0; row < table.size(); row++) {
            if (!table.view(row).isPresent()) continue;
            loads.add(new Rebalance.Load(
                    table.name(row), table.view(row).record().map(HostRecord::capacity).orElse(Resources.NONE),
                    table.view(row).used(), table.used(row), table.view(row).instances(), table.instances(row)));
        }
        return loads;
    }
}
