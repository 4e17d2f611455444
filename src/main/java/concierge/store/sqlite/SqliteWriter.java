package concierge.store.sqlite;

import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.KeyOrder;
import concierge.store.LeaseTable;
import concierge.store.Limits;
import concierge.store.Transaction;
import concierge.store.Value;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes transactions into the file, several in one SQLite transaction. Confined to the writer's thread.
 * What was written counts only after {@link #commit}; {@link #rollback} forgets it, numbers included.
 */
final class SqliteWriter implements AutoCloseable {
    /** Commits between two compactions: each then deletes little, and no caller waits long for it. */
    private static final int COMPACT_EVERY = 100;

    private final Connection connection;
    private final LeaseTable leases;
    private final SqliteReaders.Horizon horizon;
    private final int history;
    private final PreparedStatement findId;
    private final PreparedStatement findKey;
    private final PreparedStatement insertEntry;
    private final PreparedStatement insertCommit;
    private final List<Batch> batches = new ArrayList<>();
    private final List<Transaction.Put> attached = new ArrayList<>();
    private long revision;
    /** As the file has it; the horizon is ahead of it while a compaction is being written. */
    private long compacted;

    private record Row(long created, long modified, boolean present) {
        static final Row ABSENT = new Row(0, 0, false);
    }

    SqliteWriter(Connection connection, LeaseTable leases, SqliteReaders.Horizon horizon, int history) throws SQLException {
        this.connection = connection;
        this.leases = leases;
        this.horizon = horizon;
        this.history = history;
        connection.setAutoCommit(true);
        revision = number("SELECT max(coalesce((SELECT max(revision) FROM commits), 0), coalesce((SELECT max(revision) FROM entries), 0))");
        horizon.published = revision;
        compacted = number("SELECT revision FROM compaction");
        horizon.compacted = compacted;
        findId = connection.prepareStatement("SELECT revision FROM commits WHERE id = ?");
        findKey = connection.prepareStatement("SELECT revision, created, value IS NOT NULL FROM entries WHERE key = ? ORDER BY revision DESC LIMIT 1");
        insertEntry = connection.prepareStatement("INSERT INTO entries VALUES (?, ?, ?, ?, ?)");
        insertCommit = connection.prepareStatement("INSERT INTO commits VALUES (?, ?)");
    }

    void begin() throws SQLException {
        execute("BEGIN IMMEDIATE");
    }

    CommitResult write(Transaction transaction) throws SQLException {
        findId.setString(1, transaction.id());
        try (ResultSet row = findId.executeQuery()) {
            if (row.next()) return new CommitResult.Committed(row.getLong(1));
        }
        for (Transaction.Compare compare : transaction.compares()) {
            Row row = find(compare.key());
            long actual = compare.field() == Transaction.Field.created ? row.created() : row.modified();
            if (actual != compare.revision()) return new CommitResult.Conflict(compare.key());
        }
        for (Transaction.Put put : transaction.puts()) {
            if (!isHeld(put.lease())) return new CommitResult.Conflict(put.key());
        }
        apply(transaction.id(), transaction.puts(), transaction.deletes());
        return new CommitResult.Committed(revision);
    }

    /** Removes the keys of a lease that ended: one commit, however many they are. */
    void remove(List<String> keys) throws SQLException {
        apply("ended-" + (revision + 1), List.of(), keys);
    }

    /** Keys that were put under a lease of an earlier process. */
    List<String> orphans() throws SQLException {
        List<String> keys = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT key FROM entries AS e WHERE lease <> 0"
                        + " AND revision = (SELECT max(revision) FROM entries AS n WHERE n.key = e.key) ORDER BY key")) {
            while (rows.next()) keys.add(rows.getString(1));
        }
        return keys;
    }

    /** Forgets, now and then, what is older than the history; goes with what was written since {@link #begin}. */
    void compact() throws SQLException {
        if (revision - history - horizon.compacted >= Math.min(COMPACT_EVERY, history)) compact(revision - history);
    }

    /** Makes durable what was written since {@link #begin}; the batches to tell of. */
    List<Batch> commit() throws SQLException {
        execute("COMMIT");
        compacted = horizon.compacted;
        synchronized (leases) {
            for (Transaction.Put put : attached) leases.attach(put.lease(), put.key());
        }
        List<Batch> told = List.copyOf(batches);
        forget();
        horizon.published = revision;
        return told;
    }

    void rollback() throws SQLException {
        forget();
        revision = horizon.published;
        horizon.compacted = compacted;
        // SQLite has rolled back by itself after some failures; to ask again is an error then.
        try {
            execute("ROLLBACK");
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("no transaction is active")) throw e;
        }
    }

    private void forget() {
        batches.clear();
        attached.clear();
    }

    private void apply(String id, List<Transaction.Put> puts, List<String> deletes) throws SQLException {
        revision++;
        insertCommit.setLong(1, revision);
        insertCommit.setString(2, id);
        insertCommit.executeUpdate();
        NavigableMap<String, Optional<Entry>> changes = new TreeMap<>(KeyOrder.COMPARATOR);
        for (Transaction.Put put : puts) {
            Row before = find(put.key());
            long created = before.present() ? before.created() : revision;
            insert(put.key(), created, put.value().bytes(), put.lease());
            changes.put(put.key(), Optional.of(new Entry(put.key(), put.value(), created, revision)));
            attached.add(put);
        }
        for (String key : deletes) {
            if (!find(key).present()) continue;
            insert(key, 0, null, 0);
            changes.put(key, Optional.empty());
            attached.add(new Transaction.Put(key, Value.EMPTY, 0));
        }
        List<Batch.Change> told = new ArrayList<>(changes.size());
        changes.forEach((key, entry) -> told.add(new Batch.Change(key, entry)));
        batches.add(new Batch(revision, told));
    }

    private void insert(String key, long created, byte @Nullable [] value, long lease) throws SQLException {
        insertEntry.setString(1, key);
        insertEntry.setLong(2, revision);
        insertEntry.setLong(3, created);
        insertEntry.setBytes(4, value);
        insertEntry.setLong(5, lease);
        insertEntry.executeUpdate();
    }

    private Row find(String key) throws SQLException {
        findKey.setString(1, key);
        try (ResultSet row = findKey.executeQuery()) {
            return row.next() && row.getBoolean(3) ? new Row(row.getLong(2), row.getLong(1), true) : Row.ABSENT;
        }
    }

    private boolean isHeld(long lease) {
        if (lease == 0) return true;
        synchronized (leases) {
            return leases.isHeld(lease);
        }
    }

    /** Deletes what only a reader before {@code target} could see, and ids nobody can still be in doubt about. */
    private void compact(long target) throws SQLException {
        long before = horizon.compacted;
        horizon.compacted = target;
        try (PreparedStatement superseded = connection.prepareStatement("DELETE FROM entries WHERE (key, revision) IN (SELECT o.key, o.revision"
                        + " FROM entries AS n JOIN entries AS o ON o.key = n.key AND o.revision < n.revision WHERE n.revision > ? AND n.revision <= ?)");
                PreparedStatement deleted = connection.prepareStatement("DELETE FROM entries WHERE revision > ? AND revision <= ? AND value IS NULL")) {
            for (PreparedStatement statement : List.of(superseded, deleted)) {
                statement.setLong(1, before);
                statement.setLong(2, target);
                statement.executeUpdate();
            }
        }
        execute("UPDATE compaction SET revision = " + target);
        execute("DELETE FROM commits WHERE revision < " + (revision - Limits.REMEMBERED_COMMITS));
    }

    private long number(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private void execute(String command) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(command);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
