package concierge.plan;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one pass decides about one service. First {@link #sort} tells what has to go and which numbers
 * need a host; when that is done for all services, {@link Placer} gives hosts to the needs; at last {@link
 * #writeNotes} says what could not be done.
 */
final class ServicePlan {
    /** Failed runs in a row on one host after which an instance tries another: minutes of backoff by then. */
    static final int MOVE_AFTER_FAILURES = 8;

    /** Of instances that are too many: those that serve nobody first, then the highest number. */
    private static final Comparator<InstanceView> FIRST_TO_GO =
            Comparator.comparing(ServicePlan::isGood).thenComparing(InstanceView::id, Comparator.reverseOrder());

    private static final Comparator<InstanceView> FIRST_TO_REPLACE =
            Comparator.comparing(ServicePlan::isGood).thenComparing(InstanceView::id);

    /** Comes behind every other turn: what a deployment replaces gets what its successors leave. */
    private static final long AFTER_ALL = 1L << 42;

    private final Pass pass;
    final ServiceView service;
    final Intent intent;
    final ServiceSpec spec;
    final Links links;
    /** Smaller ones get their hosts first; equal ones in the order of ids. */
    final long turn;
    final List<Need> needs = new ArrayList<>(0);
    /** The hosts of its instances, noted where there are {@link #needs}. */
    int[] occupied = {};

    /** Made with the first note: most services have none, and thousands of plans stand side by side. */
    private SortedMap<Integer, Reason> notes = Collections.emptySortedMap();

    /** The numbers of {@link #needs} that got a host, where notes about them may be left. */
    private Set<Integer> placed = Set.of();

    private boolean acted;
    /** How many of {@link #needs} this pass gave a host. */
    private int placements;

    private Succession.@Nullable Queue successors;

    /** Null: nothing of it is to move. */
    private final @Nullable Moving moving;

    private ServicePlan(Pass pass, ServiceView service, Intent intent, ServiceSpec spec) {
        this.pass = pass;
        this.service = service;
        this.intent = intent;
        this.spec = spec;
        this.links = Links.of(pass.view, service.id(), spec);
        this.moving = Moving.of(pass, this);
        this.turn = turn(intent, spec) + (Succession.isReplaced(pass.view, service.id()) ? AFTER_ALL : 0);
    }

    /** Decides what has to go; the plan of what is wanted, or null where nothing is or its spec is unknown. */
    static @Nullable ServicePlan sort(Pass pass, ServiceView service) {
        if (service.intent().isEmpty()) {
            removeAll(pass, service);
            Moving.drop(pass, service.id());
            return null;
        }
        if (service.spec().isEmpty()) return null;
        ServicePlan plan = new ServicePlan(pass, service, service.intent().get(), service.spec().get());
        plan.sortInstances();
        // Now, because of many services the instances are long out of the processor's cache when hosts are given.
        if (!plan.needs.isEmpty()) plan.occupied = Counts.occupied(pass.table, service);
        return plan;
    }

    /** To ask about a service, without deciding anything; null where nothing is wanted or its spec is unknown. */
    static @Nullable ServicePlan look(Pass pass, ServiceView service) {
        if (service.intent().isEmpty() || service.spec().isEmpty()) return null;
        return new ServicePlan(pass, service, service.intent().get(), service.spec().get());
    }

    /** Pinned ones have no choice, so they choose first; then what runs for ever; then by priority. */
    private static long turn(Intent intent, ServiceSpec spec) {
        long among = switch (intent.kind()) {
            case RunKind.Forever _ -> Integer.MIN_VALUE - 1L;
            case RunKind.ToCompletion(int priority, _) -> -(long) priority;
        };
        return spec.pinned() ? among - (1L << 40) : among;
    }

    ServiceId id() {
        return service.id();
    }

    /** Begins moves that may begin; after everybody has a place. */
    void beginMoves() {
        if (moving != null) moving.begin();
    }

    /** What this pass does about it besides notes. */
    boolean acted() {
        return acted;
    }

    static int wanted(Intent intent, ServiceSpec spec) {
        return spec.isSite() ? 0 : intent.wanted();
    }

    /** Serves, or has done what it was to do. */
    static boolean isGood(InstanceView instance) {
        return isGoodState(instance.state());
    }

    private static boolean isGoodState(InstanceState state) {
        return state == InstanceState.ready || state == InstanceState.completed;
    }

    /** Somebody can rely on it: one in a crash loop is ready at times, too. */
    static boolean serves(InstanceView instance) {
        return isGood(instance) && !instance.status().map(Status::crashing).orElse(false);
    }

    private static void removeAll(Pass pass, ServiceView service) {
        for (InstanceView instance : service.instances().values()) {
            if (canRelease(pass, instance)) {
                if (mayUnpin(pass, service, instance)) {
                    pass.add(new Action.Unpin(instance.id(), new Reason.Unwanted()));
                }
                pass.release(instance, new Reason.Ended());
            } else if (!instance.isStopping()) {
                pass.stop(instance, new Reason.Unwanted());
            }
        }
        for (int n : service.pending().keySet()) {
            pass.add(new Action.Note(service.id().instance(n), "", new Reason.Resolved()));
        }
    }

    /** A pin goes with the last wish for the service, unless it says where data is. */
    private static boolean mayUnpin(Pass pass, ServiceView service, InstanceView instance) {
        int n = instance.id().n();
        if (!service.pins().containsKey(n) || !instance.spec().volumes().isEmpty()) return false;
        // It may run there yet, and a fixed one never runs twice.
        if (pass.isLost(instance.host())) return false;
        for (ServiceId other : pass.stacks.of(service.id().stack())) {
            if (!other.service().equals(service.id().service()) || other.equals(service.id())) continue;
            ServiceView sibling = pass.view.services().find(other);
            if (sibling != null && (sibling.intent().isPresent() || sibling.instances().contains(n))) return false;
        }
        return true;
    }

    /** Ended as it was told, or nobody is there who could say so. */
    private static boolean canRelease(Pass pass, InstanceView instance) {
        return instance.isStopping() && instance.state().isFinal() || pass.isGone(instance);
    }

    private void sortInstances() {
        Instances all = service.instances();
        int wanted = wanted(intent, spec);
        if (moving != null) moving.advance();
        if (all.isEmpty()) {
            for (int n = 1; n <= wanted; n++) needs.add(new Need(n, null));
            return;
        }
        Places active = new Places(all);
        List<InstanceView> ended = new ArrayList<>(0);
        // Old generations that are still on their way out, or that just make way in this pass.
        int ending = 0;
        for (int at = 0; at < all.size(); at++) {
            if (!all.isStopping(at)) active.add(at);
            else if (canRelease(pass, all.at(at))) ended.add(all.at(at));
            else ending++;
        }
        int target = wanted;
        if (moving != null) {
            active.removeIf((views, at) -> moving.isLeaving(views.at(at).id().n()));
            target += moving.extra();
            ending += moving.leaving();
        }
        if (active.size() > target) shrink(active, target);
        int missing = Math.max(0, target - active.size() - ending);
        for (InstanceView instance : ended) {
            if (missing > 0) {
                needs.add(new Need(instance.id().n(), instance));
                missing--;
                ending++;
            } else {
                release(instance, new Reason.Ended());
            }
        }
        for (int n = 1; missing > 0; n++) {
            if (all.contains(n)) continue;
            needs.add(new Need(n, null));
            missing--;
        }
        active.removeIf(this::leavesHost);
        if (moving != null) {
            active.removeIf((views, at) -> moving.isPaired(views.at(at).id().n()));
            ending += moving.extra();
        }
        replace(active, ending);
    }

    private void shrink(Places active, int wanted) {
        Reason reason = new Reason.Surplus(wanted, active.size());
        // On a host that is gone nobody serves, whatever the last report said.
        Comparator<InstanceView> order = Comparator.<InstanceView, Boolean>comparing(
                        instance -> !pass.isLost(instance.host()))
                .thenComparing(FIRST_TO_GO);
        List<InstanceView> going = active.views().stream().sorted(order).limit(active.size() - wanted).toList();
        for (InstanceView instance : going) {
            if (pass.isGone(instance)) release(instance, reason);
            else stop(instance, reason);
        }
        active.removeIf((all, at) -> going.contains(all.at(at)));
    }

    /** Gives up those that have to leave their host: it is lost, or they never run there. */
    private boolean leavesHost(Instances all, int at) {
        InstanceState state = all.state(at);
        if (state.isFinal()) return false;
        if (pass.isLost(all.host(at))) {
            InstanceView instance = all.at(at);
            if (isPinned(instance)) note(instance.id().n(), new Reason.PinnedTo(instance.host(), new Refusal.Lost()));
            else if (!pass.isGone(instance)) note(instance.id().n(), new Reason.StopsWhenLost(instance.host()));
            else needs.add(new Need(instance.id().n(), instance));
            return true;
        }
        if (isGoodState(state)) return false;
        InstanceView instance = all.at(at);
        boolean loops = instance.failures() >= MOVE_AFTER_FAILURES && !isPinned(instance);
        if (!loops || links.waits().isPresent() || !pass.placer.fitsElsewhere(this, instance)) return false;
        stop(instance, new Reason.CrashLoop(instance.failures(), instance.host()));
        return true;
    }

    private boolean isPinned(InstanceView instance) {
        return spec.pinned() || instance.spec().pinned();
    }

    /** Stop-first: the next batch when all that was replaced is good again. */
    private void replace(Places active, int ending) {
        boolean observed = !quiet().isZero();
        // Mostly nothing is to be replaced, and nobody has to be looked at to know it.
        if (!observed && !pass.table.drains() && isCurrent(service.instances().alike())) return;
        List<InstanceView> outdated = new ArrayList<>(0);
        Instant settled = Instant.MIN;
        boolean unsettled = ending > 0;
        for (InstanceView instance : active.views()) {
            if (outdated(instance) != null && (moving == null || !moving.isDrained(instance.id().n()))) outdated.add(instance);
            else if (!isGood(instance)) unsettled = true;
            else if (observed && instance.isReady()) settled = later(settled, pass.sightings.readySince(instance).plus(quiet()));
        }
        if (outdated.isEmpty() || unsettled) return;
        if (settled.isAfter(pass.now)) {
            pass.wake(settled, id());
            return;
        }
        outdated.sort(FIRST_TO_REPLACE);
        int batch = spec.update().parallel();
        for (InstanceView instance : outdated.subList(0, Math.min(batch, outdated.size()))) replace(instance);
    }

    /** How long one that was replaced has to stay ready until the next is. */
    Duration quiet() {
        return spec.update().monitor().plus(spec.update().delay());
    }

    /** Whether {@link #outdated} is null for all that have an assignment like that. */
    private boolean isCurrent(@Nullable Assignment alike) {
        return alike != null
                && alike.epoch() == intent.epoch()
                && alike.links().isEmpty()
                && spec.links().isEmpty()
                && alike.spec().equals(intent.spec());
    }

    private void replace(InstanceView instance) {
        Reason obstacle = links.waits().isPresent() ? links.waits().get() : pass.placer.obstacle(this, instance);
        Reason cause = outdated(instance);
        if (obstacle != null && cause instanceof Reason.Drained) note(instance.id().n(), new Reason.DrainWaits(instance.host(), obstacle));
        else if (obstacle != null) note(instance.id().n(), new Reason.UpdateWaits(obstacle));
        else if (cause != null) stop(instance, cause);
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** Why an instance is not what would be assigned now; null: it is. */
    @Nullable Reason outdated(InstanceView instance) {
        Assignment assignment = instance.assignment();
        if (assignment.epoch() != intent.epoch()) return new Reason.RestartAsked();
        if (!assignment.spec().equals(intent.spec()) && !isLeftRunning(instance)) return new Reason.Changed();
        if (instance.state().isFinal() || intent.kind() instanceof RunKind.ToCompletion) return null;
        if (pass.table.isDraining(instance.host()) && !isPinned(instance)) return new Reason.Drained(instance.host());
        if (links.waits().isPresent() || links.holdFor(instance) || links.mustYield(pass.view, id())) return null;
        return new Reason.LinksChanged();
    }

    /**
     * A shared instance outlives pushes, unless it serves nobody while one is under way: then that is what was
     * pushed for. At another time it is left to itself: an engine's restart must not bring a new version.
     */
    private boolean isLeftRunning(InstanceView instance) {
        return spec.shared() && (serves(instance) || !isBeingDeployed());
    }

    boolean isBeingDeployed() {
        Deployment deployment = pass.view.deployments().find(id().stack());
        return deployment != null && deployment.outcome() == Deployment.Outcome.active;
    }

    void stop(InstanceView instance, Reason reason) {
        acted = true;
        pass.stop(instance, reason);
    }

    void release(InstanceView instance, Reason reason) {
        acted = true;
        pass.release(instance, reason);
    }

    void note(int n, Reason reason) {
        if (notes.isEmpty()) notes = new TreeMap<>();
        notes.put(n, reason);
    }

    /** Why this pass gave a number no host, or left an older version running. */
    SortedMap<Integer, Reason> notes() {
        return notes;
    }

    /** Where those that found no room wait for earlier tags. */
    Succession.Queue successors() {
        if (successors == null) successors = pass.succession.queue(this);
        return successors;
    }

    /** How many this pass gave a host so far. */
    int placedNow() {
        return placements;
    }

    void placed(int n) {
        acted = true;
        placements++;
        if (service.pending().isEmpty()) return;
        if (placed.isEmpty()) placed = new TreeSet<>();
        placed.add(n);
    }

    /** Writes the notes whose text is new, and takes away those that hold no more. */
    void writeNotes() {
        for (Map.Entry<Integer, Reason> note : notes.entrySet()) {
            String text = pass.text(note.getValue());
            if (text.equals(service.pending().get(note.getKey()))) continue;
            pass.add(new Action.Note(id().instance(note.getKey()), text, note.getValue()));
        }
        if (service.pending().isEmpty()) return;
        for (int n : service.pending().keySet()) {
            if (notes.containsKey(n) || placed.contains(n)) continue;
            pass.add(new Action.Note(id().instance(n), "", new Reason.Resolved()));
        }
    }
}
