package concierge.source.portier;

import concierge.server.queue.QueueAtWork;
import concierge.simulation.Scheduler;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Between concierges and the queue: calls and answers are lost, late, doubled, cut off, or somebody else's page. Whoever
 * waits longer than the client does gives up; the call may arrive all the same.
 */
final class Wire {
    private static final List<String> PAGES = List.of("<html><h1>Bad Gateway</h1></html>", "", "{\"error\": ", "null", "[]", "{\"success\": false}");

    private final TaskWorld world;
    private final Scheduler scheduler;
    private final Set<Call> open = new LinkedHashSet<>();
    /** How many of a hundred calls something happens to. */
    int ill;
    boolean down;
    boolean frozen;

    Wire(TaskWorld world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    private final class Call {
        final SimulatedConcierge from;
        final int life;
        final String action;
        final String task;
        final Consumer<Answer> answered;
        boolean ended;

        Call(SimulatedConcierge from, String action, String task, Consumer<Answer> answered) {
            this.from = from;
            this.life = from.life();
            this.action = action;
            this.task = task;
            this.answered = answered;
        }

        void end(Answer answer) {
            if (ended) return;
            ended = true;
            open.remove(this);
            if (life == from.life() && from.isAlive()) answered.accept(answer);
        }

        /** At the queue; what comes back, unless nobody is there. */
        void arrive(Consumer<QueueAtWork.Said> back) {
            // What a dead process left in the network comes to nothing soon.
            if (life != from.life() && scheduler.instant().isAfter(from.died.plusSeconds(1))) return;
            if (down) {
                scheduler.within(1, 5, () -> end(new Answer.Unreachable("connection refused")));
                return;
            }
            if (frozen) {
                scheduler.within(100, 300, () -> arrive(back));
                return;
            }
            back.accept(world.asked(from, action, task));
        }

        void answer(QueueAtWork.Said said) {
            end(new Reply(said.status(), said.body()).understood());
        }
    }

    void call(SimulatedConcierge from, String action, String task, Consumer<Answer> answered) {
        Call call = new Call(from, action, task, answered);
        open.add(call);
        scheduler.at(scheduler.instant().plus(PortierClient.LIMIT), () -> call.end(new Answer.Unreachable("no answer within 5 s")));
        if (from.cutOff) return;
        if (scheduler.number(100) >= ill) {
            scheduler.within(1, 20, () -> call.arrive(said -> scheduler.within(1, 20, () -> call.answer(said))));
            return;
        }
        switch (scheduler.number(9)) {
            case 0 -> world.trace(from.name + " " + action + " " + task + ": lost");
            case 1 -> scheduler.within(1, 20, () -> call.arrive(_ -> world.trace(from.name + " " + action + " " + task + ": answer lost")));
            case 2 -> scheduler.within(1, 8000, () -> call.arrive(said -> scheduler.within(1, 20, () -> call.answer(said))));
            case 3 -> scheduler.within(1, 20, () -> call.arrive(said -> scheduler.within(1, 8000, () -> call.answer(said))));
            // By one between who asks again where he got no answer: both have arrived before either is answered.
            case 4, 5 -> scheduler.within(1, 2000, () -> call.arrive(first -> scheduler.within(1, 2000, () -> call.arrive(second ->
                    scheduler.within(1, 500, () -> call.answer(scheduler.chance(0.5) ? first : second))))));
            case 6 -> scheduler.within(1, 20, () -> call.arrive(said ->
                    scheduler.within(1, 20, () -> call.answer(new QueueAtWork.Said(said.status(), said.body().substring(0, scheduler.number(said.body().length())))))));
            case 7 -> scheduler.within(1, 20, () -> call.arrive(_ -> page(call)));
            default -> page(call);
        }
    }

    private void page(Call call) {
        int status = List.of(200, 403, 404, 423, 500, 502, 503).get(scheduler.number(7));
        // A 423 is one, whatever page it comes with.
        String page = PAGES.get(scheduler.number(PAGES.size()));
        scheduler.within(1, 20, () -> call.answer(new QueueAtWork.Said(status, page)));
    }

    /** Whatever hangs comes to its end. */
    void calm() {
        for (Call call : open) if (call.action.equals("release")) world.doubt(call.task);
        ill = 0;
        down = false;
        frozen = false;
        for (Call call : List.copyOf(open)) scheduler.within(1, 1000, () -> call.end(new Answer.Unreachable("reset")));
    }

}
