package concierge.source.portier;

import concierge.model.Digest;
import concierge.model.Names;
import concierge.model.ServiceId;
import java.nio.charset.StandardCharsets;

/**
 * A task that this installation claimed, as the state keeps it: while it stands there, the task is ours and its
 * configuration, which the queue tells only once, is known.
 *
 * @param task as the queue names it
 * @param identity who claimed it
 * @param configuration JSON, as the queue gave it
 * @param leaving why it is stopped and then given back; empty: it runs
 */
public record Claim(String task, String type, String identity, String configuration, String leaving) {
    /** The stack that all tasks stand in; a type is a tag of it, a task a service. */
    public static final String STACK = Names.TASKS_STACK;

    /** Bytes of a configuration, which becomes an environment variable: one holds at most 128 KiB on Linux. */
    public static final int LONGEST_CONFIGURATION = 120_000;

    /** A digest's beginning; the names of tasks are the queue's, and few. */
    private static final int HEX = 24;

    public ServiceId service() {
        return service(type, task);
    }

    static ServiceId service(String type, String task) {
        return new ServiceId(STACK, type, name(task));
    }

    /** The task's own name where a service may be called so, as UUIDs may. */
    static String name(String task) {
        boolean ours = task.startsWith("task-");
        return Names.isPart(task) && !ours ? task : "task-" + Digest.of(task.getBytes(StandardCharsets.UTF_8)).hex().substring(0, HEX);
    }

    int configurationBytes() {
        return configuration.getBytes(StandardCharsets.UTF_8).length;
    }

    boolean isLeaving() {
        return !leaving.isEmpty();
    }

    /** For the log. */
    String givenBack(String reason) {
        return "task given back task=" + task + " type=" + type + " reason=" + reason;
    }

    Claim leaving(String reason) {
        return new Claim(task, type, identity, configuration, reason);
    }
}
