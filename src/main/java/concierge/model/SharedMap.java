package concierge.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map whose changed copies share all that did not change: a copy costs the touched shards,
 * not the map. Not ordered; {@link #sortedKeys} is.
 */
public final class SharedMap<K extends Comparable<? super K>, V> {
    /** Enough that a shard of a million entries stays small, few enough that an empty map is cheap. */
    private static final int SHARDS = 1024;

    private static final SharedMap<?, ?> EMPTY = new SharedMap<String, Object>(emptyShards(), 0);

    private final Map<K, V>[] shards;
    private final int size;

    private SharedMap(Map<K, V>[] shards, int size) {
        this.shards = shards;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // arrays cannot be generic; only maps of these types are ever put in
    private static Map<String, Object>[] emptyShards() {
        Map<String, Object>[] shards = (Map<String, Object>[]) new Map<?, ?>[SHARDS];
        java.util.Arrays.fill(shards, Map.of());
        return shards;
    }

    @SuppressWarnings("unchecked")
    public static <K extends Comparable<? super K>, V> SharedMap<K, V> empty() {
        return (SharedMap<K, V>) EMPTY;
    }

    public @Nullable V find(K key) {
        return shards[shard(key)].get(key);
    }

    public int size() {
        return size;
    }

    /** Visits every entry, in no particular order. */
    public void forEach(BiConsumer<? super K, ? super V> visitor) {
        for (Map<K, V> shard : shards) shard.forEach(visitor);
    }

    /**
     * Visits every key whose value is not the same object as in an earlier map, with its value now; null:
     * it is gone. Costs the shards that differ.
     */
    public void forEachChange(SharedMap<K, V> before, BiConsumer<? super K, ? super @Nullable V> visitor) {
        for (int i = 0; i < SHARDS; i++) {
            Map<K, V> now = shards[i];
            Map<K, V> then = before.shards[i];
            if (now == then) continue;
            now.forEach((key, value) -> {
                if (then.get(key) != value) visitor.accept(key, value);
            });
            for (K key : then.keySet()) if (!now.containsKey(key)) visitor.accept(key, null);
        }
    }

    public List<K> sortedKeys() {
        List<K> keys = new ArrayList<>(size);
        for (Map<K, V> shard : shards) keys.addAll(shard.keySet());
        keys.sort(null);
        return keys;
    }

    /** A copy with these entries put, and those with a null value removed. */
    @SuppressWarnings("unchecked")
    public SharedMap<K, V> with(Map<K, ? extends @Nullable V> changes) {
        if (changes.isEmpty()) return this;
        Map<K, V>[] copy = shards.clone();
        boolean[] own = new boolean[SHARDS];
        int count = size;
        for (Map.Entry<K, ? extends @Nullable V> change : changes.entrySet()) {
            int at = shard(change.getKey());
            if (!own[at]) {
                copy[at] = new HashMap<>(copy[at]);
                own[at] = true;
            }
            V value = change.getValue();
            V before = value == null ? copy[at].remove(change.getKey()) : copy[at].put(change.getKey(), value);
            count += (value == null ? 0 : 1) - (before == null ? 0 : 1);
        }
        return new SharedMap<>(copy, count);
    }

    private static int shard(Object key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return hash >>> 22;
    }
}
