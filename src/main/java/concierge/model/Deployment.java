package concierge.model;

import java.util.List;

/**
 * One rollout of a stack, under {@code /deployments/<stack>/<id>}. The leader moves {@code outcome}
 * from active to exactly one of the others.
 *
 * @param id sorts by age: 10 digits, counted up by the API for each stack
 * @param replaces tags whose intents the leader removes once everything of {@code tag} is ready
 * @param started seconds since 1970, by the clock of the server that accepted it; for people only
 * @param reason why it ended so
 */
public record Deployment(
        String stack, String id, String tag, List<String> replaces, Outcome outcome, String reason, long started) {
    public enum Outcome {
        active,
        succeeded,
        failed,
        superseded
    }

    public Deployment {
        Names.requireStack(stack);
        replaces = List.copyOf(replaces);
    }

    /** Whether the domains move to its tag when it ends like this: until then a tag that it replaces has them. */
    public boolean takesDomains() {
        return outcome == Outcome.succeeded && !replaces.isEmpty();
    }

    public Deployment ended(Outcome outcome, String reason) {
        return new Deployment(stack, id, tag, replaces, outcome, reason, started);
    }
}
