package concierge.store.sqlite;

import concierge.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The file of a store: owned by this process from {@link #open} to {@link #close}, by a lock on {@code
 * <file>.lock} that the kernel releases with the process. A file that is not a store of a known format,
 * or is damaged, is refused before anything is written.
 */
final class SqliteFile implements AutoCloseable {
    /** {@code Conc}: what {@code file} and {@code sqlite3} show of whose file it is. */
    static final int APPLICATION = 0x436f6e63;

    /** Of the tables; the format of what stands in them is {@code /meta/format}. */
    static final int FORMAT = 1;

    /** Larger files are not read through at the start: it would take longer than a user waits. */
    private static final long CHECKED_BYTES = 256L << 20;

    /** Somebody looks into the file with a tool of his own: rather wait than fail. */
    private static final int BUSY_MILLIS = 10_000;

    private static final int HEADER = 100;
    private static final int FORMAT_OFFSET = 60;
    private static final int APPLICATION_OFFSET = 68;

    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE entries (key TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, value BLOB,"
                    + " lease INTEGER NOT NULL, PRIMARY KEY (key, revision)) WITHOUT ROWID",
            "CREATE INDEX entries_by_revision ON entries (revision)",
            "CREATE INDEX entries_leased ON entries (lease) WHERE lease <> 0",
            "CREATE TABLE commits (revision INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
            "CREATE TABLE compaction (revision INTEGER NOT NULL)",
            "INSERT INTO compaction VALUES (0)");

    private final Path path;
    private final FileChannel lock;

    private SqliteFile(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Takes the file, making it where there is none. */
    static SqliteFile open(Path path) {
        try {
            FileChannel lock = lock(path);
            try {
                if (!Files.exists(path) || Files.size(path) == 0) create(path);
                verify(path);
                return new SqliteFile(path, lock);
            } catch (IOException | SQLException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StoreException("store " + path + ": " + e + " (expected: a file that can be read and written)", e);
        } catch (SQLException e) {
            throw failure(path, e);
        }
    }

    /** A further connection for reading and writing. */
    Connection connect() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        return config.createConnection("jdbc:sqlite:" + path);
    }

    StoreException failure(SQLException e) {
        return failure(path, e);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    static boolean isFull(SQLException e) {
        return code(e) == SQLiteErrorCode.SQLITE_FULL.code;
    }

    static boolean isDamaged(SQLException e) {
        return code(e) == SQLiteErrorCode.SQLITE_CORRUPT.code || code(e) == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    /** SQLite's error without its details; 0: not one of SQLite's. */
    private static int code(SQLException e) {
        return e instanceof SQLiteException sqlite ? sqlite.getErrorCode() & 0xff : 0;
    }

    /** What went wrong, and what to do about it. */
    private static StoreException failure(Path path, SQLException e) {
        if (isFull(e)) return new StoreException.Full("store " + path + ": the disk is full", e);
        int code = code(e);
        String advice = "";
        if (code == SQLiteErrorCode.SQLITE_CORRUPT.code) advice = "the file is damaged; put a backup in its place, or move it away to start empty";
        else if (code == SQLiteErrorCode.SQLITE_NOTADB.code) advice = "the file is not a store; name another place, or move it away";
        else if (code == SQLiteErrorCode.SQLITE_BUSY.code) advice = "another program keeps the file locked; stop it";
        else if (code == SQLiteErrorCode.SQLITE_IOERR.code) advice = "the disk fails; see what the kernel says of it: commits are tried again by themselves";
        else if (code == SQLiteErrorCode.SQLITE_READONLY.code) advice = "the file cannot be written; check its permissions";
        return new StoreException("store " + path + ": " + e.getMessage() + (advice.isEmpty() ? "" : " (" + advice + ")"), e);
    }

    private static FileChannel lock(Path path) throws IOException {
        @Nullable Path folder = path.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        Path file = Path.of(path + ".lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException _) {
            held = null;
        }
        if (held == null) {
            String holder = Files.readString(file).strip();
            channel.close();
            throw new StoreException("store " + path + ": in use by process " + (holder.isEmpty() ? "(unknown)" : holder)
                    + " (expected: nobody; stop it, or choose another home)");
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
        return channel;
    }

    /** Makes the whole file beside its place, so that a half-made one is never seen. */
    private static void create(Path path) throws IOException, SQLException {
        Path draft = Path.of(path + ".new");
        for (String suffix : List.of("", "-journal", "-wal", "-shm")) Files.deleteIfExists(Path.of(draft + suffix));
        // It holds environment values: nobody else's business.
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        SQLiteConfig config = new SQLiteConfig();
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        try (Connection connection = config.createConnection("jdbc:sqlite:" + draft);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA application_id = " + APPLICATION);
            statement.execute("PRAGMA user_version = " + FORMAT);
            for (String part : SCHEMA) statement.execute(part);
            statement.execute("PRAGMA journal_mode = WAL");
        }
        // A WAL of an earlier file of that name must never be played into this one.
        Files.deleteIfExists(Path.of(path + "-wal"));
        Files.deleteIfExists(Path.of(path + "-shm"));
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        @Nullable Path folder = path.toAbsolutePath().getParent();
        if (folder == null) return;
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void verify(Path path) throws IOException, SQLException {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            while (header.hasRemaining() && file.read(header) >= 0) {}
        }
        String magic = new String(header.array(), 0, 15, StandardCharsets.US_ASCII);
        if (header.hasRemaining() || !magic.equals("SQLite format 3") || header.getInt(APPLICATION_OFFSET) != APPLICATION) {
            throw new StoreException("store " + path + ": not a store of this program (expected: its own file, or none; name another place, or move it away)");
        }
        int format = header.getInt(FORMAT_OFFSET);
        if (format > FORMAT) {
            throw new StoreException("store " + path + ": format " + format + " (expected: at most " + FORMAT + "; use the newer version that wrote it)");
        }
        if (Files.size(path) > CHECKED_BYTES) return;
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        try (Connection connection = config.createConnection("jdbc:sqlite:" + path);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
            String verdict = result.next() ? result.getString(1) : "no answer";
            if (!verdict.equals("ok")) {
                throw new StoreException("store " + path + ": damaged: " + verdict + " (put a backup in its place, or move it away to start empty)");
            }
        }
    }
}
