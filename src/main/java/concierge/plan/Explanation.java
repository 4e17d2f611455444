package concierge.plan;

import concierge.model.Amounts;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks every host, with the checks and the order that placing itself uses. */
final class Explanation {
    private final Pass pass;
    private final ServiceView service;
    private final Request request;
    private final @Nullable String pin;

    private record Candidate(int row, int count, long key) {}

    Explanation(Pass pass, ServiceView service, ServiceSpec spec) {
        this.pass = pass;
        this.service = service;
        this.request = Request.of(spec, spec.executors());
        int next = 1;
        while (service.instances().contains(next)) next++;
        this.pin = spec.pinned() ? service.pins().get(next) : null;
    }

    List<Verdict> verdicts() {
        pass.placer.load(service);
        List<Candidate> candidates = new ArrayList<>();
        List<Verdict> refused = new ArrayList<>();
        for (int row = 0; row < pass.table.size(); row++) {
            String host = pass.table.name(row);
            if (pin != null && !pin.equals(host)) {
                refused.add(new Verdict(host, 0, "the instance is fixed on host " + pin));
                continue;
            }
            Refusal refusal = pass.placer.refusal(row, request, pin != null);
            if (refusal == null) candidates.add(candidate(row));
            else refused.add(new Verdict(host, 0, refusal.text()));
        }
        candidates.sort(Comparator.comparingInt(Candidate::count)
                .thenComparingLong(Candidate::key)
                .thenComparingInt(Candidate::row));
        List<Verdict> verdicts = new ArrayList<>();
        for (Candidate candidate : candidates) {
            verdicts.add(new Verdict(pass.table.name(candidate.row), verdicts.size() + 1, text(candidate)));
        }
        verdicts.addAll(refused);
        return List.copyOf(verdicts);
    }

    private Candidate candidate(int row) {
        int penalty = HostIndex.penalty(pass.table, row, request.kind());
        return new Candidate(row, pass.placer.count(row), HostIndex.key(pass.table, row, penalty));
    }

    private String text(Candidate candidate) {
        int row = candidate.row;
        String text = Amounts.counted(pass.table.instances(row), "instance");
        if (candidate.count > 0) text += ", " + candidate.count + " of it";
        long memory = pass.table.freeMemory(row);
        long cpu = pass.table.freeCpu(row);
        if (memory != Long.MAX_VALUE) text += ", " + Amounts.memory(Math.max(0, memory)) + " free";
        if (cpu != Long.MAX_VALUE) text += ", " + Amounts.cpu(Math.max(0, cpu)) + " CPUs free";
        return text;
    }
}
