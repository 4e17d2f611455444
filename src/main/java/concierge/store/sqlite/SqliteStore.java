package concierge.store.sqlite;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.GrantedLease;
import concierge.store.LeaseTable;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.TransactionRules;
import concierge.store.WatchHub;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded store: one SQLite file, owned by one process. One thread writes ({@link
 * WriteQueue}); each transaction has a revision of its own.
 * A commit is durable when its caller is answered. Leases do not survive the process: their keys are
 * removed when the file is opened again.
 *
 * <p>After an input or output error nobody knows what the disk holds: the commits concerned are in doubt,
 * and further ones are refused until the disk works again. A full disk leaves nothing in doubt: nothing was
 * changed, and the next commit is tried.
 */
public final class SqliteStore implements Store {
    /** Commits kept for watching and paging: minutes of a busy installation. */
    static final int HISTORY = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final SqliteFile file;
    private final SqliteReaders.Horizon horizon = new SqliteReaders.Horizon();
    private final SqliteReaders readers;
    private final WriteQueue writes;
    private final WatchHub hub;
    /** Guarded by its own monitor. */
    private final LeaseTable leases;
    private volatile boolean closed;

    /**
     * Opens the store in this file, making it where there is none.
     *
     * @throws StoreException when another process has it, when it is not a store, is damaged or of a newer
     *     format, or not admitted; nothing is changed then
     */
    public static SqliteStore open(Path path, Admission admission) {
        return open(path, admission, HISTORY);
    }

    static SqliteStore open(Path path, Admission admission, int history) {
        SqliteFile file = SqliteFile.open(path);
        try {
            return new SqliteStore(file, admission, history);
        } catch (SQLException e) {
            release(file);
            throw file.failure(e);
        } catch (RuntimeException e) {
            release(file);
            throw e;
        }
    }

    private SqliteStore(SqliteFile file, Admission admission, int history) throws SQLException {
        this.file = file;
        // Monotonic: setting the machine's clock must not end leases.
        long start = System.nanoTime();
        InstantSource monotonic = () -> Instant.EPOCH.plusNanos(System.nanoTime() - start);
        // Never an id that an earlier process gave.
        this.leases = new LeaseTable(monotonic, System.currentTimeMillis() << 16);
        Connection connection = file.connect();
        SqliteWriter writer;
        try {
            writer = new SqliteWriter(connection, leases, horizon, history);
            this.readers = new SqliteReaders(file, horizon);
            admit(admission, writer);
        } catch (SQLException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
        this.hub = new WatchHub(readers, horizon.published, false);
        this.writes = new WriteQueue(file, writer, leases, horizon, history, hub::publish);
        writes.start();
    }

    private void admit(Admission admission, SqliteWriter writer) throws SQLException {
        try {
            admission.examine(readers::find);
            List<String> orphans = writer.orphans();
            if (orphans.isEmpty()) return;
            writer.begin();
            writer.remove(orphans);
            writer.commit();
        } catch (SQLException | RuntimeException e) {
            readers.close();
            throw e;
        }
    }

    @Override
    public long revision() {
        requireOpen();
        return horizon.published;
    }

    @Override
    public Optional<Entry> find(String key) {
        requireOpen();
        return readers.find(key);
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        requireOpen();
        TransactionRules.requirePage(limit);
        return readers.list(prefix, after, limit, revision);
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        TransactionRules.require(transaction);
        return writes.write(transaction);
    }

    @Override
    public OptionalLong committed(String id) {
        requireOpen();
        writes.settled();
        return readers.committed(id);
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        requireOpen();
        return hub.watch(prefix, after, watcher);
    }

    @Override
    public Lease grant(Duration timeToLive) {
        requireOpen();
        synchronized (leases) {
            return new GrantedLease(leases.grant(timeToLive), timeToLive, this::keepAlive, this::revoke);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) return;
        closed = true;
        writes.close();
        hub.close();
        readers.close();
        release(file);
    }

    private void requireOpen() {
        if (closed) throw new StoreException("the store is closed");
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("connection closed with an error reason={}", e.getMessage());
        }
    }

    private static void release(SqliteFile file) {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("store lock released with an error file={} reason={}", file.path(), e.getMessage());
        }
    }

    private boolean keepAlive(long lease) {
        requireOpen();
        synchronized (leases) {
            return leases.keepAlive(lease);
        }
    }

    private void revoke(long lease) {
        writes.endLease(lease);
    }
}
