package concierge.bench;

import concierge.store.Admission;
import concierge.store.Store;
import concierge.store.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.stream.Stream;
import org.sqlite.SQLiteConfig;

/**
 * Durable commits a second: ours against plain SQLite (one put a transaction through the same driver, WAL
 * and synchronous=FULL), in interleaved runs, medians. Arguments: seconds a run (default 2), runs
 * (default 5), folder (default: the working directory, since a temp folder may be memory).
 */
public final class StoreBench {
    private final Path folder;

    private StoreBench(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 2;
        int runs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path folder = Path.of(arguments.length > 2 ? arguments[2] : ".");
        StoreBench bench = new StoreBench(folder);
        CommitRates rates = new CommitRates(seconds, runs, bench::ours, bench::plain);
        System.out.println("| what | ours | plain SQLite | ratio |\n| --- | --- | --- | --- |");
        rates.compare("durable commits/s, 1 caller", 1);
        rates.compare("durable commits/s, 64 callers", 64);
    }

    private CommitRates.Target ours() throws IOException {
        Path place = Files.createTempDirectory(folder, "store-bench");
        Store store = SqliteStore.open(place.resolve("state.db"), Admission.ANY);
        return CommitRates.of(store, () -> delete(place));
    }

    private CommitRates.Target plain() throws IOException, SQLException {
        Path place = Files.createTempDirectory(folder, "store-bench");
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        Connection connection = config.createConnection("jdbc:sqlite:" + place.resolve("plain.db"));
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID");
        }
        PreparedStatement insert = connection.prepareStatement("INSERT OR REPLACE INTO entries VALUES (?, ?)");
        return new CommitRates.Target() {
            /** One connection, taken in turns: more of them only wait for SQLite's one write lock. */
            @Override
            public synchronized void put(String key, byte[] value) throws SQLException {
                insert.setString(1, key);
                insert.setBytes(2, value);
                insert.executeUpdate();
            }

            @Override
            public void close() throws IOException, SQLException {
                connection.close();
                delete(place);
            }
        };
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
