package concierge.source.portier;

import concierge.model.Amounts;
import java.util.List;

/**
 * What has to happen until nothing is ours any more.
 *
 * @param stopping tasks that something is left of
 * @param releasing stopped ones that the queue has not taken back
 * @param asking claims that are under way, or were not answered: whether they are ours the queue has not said
 */
record Departure(List<String> stopping, List<String> releasing, boolean asking, String trouble) {
    /** More names than these say nothing. */
    private static final int SHOWN = 5;

    Departure {
        stopping = List.copyOf(stopping);
        releasing = List.copyOf(releasing);
    }

    /** What is waited for, for people. */
    String text() {
        String queue = trouble.isEmpty() ? "" : " (" + trouble + ")";
        if (!stopping.isEmpty()) return counted(stopping, " to stop") + (releasing.isEmpty() ? "" : ", and for the queue to take back " + counted(releasing, "") + queue);
        if (!releasing.isEmpty()) return "the queue to take back " + counted(releasing, "") + queue;
        return "the queue to say what it has given us" + queue;
    }

    private static String counted(List<String> tasks, String what) {
        String names = String.join(", ", tasks.subList(0, Math.min(SHOWN, tasks.size()))) + (tasks.size() > SHOWN ? ", …" : "");
        return Amounts.counted(tasks.size(), "task") + what + ": " + names;
    }
}
