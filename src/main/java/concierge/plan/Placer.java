package concierge.plan;

import concierge.model.Assignment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceView;
import concierge.model.Predecessor;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives hosts to the needs of one service after the other, or finds out why it cannot. */
final class Placer {
    private static final Comparator<Need> LOOPING_LAST = Comparator.comparing(Placer::avoidsItsHost);

    private final Pass pass;
    private final HostTable table;
    private final Counts counts;
    /** Of the service that is being placed, by the executors it may use. */
    private final Map<Request.Kind, Spread> spreads = new HashMap<>();

    private final Map<ServiceSpec, Request> requests = new IdentityHashMap<>();

    private @Nullable Request tallied;
    private int talliedAt;
    private Reason tally = new Reason.NoHost(0, List.of());

    Placer(Pass pass) {
        this.pass = pass;
        this.table = pass.table;
        this.counts = new Counts(pass.table);
    }

    void place(ServicePlan plan) {
        if (plan.needs.isEmpty()) return;
        if (plan.links.waits().isPresent()) {
            for (Need need : plan.needs) plan.note(need.n(), plan.links.waits().get());
            return;
        }
        counts.load(plan.occupied);
        Request request = request(plan.spec);
        Reason wanted = new Reason.Wanted(
                ServicePlan.wanted(plan.intent, plan.spec), plan.service.instances().size());
        if (plan.needs.size() > 1) plan.needs.sort(LOOPING_LAST);
        List<Refused> refused = new ArrayList<>(0);
        for (Need need : plan.needs) {
            String pin = plan.spec.pinned() ? plan.service.pins().get(need.n()) : null;
            int only = pin == null ? HostTable.NO_ROW : table.row(pin);
            Optional<Reason> held = pass.succession.hold(plan, need, only);
            if (held.isPresent()) {
                plan.note(need.n(), held.get());
                continue;
            }
            Request own = forPrevious(plan, need.previous(), request);
            KeptVolumes.Holder holder = pass.volumes.holder(plan.id(), need.n(), plan.spec);
            Reason obstacle = holder != null ? holder.reason() : pin != null ? placeFixed(plan, need, pin, own, wanted) : placeFree(plan, need, own, wanted);
            if (obstacle != null) refused.add(new Refused(need, own, only, obstacle));
        }
        endSpreads();
        if (!refused.isEmpty()) explain(plan, refused);
    }

    /** @param pin the only row that it can go to; {@link HostTable#NO_ROW} for any */
    private record Refused(Need need, Request request, int pin, Reason obstacle) {}

    private void explain(ServicePlan plan, List<Refused> refused) {
        for (Refused it : refused) plan.note(it.need.n(), plan.successors().makeRoom(it.need.n(), it.request, it.pin, it.obstacle));
    }

    private void endSpreads() {
        for (Spread spread : spreads.values()) spread.end();
        spreads.clear();
    }

    private static boolean avoidsItsHost(Need need) {
        return need.previous() != null && need.previous().failures() >= ServicePlan.MOVE_AFTER_FAILURES;
    }

    private @Nullable Reason placeFixed(ServicePlan plan, Need need, String pin, Request request, Reason wanted) {
        int row = table.row(pin);
        Refusal refusal = row == HostTable.NO_ROW ? new Refusal.Away() : refusal(row, request, true);
        if (refusal != null) return new Reason.PinnedTo(pin, refusal);
        assign(plan, need, row, executor(row, request), request, wanted);
        return null;
    }

    private @Nullable Reason placeFree(ServicePlan plan, Need need, Request request, Reason wanted) {
        InstanceView previous = need.previous();
        int home = previous == null ? HostTable.NO_ROW : table.row(previous.host());
        if (home != HostTable.NO_ROW && !avoidsItsHost(need) && refusal(home, request, false) == null) {
            assign(plan, need, home, executor(home, request), request, wanted);
            return null;
        }
        Spread spread = spread(request);
        int row = spread.next(avoidsItsHost(need) ? home : HostTable.NO_ROW);
        if (row == HostIndex.NONE && avoidsItsHost(need) && home != HostTable.NO_ROW && refusal(home, request, false) == null) {
            row = home;
        }
        if (row == HostIndex.NONE) {
            Reason nowhere = tally(request);
            return previous != null && pass.isLost(previous.host())
                    ? new Reason.NowhereElse(previous.host(), nowhere)
                    : nowhere;
        }
        assign(plan, need, row, spread.executor(row), request, wanted);
        return null;
    }

    /** Many services share a specification, and what it asks for is dear to collect. */
    Request request(ServiceSpec spec) {
        return requests.computeIfAbsent(spec, _ -> Request.of(spec, spec.executors()));
    }

