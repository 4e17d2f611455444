package concierge.store.sqlite;

import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.LeaseTable;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes, and who waits for it. Transactions that wait at the same time are written
 * together and share one sync of the disk; a caller is answered after the sync.
 *
 * <p>When the disk fails while a group is being made durable, the group is <em>in doubt</em>: this process
 * sees it rolled back, but after a crash it may be there. Its callers hear so, and nothing is answered or
 * written until the doubt is settled: a new connection writes an empty commit over what the group left in
 * the log. Once that is durable, the group never happened. It is tried with each call and once a second,
 * so that a disk that recovers is used again without anybody's help.
 */
final class WriteQueue implements AutoCloseable {
    /** Commits that may wait; more callers than this wait to be let in. */
    private static final int WAITING = 10_000;

    /** Transactions that share a sync: past this the sync is cheap already, and the first ones wait too long. */
    private static final int GROUP = 256;

    /** When to try again to settle a doubt or to remove the keys of an ended lease: nobody waits for it. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(WriteQueue.class);

    private final SqliteFile file;
    /** Guarded by its own monitor. */
    private final LeaseTable leases;

    private final SqliteReaders.Horizon horizon;
    private final int history;
    private final Consumer<Batch> told;
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(WAITING);
    private final Object gate = new Object();
    private final Thread thread;
    private boolean closed;

    /** The writer's thread's own, as everything below. */
    private SqliteWriter writer;

    /** The file is damaged: nothing is written any more. */
    private @Nullable StoreException broken;

    /** Why it is not known what the log holds; also read by those who ask whether they have to wait. */
    private volatile @Nullable StoreException doubt;

    /** What the writer's thread is asked for. */
    private sealed interface Work {
        CompletableFuture<CommitResult> result();

        record Write(Transaction transaction, CompletableFuture<CommitResult> result) implements Work {}

        record EndLease(long id, CompletableFuture<CommitResult> result) implements Work {}

        record Settle(CompletableFuture<CommitResult> result) implements Work {}

        record Stop(CompletableFuture<CommitResult> result) implements Work {}
    }

    private record Answer(CompletableFuture<CommitResult> to, CommitResult result) {}

