package concierge.model;

import java.time.Instant;

/**
 * Where a host's agent runs, for people who look for it.
 *
 * @param machine the name that it has itself
 * @param since when it began, by its machine's clock
 */
public record AgentProcess(String machine, long pid, Instant since) {
    @Override
    public String toString() {
        return "process " + pid + " on " + machine + " since " + since;
    }
}