    private ExecutorKind executor(int row, Request request) {
        return Objects.requireNonNull(table.executor(row, request.kind().executors()));
    }

    private Spread spread(Request request) {
        return spreads.computeIfAbsent(request.kind(), _ -> new Spread(table, request, counts));
    }

    /** What ran before runs by the same executor again, as long as the service allows that one. */
    static Request forPrevious(ServicePlan plan, @Nullable InstanceView previous, Request request) {
        if (previous == null || request.kind().executors().size() == 1) return request;
        ExecutorKind used = previous.assignment().executor();
        return plan.spec.executors().contains(used) ? Request.of(plan.spec, List.of(used)) : request;
    }

    private void assign(ServicePlan plan, Need need, int row, ExecutorKind executor, Request request, Reason wanted) {
        InstanceView previous = need.previous();
        Reason reason = wanted;
        if (previous != null) {
            boolean lost = pass.isLost(previous.host());
            reason = lost ? new Reason.HostLost(previous.host()) : new Reason.Replaces(previous.host());
            pass.release(previous, lost ? reason : new Reason.Ended());
        }
        Assignment assignment = assignment(plan, need.n(), table.name(row), executor);
        place(plan, assignment, row, request, reason);
    }

    private void place(ServicePlan plan, Assignment assignment, int row, Request request, Reason reason) {
        ServiceSpec spec = plan.spec;
        int n = assignment.instance().n();
        boolean pin = spec.pinned() && !plan.service.pins().containsKey(n);
        pass.add(new Action.Place(assignment, pin, reason));
        pass.volumes.placed(assignment, spec);
        plan.placed(n);
        table.take(row, spec, request.ports(), assignment.instance());
        counts.add(row);
        for (Spread spread : spreads.values()) spread.taken(row);
    }

    private static Assignment assignment(ServicePlan plan, int n, String host, ExecutorKind executor) {
        return new Assignment(
                plan.id().instance(n),
                host,
                plan.intent.spec(),
                executor,
                plan.intent.epoch(),
                plan.links.environment(host, executor),
                Assignment.Desired.run,
                plan.intent.kind(),
                plan.intent.deployment());
    }

    /** Places one that is to take over from another, on that host or nowhere: then this says why. */
    @Nullable Refusal placeSuccessor(ServicePlan plan, InstanceView old, int n, String host) {
        int row = table.row(host);
        if (row == HostTable.NO_ROW) return new Refusal.Away();
        Request request = forPrevious(plan, old, request(plan.spec));
        counts.load(plan.service);
        Refusal refusal = refusal(row, request, false);
        if (refusal != null) return refusal;
        Assignment assignment = assignment(plan, n, host, executor(row, request)).insteadOf(Predecessor.of(old));
        place(plan, assignment, row, request, new Reason.TakesOver(old.id(), old.host()));
        return null;
    }

    /** Places one that is to take over from another, on any host, or says why none can take it. */
    @Nullable Reason placeSuccessor(ServicePlan plan, InstanceView old, int n) {
        Request request = forPrevious(plan, old, request(plan.spec));
        counts.load(plan.service);
        int row = spread(request).next(table.row(old.host()));
        endSpreads();
        if (row == HostIndex.NONE) return tally(request);
        Assignment assignment = assignment(plan, n, table.name(row), executor(row, request)).insteadOf(Predecessor.of(old));
        place(plan, assignment, row, request, new Reason.TakesOver(old.id(), old.host()));
        return null;
    }

    /** Why a host cannot take one more instance of the loaded service; null: it can. */
    @Nullable Refusal refusal(int row, Request request, boolean returning) {
        return refusal(row, request, returning, counts.of(row));
    }

    /** @param own how many instances of the service are there */
    @Nullable Refusal refusal(int row, Request request, boolean returning, int own) {
        Optional<HostRecord> record = table.view(row).record();
        Refusal byRecord = returning && record.isPresent() && !table.isLost(row)
                ? HostIndex.recordRefusal(record.get(), request.kind())
                : HostIndex.refusal(table, row, request.kind());
        if (byRecord != null) return byRecord;
        Resources needed = request.resources();
        if (needed.cpuMillis() > 0 && table.freeCpu(row) < needed.cpuMillis()) {
            return new Refusal.ShortOfCpu(needed.cpuMillis());
        }
        if (needed.memoryBytes() > 0 && table.freeMemory(row) < needed.memoryBytes()) {
            return new Refusal.ShortOfMemory(needed.memoryBytes());
        }
        if (request.uniqueHost() && own > 0) return new Refusal.HasOne();
        for (String port : request.ports()) {
            if (table.portHolder(row, port) != null) {
                return new Refusal.PortTaken(port, Optional.ofNullable(table.portHolder(row, port)));
            }
        }
        return null;
    }

    void load(ServiceView service) {
        counts.load(service);
    }

