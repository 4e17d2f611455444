package concierge.model;

/**
 * That an instance is to go to another host, under {@code /moves/<instance>}. The API writes it when somebody asked for
 * it, and takes it back; the leader ends it.
 *
 * @param generation which one is meant; another one of that number stays
 * @param turn its place among those that were asked for together: it may need the room that earlier ones leave
 * @param atOnce so many of its service may be under way at once, ≥ 1
 * @param reason how it ended, for people; empty while it is active
 */
public record Move(
        InstanceId instance, long generation, String from, String to, int turn, int atOnce, Outcome outcome, String reason) {
    public enum Outcome {
        active,
        moved,
        /** It stays where it is, or is gone. */
        dropped
    }

    public Move {
        Check.that(atOnce >= 1, atOnce, "at once", "≥ 1");
        Check.that(!from.equals(to), to, "host to move to", "another one than " + from);
    }

    public Move ended(Outcome outcome, String reason) {
        return new Move(instance, generation, from, to, turn, atOnce, outcome, reason);
    }
}
