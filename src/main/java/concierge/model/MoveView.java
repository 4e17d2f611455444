package concierge.model;

/**
 * A move that is to be made.
 *
 * @param revision at which it was written: who ends it means this one
 */
public record MoveView(Move move, long revision) {}
