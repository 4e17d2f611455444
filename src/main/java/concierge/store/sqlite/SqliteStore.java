package concierge.store.sqlite;

import concierge.store.Batch;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded store: one SQLite file, owned by one process. One thread writes; transactions that wait
 * at the same time are written together and share one sync of the disk, each with a revision of its own.
 * A commit is durable when its caller is answered. Leases do not survive the process: their keys are
 * removed when the file is opened again.
 *
 * <p>After an input or output error nobody knows what the disk holds: the store then refuses every
 * commit until it is opened again. A full disk is not such an error: nothing was changed, and the next
 * commit is tried.
 */
public final class SqliteStore implements Store {
    /** Commits kept for watching and paging: minutes of a busy installation. */
    static final int HISTORY = 10_000;

    /** Commits that may wait; more callers than this wait to be let in. */
    private static final int WAITING = 10_000;

    /** Transactions that share a sync: past this the sync is cheap already, and the first ones wait too long. */
    private static final int GROUP = 256;

    /** When to try again to remove the keys of an ended lease: nobody waits for it. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final SqliteFile file;
    private final SqliteReaders.Horizon horizon = new SqliteReaders.Horizon();
    private final SqliteReaders readers;
    private final SqliteWriter writer;
    private final WatchHub hub;
    /** Guarded by its own monitor. */
    private final LeaseTable leases;
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(WAITING);
    private final Object gate = new Object();
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable StoreException broken;

    /** What the writer's thread is asked for. */
    private sealed interface Work {
        record Write(Transaction transaction, CompletableFuture<CommitResult> result) implements Work {}

        record EndLease(long id, CompletableFuture<CommitResult> result) implements Work {}

        record Stop() implements Work {}
    }

    private record Answer(CompletableFuture<CommitResult> to, CommitResult result) {}

    /**
     * Opens the store in this file, making it where there is none.
     *
     * @throws StoreException when another process has it, when it is not a store, is damaged or of a newer
     *     format; nothing is changed then
     */
    public static SqliteStore open(Path path) {
        return open(path, HISTORY);
    }

    static SqliteStore open(Path path, int history) {
        SqliteFile file = SqliteFile.open(path);
        try {
            return new SqliteStore(file, history);
        } catch (SQLException e) {
            release(file);
            throw file.failure(e);
        } catch (RuntimeException e) {
            release(file);
            throw e;
        }
    }

    private SqliteStore(SqliteFile file, int history) throws SQLException {
        this.file = file;
        // Monotonic: setting the machine's clock must not end leases.
        long start = System.nanoTime();
        InstantSource monotonic = () -> Instant.EPOCH.plusNanos(System.nanoTime() - start);
        // Never an id that an earlier process gave.
        this.leases = new LeaseTable(monotonic, System.currentTimeMillis() << 16);
        Connection connection = file.connect();
        try {
            this.writer = new SqliteWriter(connection, leases, horizon, history);
            removeOrphans();
            this.readers = new SqliteReaders(file, horizon);
        } catch (SQLException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
        this.hub = new WatchHub(readers, horizon.published, false);
        this.thread = Thread.ofPlatform().name("store writer").daemon(true).unstarted(this::run);
        thread.start();
    }

    private void removeOrphans() throws SQLException {
        List<String> orphans = writer.orphans();
        if (orphans.isEmpty()) return;
        writer.begin();
        writer.remove(orphans);
        writer.commit();
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
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        return submit(new Work.Write(transaction, result), result);
    }

    @Override
    public OptionalLong committed(String id) {
        requireOpen();
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
    public void close() {
        synchronized (gate) {
            if (closed) return;
            closed = true;
            queue.add(new Work.Stop());
        }
        joinWriter();
        hub.close();
        readers.close();
        try {
            writer.close();
        } catch (SQLException e) {
            LOG.warn("store closed with an error file={} reason={}", file.path(), e.getMessage());
        }
        release(file);
    }

    private void joinWriter() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private CommitResult submit(Work work, CompletableFuture<CommitResult> result) {
        room.acquireUninterruptibly();
        try {
            synchronized (gate) {
                requireOpen();
                queue.add(work);
            }
            return result.join();
        } catch (CompletionException e) {
            // Thrown anew, so that the trace shows the caller too.
            throw new StoreException(e.getCause() == null ? "commit failed" : String.valueOf(e.getCause().getMessage()), e.getCause());
        } finally {
            room.release();
        }
    }

    private void requireOpen() {
        if (closed) throw new StoreException("the store is closed");
    }

    // ---- the writer's thread

    private void run() {
        while (true) {
            @Nullable Work work = next();
            endDue();
            switch (work) {
                case null -> {}
                case Work.Write first -> writeGroup(first);
                case Work.EndLease end -> end(end);
                case Work.Stop _ -> {
                    return;
                }
            }
        }
    }

    private @Nullable Work next() {
        Optional<Duration> due;
        synchronized (leases) {
            due = leases.untilDue();
        }
        // Looks at leases at least so often, since one may be granted while this thread waits.
        long millis = Math.min(RETRY.toMillis(), due.map(Duration::toMillis).orElse(RETRY.toMillis()) + 1);
        try {
            return queue.poll(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return null;
        }
    }

    private void writeGroup(Work.Write first) {
        List<Work.Write> group = new ArrayList<>();
        group.add(first);
        while (group.size() < GROUP && queue.peek() instanceof Work.Write) {
            if (queue.poll() instanceof Work.Write next) group.add(next);
        }
        try {
            if (broken != null) throw broken;
            writer.begin();
            List<Answer> answers = new ArrayList<>(group.size());
            for (Work.Write write : group) answers.add(new Answer(write.result(), writer.write(write.transaction())));
            publish(writer.commit());
            for (Answer answer : answers) answer.to().complete(answer.result());
        } catch (SQLException e) {
            StoreException failure = fail(e);
            for (Work.Write write : group) write.result().completeExceptionally(failure);
        } catch (StoreException e) {
            for (Work.Write write : group) write.result().completeExceptionally(e);
        }
    }

    /** Nothing of the group happened, unless the disk itself failed: then only a new start tells. */
    private StoreException fail(SQLException e) {
        StoreException failure = file.failure(e);
        try {
            writer.rollback();
            if (!SqliteFile.isFull(e)) broken = failure;
        } catch (SQLException f) {
            broken = failure;
            failure.addSuppressed(f);
        }
        LOG.error("commit failed file={} reason={}", file.path(), failure.getMessage());
        return failure;
    }

    private void publish(List<Batch> batches) {
        for (Batch batch : batches) hub.publish(batch);
    }

    private void endDue() {
        if (broken != null) return;
        List<Long> due;
        synchronized (leases) {
            due = leases.due();
        }
        for (long id : due) endLease(id, Optional.empty());
    }

    private void end(Work.EndLease end) {
        if (broken != null) end.result().completeExceptionally(broken);
        else endLease(end.id(), Optional.of(end.result()));
    }

    private void endLease(long id, Optional<CompletableFuture<CommitResult>> result) {
        List<String> keys;
        synchronized (leases) {
            keys = leases.keys(id);
        }
        try {
            if (!keys.isEmpty()) {
                writer.begin();
                writer.remove(keys);
                publish(writer.commit());
            }
            synchronized (leases) {
                leases.end(id);
            }
            result.ifPresent(to -> to.complete(new CommitResult.Committed(horizon.published)));
        } catch (SQLException e) {
            // The lease stays, due, with its keys; the next round tries again.
            StoreException failure = fail(e);
            result.ifPresent(to -> to.completeExceptionally(failure));
        }
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
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        submit(new Work.EndLease(lease, result), result);
    }
}
