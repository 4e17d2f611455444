package concierge.cli.queue;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Waits until every task is stopped and given back, and shows how far that is. */
final class Drain {
    /** Often enough to see tasks stop; a stop takes longer. */
    private static final Duration LOOK = Duration.ofMillis(200);

    /** The longest grace that is usual, and more; what is there then needs a person. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** When all has stopped and the queue still does not answer: it goes on without anybody who watches. */
    private static final Duration QUEUE_PATIENCE = Duration.ofSeconds(15);

    private final Api api;
    private final Terminal terminal;
    private String said = "";

    Drain(Api api, Terminal terminal) {
        this.api = api;
        this.terminal = terminal;
    }

    /** The last answer; fails when it takes too long. */
    JsonTree await() {
        long began = System.nanoTime();
        long stopped = 0;
        try (Live live = new Live(terminal)) {
            for (long frame = 0; ; frame++) {
                JsonTree all = api.read("/v1/portier/tasks?progress=false");
                if (all.path("idle").asBoolean(false)) return all;
                if (!all.path("drained").asBoolean(false)) throw new Failure(Exit.FAILED, "somebody has it claim again: it is not drained", "concierge portier tasks shows what runs");
                List<String> running = named(all, true);
                List<String> releasing = named(all, false);
                String trouble = Cells.tame(all.path("trouble").asString(""));
                String text = text(running, releasing, trouble);
                if (!running.isEmpty() || trouble.isEmpty()) stopped = 0;
                else if (stopped == 0) stopped = System.nanoTime();
                boolean late = since(began).compareTo(PATIENCE) > 0 || stopped != 0 && since(stopped).compareTo(QUEUE_PATIENCE) > 0;
                if (late) throw new Failure(Exit.FAILED, "not drained yet: " + text, "it goes on by itself; concierge portier tasks tells how far it is");
                show(live, frame, text);
                pause();
            }
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    /** @param running of which something is left on a host, or else of which nothing is */
    private static List<String> named(JsonTree all, boolean running) {
        List<String> tasks = new ArrayList<>();
        for (JsonTree task : all.path("tasks").values()) {
            if (task.path("instance").asString("").isEmpty() != running) tasks.add(Cells.tame(task.path("task").asString("")));
        }
        return tasks;
    }

    private static String text(List<String> running, List<String> releasing, String trouble) {
        List<String> parts = new ArrayList<>();
        if (!running.isEmpty()) parts.add(counted(running) + " to stop");
        if (!releasing.isEmpty()) parts.add("the queue to take back " + counted(releasing));
        if (parts.isEmpty()) parts.add("the queue to say that nothing is ours");
        return "waiting for " + String.join(", and for ", parts) + (trouble.isEmpty() ? "" : " (" + trouble + ")");
    }

    private static String counted(List<String> tasks) {
        return tasks.size() == 1 ? tasks.getFirst() : tasks.size() + " tasks";
    }

    private void show(Live live, long frame, String text) {
        if (!live.inPlace() && !text.equals(said)) terminal.note(text);
        said = text;
        live.draw(List.of(terminal.paintError(Ink.cyan, Live.spinner(frame)) + " " + text));
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.FAILED, "no longer watching; it goes on by itself", "concierge portier tasks tells how far it is");
        }
    }
}
