package concierge.bench;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.store.sqlite.SqliteStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.sqlite.SQLiteConfig;

/**
 * Durable commits a second: ours against plain SQLite (one put a transaction through the same driver, WAL
 * and synchronous=FULL), in interleaved runs, medians. Arguments: seconds a run (default 2), runs
 * (default 5), folder (default: the working directory, since a temp folder may be memory).
 */
public final class StoreBench {
    private static final int CALLERS = 64;
    private static final int VALUE_BYTES = 200;
    private static final int KEYS = 10_000;

    private final long nanos;
    private final int runs;
    private final Path folder;
    private final byte[] value = new byte[VALUE_BYTES];

    private StoreBench(double seconds, int runs, Path folder) {
        this.nanos = (long) (seconds * 1e9);
        this.runs = runs;
        this.folder = folder;
        Arrays.fill(value, (byte) 'x');
    }

    /** Puts one key durably. */
    private interface Target extends AutoCloseable {
        void put(int n) throws Exception;

        @Override
        void close() throws SQLException;
    }

    private interface Opening {
        Target open(Path folder) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 2;
        int runs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path folder = Path.of(arguments.length > 2 ? arguments[2] : ".");
        StoreBench bench = new StoreBench(seconds, runs, folder);
        System.out.println("| what | ours | plain SQLite | ratio |\n| --- | --- | --- | --- |");
        bench.compare("durable commits/s, 1 caller", 1);
        bench.compare("durable commits/s, " + CALLERS + " callers", CALLERS);
    }

    private void compare(String name, int callers) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int run = 0; run <= runs; run++) {
            double own = measure(callers, this::ours);
            double plain = measure(callers, this::plain);
            // The first of each warms the compiler up.
            if (run == 0) continue;
            ours.add(own);
            theirs.add(plain);
        }
        double own = median(ours);
        double plain = median(theirs);
        System.out.printf(Locale.ROOT, "| %s | %,.0f | %,.0f | %.2f |%n", name, own, plain, own / plain);
    }

    private double measure(int callers, Opening opening) throws Exception {
        Path place = Files.createTempDirectory(folder, "store-bench");
        try (Target target = opening.open(place)) {
            AtomicInteger done = new AtomicInteger();
            long start = System.nanoTime();
            List<Thread> threads = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) threads.add(Thread.ofPlatform().start(() -> load(target, done, start + nanos)));
            for (Thread thread : threads) thread.join();
            return done.get() * 1e9 / (System.nanoTime() - start);
        } finally {
            delete(place);
        }
    }

    private static void load(Target target, AtomicInteger done, long end) {
        try {
            while (System.nanoTime() < end) {
                target.put(done.get());
                done.incrementAndGet();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Target ours(Path place) {
        Store store = SqliteStore.open(place.resolve("state.db"), Admission.ANY);
        AtomicInteger ids = new AtomicInteger();
        return new Target() {
            @Override
            public void put(int n) {
                int id = ids.incrementAndGet();
                CommitResult result = store.commit(Transaction.id("bench-" + id).put("/bench/" + id % KEYS, Value.of(value)).build());
                if (!(result instanceof CommitResult.Committed)) throw new IllegalStateException(result.toString());
            }

            @Override
            public void close() {
                store.close();
            }
        };
    }

    private Target plain(Path place) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        Connection connection = config.createConnection("jdbc:sqlite:" + place.resolve("plain.db"));
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID");
        }
        PreparedStatement insert = connection.prepareStatement("INSERT OR REPLACE INTO entries VALUES (?, ?)");
        AtomicInteger ids = new AtomicInteger();
        return new Target() {
            /** One connection, taken in turns: more of them only wait for SQLite's one write lock. */
            @Override
            public synchronized void put(int n) throws SQLException {
                insert.setString(1, "/bench/" + ids.incrementAndGet() % KEYS);
                insert.setBytes(2, value);
                insert.executeUpdate();
            }

            @Override
            public void close() throws SQLException {
                connection.close();
            }
        };
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void delete(Path place) throws Exception {
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
