package concierge.plan;

/**
 * What the planner thinks of one host for one more instance.
 *
 * @param rank 1 is where it would go; 0: it cannot go there
 * @param reason why not, or what counted ({@code 3 instances, 1.5 GiB free})
 */
public record Verdict(String host, int rank, String reason) {}