    int count(int row) {
        return counts.of(row);
    }

    /** Whether another host than its own could take an instance now. */
    boolean fitsElsewhere(ServicePlan plan, InstanceView instance) {
        counts.load(plan.service);
        Request own = forPrevious(plan, instance, request(plan.spec));
        boolean fits = spread(own).next(table.row(instance.host())) != HostIndex.NONE;
        endSpreads();
        return fits;
    }

    /** What would keep the new version of a running instance from being placed once it stopped; null: nothing. */
    @Nullable Reason obstacle(ServicePlan plan, InstanceView instance) {
        counts.load(plan.service);
        Request own = forPrevious(plan, instance, request(plan.spec));
        int home = table.row(instance.host());
        String pin = plan.spec.pinned() ? plan.service.pins().get(instance.id().n()) : null;
        int fixed = pin == null ? HostTable.NO_ROW : table.row(pin);
        if (pin != null && fixed == HostTable.NO_ROW) return new Reason.PinnedTo(pin, new Refusal.Away());
        Refusal atHome = new Refusal.Away();
        if (home != HostTable.NO_ROW && (pin == null || fixed == home)) {
            table.free(instance);
            counts.lend(home, -1);
            atHome = refusal(home, own, pin != null);
            counts.lend(home, 1);
            table.takeAgain(instance);
            if (atHome == null) return null;
        }
        @Nullable Reason obstacle;
        if (pin != null) {
            Refusal there = fixed == home ? atHome : refusal(fixed, own, true);
            obstacle = there == null ? null : new Reason.PinnedTo(pin, there);
        } else {
            boolean elsewhere = spread(own).next(HostTable.NO_ROW) != HostIndex.NONE;
            endSpreads();
            obstacle = elsewhere ? null : tally(own);
        }
        return obstacle == null ? null : makeRoom(plan, instance, own, fixed, obstacle);
    }

    /** For the new version of an instance, whose own room will be free, too. */
    private Reason makeRoom(ServicePlan plan, InstanceView instance, Request request, int pin, Reason obstacle) {
        int home = table.row(instance.host());
        table.free(instance);
        if (home != HostTable.NO_ROW) counts.lend(home, -1);
        Reason waits = plan.successors().makeRoom(instance.id().n(), request, pin, obstacle);
        if (home != HostTable.NO_ROW) counts.lend(home, 1);
        table.takeAgain(instance);
        return waits;
    }

    /** All hosts by why they refuse; the same again and again while the table does not change. */
    private Reason tally(Request request) {
        boolean general = !request.uniqueHost() && request.ports().isEmpty();
        if (general && request.equals(tallied) && talliedAt == table.logEnd()) return tally;
        Map<Refusal, Integer> count = new LinkedHashMap<>();
        for (int row = 0; row < table.size(); row++) {
            Refusal refusal = refusal(row, request, false);
            if (refusal != null) count.merge(refusal, 1, Integer::sum);
        }
        tally = new Reason.NoHost(table.size(), tallies(count));
        tallied = general ? request : null;
        talliedAt = table.logEnd();
        return tally;
    }

    /** Names the holder of a port where it is one; the order is that of the checks. */
    private static List<Reason.Tally> tallies(Map<Refusal, Integer> count) {
        Map<Refusal, Integer> merged = new LinkedHashMap<>();
        List<Refusal> taken = new ArrayList<>();
        for (Refusal refusal : count.keySet()) if (refusal instanceof Refusal.PortTaken) taken.add(refusal);
        count.forEach((refusal, hosts) -> {
            boolean general = refusal instanceof Refusal.PortTaken && taken.size() > 1;
            Refusal named = general && refusal instanceof Refusal.PortTaken(String port, _)
                    ? new Refusal.PortTaken(port, Optional.empty())
                    : refusal;
            merged.merge(named, hosts, Integer::sum);
        });
        return merged.entrySet().stream()
                .map(entry -> new Reason.Tally(entry.getValue(), entry.getKey()))
                .sorted(Comparator.<Reason.Tally>comparingInt(tally -> order(tally.refusal()))
                        .thenComparing(tally -> tally.refusal().text()))
                .toList();
    }

    private static int order(Refusal refusal) {
        return switch (refusal) {
            case Refusal.Away _ -> 0;
            case Refusal.Lost _ -> 1;
            case Refusal.Cordoned _ -> 2;
            case Refusal.NoExecutor _ -> 3;
            case Refusal.NoTag _ -> 4;
            case Refusal.ShortOfCpu _ -> 5;
            case Refusal.ShortOfMemory _ -> 6;
            case Refusal.HasOne _ -> 7;
            case Refusal.PortTaken _ -> 8;
            case Refusal.VolumeTaken _ -> 9;
        };
    }
}
