package concierge.control;

import concierge.model.Deployment;
import concierge.model.Endpoint;
import concierge.model.InstanceView;
import concierge.model.ServiceId;
import concierge.model.View;
import concierge.plan.Action;
import concierge.plan.Plan;
import concierge.state.Chunks;
import concierge.state.Writes;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * A plan as commits. What one wave holds may be committed in any order and at once; a wave waits for the
 * one before: first what ends, then what begins (an instance's old generation is released before its new
 * one is placed), then what follows from all of it.
 */
final class Waves {
    /** Intents withdrawn in one commit: each is compared, and so are the leader's fence, the deployment and the stack. */
    private static final int WITHDRAWN = Limits.COMPARES - 3;

    private Waves() {}

    /** @param prefix of the transactions' ids, unique among all passes of all leaders */
    static Queue<Queue<ControlEffect.Write>> of(Plan plan, View view, long fence, String prefix) {
        Chunks ends = chunks(prefix + "-end", fence);
        Chunks begins = chunks(prefix + "-begin", fence);
        List<ServiceId> withdrawn = new ArrayList<>();
        List<Deployment> concluded = new ArrayList<>();
        for (Action action : plan.actions()) {
            switch (action) {
                case Action.Stop stop -> ends.add(to -> Writes.stop(to, stop.assignment(), stop.generation()));
                case Action.Release release -> ends.add(to -> {
                    Writes.release(to, release.instance(), release.host(), release.generation(), endpoints(view, release));
                    if (release.unheard()) Writes.whileAway(to, release.host());
                });
                case Action.Unpin unpin -> ends.add(to -> Writes.unpin(to, unpin.instance()));
                case Action.EndMove end -> ends.add(to -> Writes.endMove(to, end.move(), end.revision()));
                case Action.Place place -> begins.add(to -> Writes.place(to, place.assignment(), place.pin()));
                case Action.Note note -> begins.add(to -> Writes.note(to, note.instance(), note.text()));
                case Action.Withdraw withdraw -> withdrawn.add(withdraw.service());
                case Action.Conclude conclude -> concluded.add(conclude.deployment());
            }
        }
        Queue<Queue<ControlEffect.Write>> waves = new ArrayDeque<>();
        addWave(waves, ends.build());
        addWave(waves, begins.build());
        addConclusions(waves, withdrawn, concluded, fence, view.revision(), prefix);
        return waves;
    }

    private static Chunks chunks(String prefix, long fence) {
        return new Chunks(prefix, to -> Writes.fence(to, fence));
    }

    private static List<Endpoint> endpoints(View view, Action.Release release) {
        return view.instance(release.instance()).map(InstanceView::endpoints).orElse(List.of());
    }

    private static void addWave(Queue<Queue<ControlEffect.Write>> waves, List<Transaction> transactions) {
        if (transactions.isEmpty()) return;
        Queue<ControlEffect.Write> wave = new ArrayDeque<>();
        for (Transaction transaction : transactions) wave.add(new ControlEffect.Commit(transaction));
        waves.add(wave);
    }

    /** Intents first, one wave each: when a deployment is over, nothing of it is left to do. */
    private static void addConclusions(
            Queue<Queue<ControlEffect.Write>> waves,
            List<ServiceId> withdrawn,
            List<Deployment> concluded,
            long fence,
            long since,
            String prefix) {
        for (Deployment deployment : concluded) {
            List<ServiceId> left = new ArrayList<>(
                    withdrawn.stream().filter(id -> id.stack().equals(deployment.stack())).toList());
            boolean last;
            do {
                List<ServiceId> part = List.copyOf(left.subList(0, Math.min(WITHDRAWN, left.size())));
                left = left.subList(part.size(), left.size());
                last = left.isEmpty();
                Queue<ControlEffect.Write> wave = new ArrayDeque<>();
                wave.add(new ControlEffect.Conclude(
                        prefix + "-conclude-" + waves.size(),
                        fence,
                        part,
                        deployment,
                        last,
                        since));
                waves.add(wave);
            } while (!last);
        }
    }
}
