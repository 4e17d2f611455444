package concierge.executor.process;

import concierge.executor.Published;
import concierge.executor.Running;
import concierge.model.InstanceId;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** An instance of ours, and where it is. */
record Known(InstanceId instance, ProcessRecord made, InstanceFolder folder) {
    String folderName() {
        return folder.path().getFileName().toString();
    }

    /** The host's, as its listeners are bound: from here, all addresses are loopback. */
    private String address() {
        if (!new Published(made.bind(), 0).isAnyAddress()) return made.bind();
        return made.bind().equals("::") ? "::1" : "127.0.0.1";
    }

    /** As it stands now. */
    Running running(ControlGroups groups) {
        Running.State state;
        Optional<Instant> started = Optional.empty();
        Optional<Integer> exitCode = Optional.empty();
        switch (folder.run()) {
            case InstanceFolder.Run.Absent _ -> state = Running.State.created;
            case InstanceFolder.Run.Starting _ -> state = Running.State.running;
            case InstanceFolder.Run.Alive alive -> {
                state = Running.State.running;
                started = Optional.of(alive.started());
            }
            case InstanceFolder.Run.Ended ended -> {
                state = Running.State.ended;
                started = ended.started();
                exitCode = Optional.of(ended.exitCode());
            }
        }
        boolean outOfMemory = exitCode.equals(Optional.of(InstanceFolder.UNSEEN_EXIT))
                && groups.killedForMemory(folderName());
        SortedMap<String, String> ports = new TreeMap<>();
        made.ports().forEach((key, host) -> ports.put(key, new Published(made.bind(), host).text()));
        return new Running(
                instance, made.generation(), made.digest(), made.name(), state, started, exitCode,
                outOfMemory, address(), ports);
    }
}
