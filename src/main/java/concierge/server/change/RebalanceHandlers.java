package concierge.server.change;

import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Move;
import concierge.model.Names;
import concierge.model.Predecessor;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.View;
import concierge.plan.Rebalance;
import concierge.security.access.Trail;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Chunks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Moving instances to hosts that have little: what would move, that it is to, how far it is. */
public final class RebalanceHandlers {
    /** So many instances at one request: more is no evening out, and each is a commit. */
    static final int MOVES = 1_000;

    private final Store store;
    private final LiveView live;
    private final UnaryOperator<View> judged;

    /** @param judged a view as the leader would plan from */
    public RebalanceHandlers(Store store, LiveView live, UnaryOperator<View> judged) {
        this.store = store;
        this.live = live;
        this.judged = judged;
    }

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/rebalance", this::plan),
                Operation.post("/v1/rebalance", this::ask),
                Operation.delete("/v1/rebalance", _ -> takeBack()),
                Operation.get("/v1/rebalance/moves", _ -> asked()));
    }

    record Planned(String instance, long generation, String from, String to, String because) {}

    record Used(long cpuMillis, long memoryBytes, int instances) {
        static Used of(Resources resources, int instances) {
            return new Used(resources.cpuMillis(), resources.memoryBytes(), instances);
        }
    }

    record Stayed(String service, int instances, String because) {}

    record Load(String host, Resources capacity, Used before, Used after) {}

    record Answer(long revision, List<Planned> moves, List<Stayed> stays, List<Load> hosts, int active) {}

    private Answer plan(Exchange exchange) {
        View view = judged.apply(live.view());
        Optional<String> host = exchange.query("host");
        host.ifPresent(name -> {
            if (view.host(name).isEmpty()) throw Refusal.notFound("host", name, view.hosts().sortedKeys());
        });
        Rebalance rebalance = Rebalance.of(view, selected(exchange, view), host);
        List<Planned> moves = new ArrayList<>();
        for (Rebalance.Move move : rebalance.moves().subList(0, Math.min(MOVES, rebalance.moves().size()))) {
            moves.add(new Planned(move.instance().path(), move.generation(), move.from(), move.to(), move.because().text()));
        }
        List<Stayed> stays = rebalance.stays().stream().map(stay -> new Stayed(stay.service().path(), stay.instances(), stay.because())).toList();
        List<Load> loads = rebalance.loads().stream()
                .map(load -> new Load(load.host(), load.capacity(), Used.of(load.before(), load.instancesBefore()), Used.of(load.after(), load.instancesAfter())))
                .toList();
        return new Answer(rebalance.revision(), moves, stays, loads, active(view));
    }

    private static int active(View view) {
        int[] active = {0};
        view.moves().forEach((_, moves) -> active[0] += moves.size());
        return active[0];
    }

    private static Predicate<ServiceId> selected(Exchange exchange, View view) {
        Optional<String> stack = exchange.query("stack");
        Optional<String> tag = exchange.query("tag");
        Optional<String> service = exchange.query("service");
        Predicate<ServiceId> selected = id -> stack.map(id.stack()::equals).orElse(true)
                && tag.map(id.tag()::equals).orElse(true)
                && service.map(id.service()::equals).orElse(true);
        List<ServiceId> known = view.services().sortedKeys();
        if (stack.isPresent() && known.stream().noneMatch(selected)) {
            String name = stack.get() + tag.map(it -> "/" + it).orElse("") + service.map(it -> "/" + it).orElse("");
            throw Refusal.notFound(service.isPresent() ? "service" : "stack", name,
                    known.stream().map(id -> service.isPresent() ? id.stack() + "/" + id.service() : id.stack()).distinct().toList());
        }
        return selected;
    }

    record WantedMove(String instance, long generation, String to) {}

    record AskRequest(Optional<List<WantedMove>> moves, Optional<Integer> atOnce) {}

    record Dropped(String instance, String reason) {}

    record Taken(List<String> moves, List<Dropped> dropped) {}

    /** Each move for itself: what is not as it was when the plan was shown stays, the others go. */
    private Taken ask(Exchange exchange) {
        AskRequest request = exchange.body(AskRequest.class);
        List<WantedMove> wanted = request.moves().orElse(List.of());
        int atOnce = request.atOnce().orElse(1);
        if (wanted.isEmpty() || wanted.size() > MOVES) {
            throw Refusal.of(Code.badRequest, "moves: " + wanted.size() + " (expected: 1 to " + MOVES + ")", "GET /v1/rebalance answers them");
        }
        if (atOnce < 1) throw Refusal.of(Code.badRequest, "atOnce: " + atOnce + " (expected: ≥ 1)", "");
        clear();
        Trail.about(wanted.size() + (wanted.size() == 1 ? " instance" : " instances"));
        View view = live.view();
        List<String> taken = new ArrayList<>();
        List<Dropped> dropped = new ArrayList<>();
        for (WantedMove move : wanted) {
            Optional<String> refusal = begin(view, move, taken.size(), atOnce);
            if (refusal.isEmpty()) taken.add(move.instance());
            else dropped.add(new Dropped(move.instance(), refusal.get()));
        }
        return new Taken(taken, dropped);
    }

    /** What ended before is forgotten, so that what is told is about one request. */
    private void clear() {
        List<Entry> before = Listing.all(store, Keys.MOVES);
        long active = before.stream().filter(RebalanceHandlers::isActive).count();
        if (active > 0) {
            throw Refusal.of(Code.conflict, active + (active == 1 ? " instance is" : " instances are") + " being moved already",
                    "concierge rebalance --follow shows how far it is, --cancel takes back what has not moved");
        }
        Chunks chunks = new Chunks(Commits.id("rebalance"), _ -> {});
        for (Entry entry : before) chunks.add(to -> to.compare(entry.key(), Transaction.Field.modified, entry.modified()).delete(entry.key()));
        for (Transaction transaction : chunks.build()) {
            if (commit(transaction).isPresent()) throw Refusal.of(Code.conflict, "somebody else asked for moves", "look again: concierge rebalance");
        }
    }

    private static boolean isActive(Entry entry) {
        return Codec.move(entry.value()).outcome() == Move.Outcome.active;
    }

    /** @return why it is not begun */
    private Optional<String> begin(View view, WantedMove wanted, int turn, int atOnce) {
        InstanceView instance = view.instance(parsed(wanted.instance())).orElse(null);
        if (instance == null || instance.generation() != wanted.generation()) return Optional.of("is another one now, or gone");
        if (instance.host().equals(wanted.to())) return Optional.of("is on host " + wanted.to() + " already");
        if (view.host(wanted.to()).isEmpty()) {
            return Optional.of("no host " + wanted.to() + Names.nearest(wanted.to(), view.hosts().sortedKeys()).map(near -> "; did you mean " + near + "?").orElse(""));
        }
        Move move = new Move(
                instance.id(), instance.generation(), instance.host(), wanted.to(), turn, atOnce, Move.Outcome.active, "");
        Transaction.Builder to = Transaction.id(Commits.id("move"));
        Writes.move(to, move);
        return commit(to.build()).map(_ -> "was changed by others");
    }

    private static InstanceId parsed(String path) {
        try {
            return InstanceId.parse(path);
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Code.badRequest, "moves: " + e.getMessage(), "");
        }
    }

    /** @return the key over which there was a conflict */
    private Optional<String> commit(Transaction transaction) {
        return switch (Commits.settled(store, transaction)) {
            case CommitResult.Committed _ -> Optional.empty();
            case CommitResult.Conflict(String key) -> Optional.of(key);
            case CommitResult.Unknown unknown -> throw new StoreException("commit in doubt: " + unknown.reason());
        };
    }

    /** The leader ends what has begun: of two one is too many then. */
    private Map<String, Object> takeBack() {
        List<String> dropped = new ArrayList<>();
        for (Entry entry : Listing.all(store, Keys.MOVES)) {
            Move move = Codec.move(entry.value());
            if (move.outcome() != Move.Outcome.active) continue;
            Transaction.Builder to = Transaction.id(Commits.id("unmove"));
            Writes.endMove(to, move.ended(Move.Outcome.dropped, "taken back"), entry.modified());
            // A conflict: it has just ended by itself.
            if (commit(to.build()).isEmpty()) dropped.add(move.instance().path());
        }
        return Map.of("dropped", dropped);
    }

    /** @param successor empty: none has begun */
    record Asked(
            String instance, String from, String to, Move.Outcome outcome, String reason, String successor, String state, String waits) {}

    private List<Asked> asked() {
        View view = live.view();
        List<Move> moves = new ArrayList<>();
        for (Entry entry : Listing.all(store, Keys.MOVES)) moves.add(Codec.move(entry.value()));
        moves.sort(Comparator.comparingInt(Move::turn).thenComparing(Move::instance));
        return moves.stream().map(move -> asked(view, move)).toList();
    }

    private static Asked asked(View view, Move move) {
        Optional<InstanceView> successor = successor(view, move);
        String waits = view.service(move.instance().service()).map(service -> service.pending().get(move.instance().n())).orElse("");
        return new Asked(
                move.instance().path(), move.from(), move.to(), move.outcome(), move.reason(), successor.map(it -> it.id().path()).orElse(""),
                successor.map(it -> it.state().name()).orElse(""), move.outcome() == Move.Outcome.active ? waits : "");
    }

    private static Optional<InstanceView> successor(View view, Move move) {
        Optional<Predecessor> old = Optional.of(new Predecessor(move.instance().n(), move.generation()));
        return view.service(move.instance().service()).stream()
                .flatMap(service -> service.instances().values().stream())
                .filter(instance -> instance.assignment().insteadOf().equals(old))
                .findFirst();
    }
}
