package concierge.agent.instance;

import java.time.Duration;
import java.util.List;

/** One question that decides readiness; each is answered within its timeout. */
public sealed interface ProbeTarget {
    Duration timeout();

    /** A connection is accepted. */
    record Tcp(String address, int port, Duration timeout) implements ProbeTarget {}

    /** Answers with a status from 200 to 399. */
    record Http(String address, int port, String path, Duration timeout) implements ProbeTarget {}

    /** The command exits 0 inside the instance. */
    record Exec(List<String> command, Duration timeout) implements ProbeTarget {
        public Exec {
            command = List.copyOf(command);
        }
    }
}