    /** @param told hears of each commit once it is durable, in order, on the writer's thread */
    WriteQueue(SqliteFile file, SqliteWriter writer, LeaseTable leases, SqliteReaders.Horizon horizon, int history, Consumer<Batch> told) {
        this.file = file;
        this.writer = writer;
        this.leases = leases;
        this.horizon = horizon;
        this.history = history;
        this.told = told;
        this.thread = Thread.ofPlatform().name("store writer").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    CommitResult write(Transaction transaction) {
        return submit(new Work.Write(transaction, new CompletableFuture<>()));
    }

    void endLease(long id) {
        submit(new Work.EndLease(id, new CompletableFuture<>()));
    }

    /** Returns when nothing is in doubt, or throws. */
    void settled() {
        if (doubt != null) submit(new Work.Settle(new CompletableFuture<>()));
    }

    private CommitResult submit(Work work) {
        room.acquireUninterruptibly();
        try {
            synchronized (gate) {
                if (closed) throw new StoreException("the store is closed");
                queue.add(work);
            }
            return work.result().join();
        } catch (CompletionException e) {
            // Thrown anew, so that the trace shows the caller too.
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String message = String.valueOf(cause.getMessage());
            throw cause instanceof StoreException.Full ? new StoreException.Full(message, cause) : new StoreException(message, cause);
        } finally {
            room.release();
        }
    }

    /** Writes what waits, then ends. */
    @Override
    public void close() {
        synchronized (gate) {
            if (closed) return;
            closed = true;
            queue.add(new Work.Stop(new CompletableFuture<>()));
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
        closeWriter();
    }

    // ---- the writer's thread

    private void run() {
        while (true) {
            @Nullable Work work = next();
            boolean able = settle();
            if (able) endDue();
            switch (work) {
                case null -> {}
                case Work.Write first -> writeGroup(first);
                case Work.EndLease end -> endLease(end.id(), Optional.of(end.result()));
                case Work.Settle settle -> {
                    if (able) settle.result().complete(new CommitResult.Committed(horizon.published));
                    else settle.result().completeExceptionally(why());
                }
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
        if (doubt != null) millis = RETRY.toMillis();
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
        if (broken != null || doubt != null) {
            for (Work.Write write : group) write.result().completeExceptionally(why());
            return;
        }
        List<Answer> answers = new ArrayList<>(group.size());
        try {
            writer.begin();
            for (Work.Write write : group) answers.add(new Answer(write.result(), writer.write(write.transaction())));
            writer.compact();
        } catch (SQLException e) {
            StoreException failure = failed(e, false);
            for (Work.Write write : group) write.result().completeExceptionally(failure);
            return;
        }
        try {
            writer.commit().forEach(told);
            for (Answer answer : answers) answer.to().complete(answer.result());
        } catch (SQLException e) {
            StoreException failure = failed(e, true);
            for (Work.Write write : group) {
                if (doubt == null) write.result().completeExceptionally(failure);
                else write.result().complete(new CommitResult.Unknown(write.transaction().id(), String.valueOf(failure.getMessage())));
            }
        }
    }

    private StoreException why() {
        @Nullable StoreException reason = broken == null ? doubt : broken;
        return reason == null ? new StoreException("the store is settled") : reason;
    }

    /**
     * Takes back what was written. Nothing of it happened, unless the disk failed while it was made durable.
     *
     * @param committing whether some of it may be on the disk
     */
    private StoreException failed(SQLException e, boolean committing) {
        StoreException failure = file.failure(e);
        boolean rolledBack = true;
        try {
            writer.rollback();
        } catch (SQLException f) {
            rolledBack = false;
            failure.addSuppressed(f);
        }
        if (SqliteFile.isDamaged(e)) broken = failure;
        // A full disk is found before the last frame of a group is written: without it the group is none.
        else if (!rolledBack || committing && !SqliteFile.isFull(e)) doubt = failure;
        LOG.error("commit failed file={} doubt={} reason={}", file.path(), doubt != null, failure.getMessage());
        return failure;
    }

    /** Whether nothing is in doubt any more. */
    private boolean settle() {
        if (broken != null) return false;
        if (doubt == null) return true;
        try {
            closeWriter();
            long before = horizon.published;
            writer = new SqliteWriter(file.connect(), leases, horizon, history);
            if (horizon.published != before) {
                broken = new StoreException("store " + file.path() + ": at revision " + horizon.published + " (expected: " + before
                        + "; another program has written to it: stop that, and start the server again)");
                return false;
            }
            writer.begin();
            writer.remove(List.of());
            writer.commit().forEach(told);
            doubt = null;
            LOG.info("store recovered file={}", file.path());
            return true;
        } catch (SQLException e) {
            doubt = file.failure(e);
            return false;
        }
    }

    private void endDue() {
        List<Long> due;
        synchronized (leases) {
            due = leases.due();
        }
        for (long id : due) endLease(id, Optional.empty());
    }

    private void endLease(long id, Optional<CompletableFuture<CommitResult>> result) {
        if (broken != null || doubt != null) {
            result.ifPresent(to -> to.completeExceptionally(why()));
            return;
        }
        List<String> keys;
        synchronized (leases) {
            keys = leases.keys(id);
        }
        try {
            if (!keys.isEmpty()) {
                writer.begin();
                writer.remove(keys);
                writer.commit().forEach(told);
            }
            synchronized (leases) {
                leases.end(id);
            }
            result.ifPresent(to -> to.complete(new CommitResult.Committed(horizon.published)));
        } catch (SQLException e) {
            // The lease stays, due, with its keys; the next round tries again.
            StoreException failure = failed(e, true);
            result.ifPresent(to -> to.completeExceptionally(failure));
        }
    }

    private void closeWriter() {
        try {
            writer.close();
        } catch (SQLException e) {
            LOG.warn("store's writer closed with an error file={} reason={}", file.path(), e.getMessage());
        }
    }
}
