package concierge.store;

import java.util.ArrayList;
import java.util.List;

/**
 * What to commit, on which conditions.
 *
 * @param id unique among all transactions ever; a repeated one is not applied again
 * @param compares all must hold, or nothing happens
 * @param puts each key at most once in puts and deletes together
 * @param deletes absent keys are no error
 */
public record Transaction(String id, List<Compare> compares, List<Put> puts, List<String> deletes) {
    public Transaction {
        compares = List.copyOf(compares);
        puts = List.copyOf(puts);
        deletes = List.copyOf(deletes);
    }

    /** What of a key is compared with {@link Compare#revision}. */
    public enum Field {
        /** 0: the key must be absent. */
        created,
        modified
    }

    public record Compare(String key, Field field, long revision) {}

    /** @param lease id of the lease that the key shall live under; 0: none */
    public record Put(String key, Value value, long lease) {}

    public static Builder id(String id) {
        return new Builder(id);
    }

    /** Collects a transaction; single-threaded. */
    public static final class Builder {
        private final String id;
        private final List<Compare> compares = new ArrayList<>();
        private final List<Put> puts = new ArrayList<>();
        private final List<String> deletes = new ArrayList<>();

        private Builder(String id) {
            this.id = id;
        }

        public Builder absent(String key) {
            return compare(key, Field.created, 0);
        }

        public Builder compare(String key, Field field, long revision) {
            compares.add(new Compare(key, field, revision));
            return this;
        }

        public Builder put(String key, Value value) {
            return put(key, value, 0);
        }

        public Builder put(String key, String value) {
            return put(key, Value.of(value), 0);
        }

        public Builder put(String key, Value value, long lease) {
            puts.add(new Put(key, value, lease));
            return this;
        }

        public Builder delete(String key) {
            deletes.add(key);
            return this;
        }

        /** All of another one but its id. */
        public Builder add(Transaction part) {
            compares.addAll(part.compares);
            puts.addAll(part.puts);
            deletes.addAll(part.deletes);
            return this;
        }

        public int operations() {
            return puts.size() + deletes.size();
        }

        public Transaction build() {
            return new Transaction(id, compares, puts, deletes);
        }
    }
}
