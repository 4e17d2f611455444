package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Problems;
import concierge.cli.look.InstanceRow;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes something down and waits until its instances are gone. The server answers after a while with what is
 * left, and is asked again.
 */
public final class Takedown {
    /** Many rounds of graceful stops; what is still there then needs a person. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Api api;
    private final Terminal terminal;

    public Takedown(Api api, Terminal terminal) {
        this.api = api;
        this.terminal = terminal;
    }

    /**
     * Removes what a path of the API names; the server's last answer.
     *
     * @param what for people: {@code shop}
     * @throws Failure when something is still there after a long time
     */
    public JsonTree remove(String what, String path) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (Live live = new Live(terminal)) {
            draw(live, "stopping " + what);
            JsonTree answer = api.delete(path);
            String said = "";
            while (!answer.path("remaining").isEmpty()) {
                String waiting = "waiting for " + String.join("; ", remaining(answer));
                if (System.nanoTime() > deadline) {
                    throw new Failure(Exit.FAILED, what + " is not down yet: " + waiting, "it goes on by itself; concierge ps tells how far it is");
                }
                if (!live.inPlace() && !waiting.equals(said)) terminal.note(waiting);
                said = waiting;
                draw(live, waiting);
                try {
                    answer = api.delete(path);
                } catch (Failure failure) {
                    if (failure.exit() != Exit.REFUSED || !Problems.isNotFound(failure)) throw failure;
                    break; // gone between the answer and the question
                }
            }
            return answer;
        }
    }

    /** What the server wants people to know of it. */
    public void warn(JsonTree answer) {
        for (JsonTree warning : answer.path("warnings").values()) {
            terminal.note(terminal.paintError(Ink.yellow, "warning:") + " " + warning.asString(""));
        }
    }

    private void draw(Live live, String text) {
        live.draw(List.of(terminal.paintError(Ink.cyan, "◐") + " " + text));
    }

    /** Each with its reason: an engine that does not answer, a stop that takes its grace. */
    private List<String> remaining(JsonTree answer) {
        List<String> lines = new ArrayList<>();
        for (JsonTree path : answer.path("remaining").values()) {
            String[] parts = path.asString("").split("/");
            try {
                InstanceRow row = new InstanceRow(api.read(Api.path("v1", "instances", parts[0], parts[1], parts[2], parts[3])));
                lines.add(row.name() + " (" + row.state() + (row.note().isEmpty() ? "" : ": " + row.note()) + ")");
            } catch (Failure failure) {
                if (failure.exit() != Exit.REFUSED) throw failure; // else it has gone meanwhile
            }
        }
        return lines;
    }
}
