package concierge.store;

/**
 * A key with its value.
 *
 * @param created revision of the commit that created the key (since it was last deleted)
 * @param modified revision of the last commit that put it
 */
public record Entry(String key, Value value, long created, long modified) {}
