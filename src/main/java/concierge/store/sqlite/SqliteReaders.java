package concierge.store.sqlite;

import concierge.store.Batch;
import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.KeyOrder;
import concierge.store.Page;
import concierge.store.StoreException;
import concierge.store.Value;
import concierge.store.WatchHub;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads beside the writer, each on a connection of its own, what is published: nothing newer than {@link
 * Horizon#published} is shown, even if it stands in the file already.
 */
final class SqliteReaders implements WatchHub.History, AutoCloseable {
    /** Reads at once: a few cores' worth; more wait for one another. */
    private static final int CONNECTIONS = 4;

    /** A page takes milliseconds: whoever waits so long meets a store that hangs. */
    private static final int WAIT_SECONDS = 30;

    /** Revisions read at once for a watch, so that no read keeps the WAL from being emptied for long. */
    private static final int REPLAYED = 500;

    private final SqliteFile file;
    private final Horizon horizon;
    private final BlockingQueue<Connection> idle = new ArrayBlockingQueue<>(CONNECTIONS);
    private volatile boolean closed;

    /** Between which revisions everything can be seen. */
    static final class Horizon {
        volatile long published;
        /** Raised before what is older is deleted: a read that began later and finds it unchanged saw everything. */
        volatile long compacted;
    }

    private interface Reading<T> {
        T on(Connection connection) throws SQLException;
    }

    SqliteReaders(SqliteFile file, Horizon horizon) throws SQLException {
        this.file = file;
        this.horizon = horizon;
        try {
            for (int i = 0; i < CONNECTIONS; i++) idle.add(file.connect());
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    Optional<Entry> find(String key) {
        return read(connection -> {
            try (PreparedStatement query = connection.prepareStatement(
                    "SELECT key, revision, created, value FROM entries WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1")) {
                query.setString(1, key);
                query.setLong(2, horizon.published);
                try (ResultSet row = query.executeQuery()) {
                    return row.next() ? entry(row) : Optional.empty();
                }
            }
        });
    }

    Page list(String prefix, String after, int limit, long at) {
        long revision = at == 0 ? horizon.published : at;
        String from = KeyOrder.COMPARATOR.compare(after, prefix) > 0 ? after : prefix;
        Optional<String> end = KeyOrder.afterPrefix(prefix);
        String query = "SELECT key, revision, created, value FROM entries WHERE key >= ? AND revision <= ?"
                + (end.isPresent() ? " AND key < ?" : "") + " ORDER BY key, revision DESC";
        return read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                statement.setString(1, from);
                statement.setLong(2, revision);
                if (end.isPresent()) statement.setString(3, end.get());
                try (ResultSet rows = statement.executeQuery()) {
                    requireKept(revision);
                    return page(rows, after, limit, revision);
                }
            }
        });
    }

    /** Of each key's rows the first, its newest, counts. */
    private static Page page(ResultSet rows, String after, int limit, long revision) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        String last = after;
        while (rows.next()) {
            String key = rows.getString(1);
            if (key.equals(last) || !KeyOrder.isPast(key, after)) continue;
            last = key;
            Optional<Entry> entry = entry(rows);
            if (entry.isEmpty()) continue;
            if (entries.size() == limit) return new Page(entries, revision, true);
            entries.add(entry.get());
        }
        return new Page(entries, revision, false);
    }

    OptionalLong committed(String id) {
        return read(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT revision FROM commits WHERE id = ?")) {
                query.setString(1, id);
                try (ResultSet row = query.executeQuery()) {
                    return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
                }
            }
        });
    }

    @Override
    public void replay(String prefix, long after, long upTo, Consumer<Batch> sink) {
        for (long from = after; from < upTo; from += REPLAYED) {
            long start = from;
            long end = Math.min(upTo, from + REPLAYED);
            read(connection -> changes(connection, prefix, start, end)).forEach(sink);
        }
    }

    private List<Batch> changes(Connection connection, String prefix, long after, long upTo) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT key, revision, created, value FROM entries WHERE revision > ? AND revision <= ? ORDER BY revision, key")) {
            query.setLong(1, after);
            query.setLong(2, upTo);
            try (ResultSet rows = query.executeQuery()) {
                requireKept(after);
                List<Batch> batches = new ArrayList<>();
                List<Batch.Change> open = new ArrayList<>();
                long revision = 0;
                while (rows.next()) {
                    if (!rows.getString(1).startsWith(prefix)) continue;
                    if (rows.getLong(2) != revision && !open.isEmpty()) {
                        batches.add(new Batch(revision, open));
                        open = new ArrayList<>();
                    }
                    revision = rows.getLong(2);
                    open.add(new Batch.Change(rows.getString(1), entry(rows)));
                }
                if (!open.isEmpty()) batches.add(new Batch(revision, open));
                return batches;
            }
        }
    }

    @Override
    public long oldest() {
        return horizon.compacted;
    }

    private void requireKept(long revision) {
        if (revision < horizon.compacted) throw new CompactedException(revision, horizon.compacted);
    }

    private static Optional<Entry> entry(ResultSet row) throws SQLException {
        byte @Nullable [] value = row.getBytes(4);
        if (value == null) return Optional.empty();
        return Optional.of(new Entry(row.getString(1), Value.of(value), row.getLong(3), row.getLong(2)));
    }

    private <T> T read(Reading<T> reading) {
        if (closed) throw new StoreException("the store is closed");
        @Nullable Connection connection = null;
        try {
            connection = idle.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            if (connection == null) throw new StoreException("store " + file.path() + ": no read came to an end for " + WAIT_SECONDS + " s");
            return reading.on(connection);
        } catch (SQLException e) {
            throw closed ? new StoreException("the store is closed", e) : file.failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while reading", e);
        } finally {
            if (connection != null) giveBack(connection);
        }
    }

    private void giveBack(Connection connection) {
        idle.add(connection);
        if (closed) closeIdle();
    }

    @Override
    public void close() {
        closed = true;
        closeIdle();
    }

    private void closeIdle() {
        for (Connection connection = idle.poll(); connection != null; connection = idle.poll()) SqliteStore.closeQuietly(connection);
    }
}
