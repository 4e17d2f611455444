package concierge.agent.core;

import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What runs here, is wanted by nobody, and is newer than the store: that went back in time, by a backup that was
 * restored. Nobody can say whether it is still needed, so it is left alone, and people are told. Confined to the core.
 */
final class Strays {
    /** Named in one line; of more their number says enough. */
    private static final int NAMED = 4;

    private final SortedMap<InstanceId, String> known = new TreeMap<>();

    void note(Instance it, long revision) {
        Optional<ExecutorKind> ahead = it.assigned == null ? it.ahead(revision) : Optional.empty();
        if (ahead.isEmpty()) known.remove(it.id);
        else known.put(it.id, byHand(ahead.get(), it.on(ahead.get()).orElseThrow()));
    }

    /** For people; empty: there is none. */
    Optional<String> remark() {
        if (known.isEmpty()) return Optional.empty();
        String named = known.entrySet().stream().limit(NAMED).map(stray -> stray.getKey() + " (" + stray.getValue() + ")").collect(Collectors.joining(", "));
        String more = known.size() > NAMED ? ", and " + (known.size() - NAMED) + " more" : "";
        String what = known.size() == 1 ? "what is newer than the state runs on and is left alone" : known.size() + " that are newer than the state run on and are left alone";
        return Optional.of(what + ", since the state was put back to an earlier time; to be stopped by hand: " + named + more);
    }

    /** Why an instance does not start while such a copy of it runs. */
    static String reason(ExecutorKind kind, Running running) {
        return "waits: a copy that is newer than the state runs here and is left alone, since the state was put back to an earlier time; stop that by hand: "
                + byHand(kind, running);
    }

    private static String byHand(ExecutorKind kind, Running running) {
        return switch (kind) {
            case docker -> "docker rm -f " + running.name();
            case swarm -> "docker service rm " + running.name();
            case lxd -> "lxc delete -f " + running.name();
            case process -> "kill the process with VIKING_ID=" + running.instance() + " in its environment";
        };
    }
}
