package concierge.server.home;

import concierge.config.Home;
import concierge.json.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The folder that one running server owns, and its lock: the kernel gives it back when the process dies,
 * however it dies, so a crashed server never blocks the next one.
 */
public final class ServerHome implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerHome.class);

    /** Also of the folders in a home that somebody else made: build contexts and output are nobody else's. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Home home;
    private final FileChannel channel;
    private final FileLock lock;
    private boolean closed;

    /**
     * What {@code server.json} says of the server that runs.
     *
     * @param api and {@code router}: {@code http://127.0.0.1:8791}; the router's is empty without one
     * @param started ISO 8601
     * @param network where others reach the API; absent where only this machine does
     * @param build which build of the program it runs, {@link concierge.runtime.Detached#build}
     */
    public record Announcement(
            long pid, String installation, String api, String router, String started, String home, Optional<Network> network, String build) {
        public Announcement withRouter(String url) {
            return new Announcement(pid, installation, api, url, started, home, network, build);
        }

        public Announcement withApi(String url, Optional<Network> reached) {
            return new Announcement(pid, installation, url, router, started, home, reached, build);
        }
    }

    /**
     * The API as it is reached over a network.
     *
     * @param url {@code https://10.0.0.1:8791}
     * @param fingerprint of the certificate that vouches for the server's
     */
    public record Network(String url, String fingerprint) {}

    /** Another server uses the home. */
    public static final class TakenException extends IOException {
        private static final long serialVersionUID = 1;

        TakenException(Path home, Optional<Announcement> other) {
            super(home + ": another " + other.map(it -> "server uses it (pid " + it.pid() + ", " + it.api() + ")").orElse("server or agent uses it")
                    + "; stop it with concierge server stop, or choose another CONCIERGE_HOME");
        }
    }

    private ServerHome(Home home, FileChannel channel, FileLock lock) {
        this.home = home;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the folders and takes the lock.
     *
     * @throws TakenException when another server holds it
     */
    public static ServerHome open(Home home) throws IOException {
        try {
            return take(home);
        } catch (FileSystemException e) {
            // Java tells many of these by the kind alone, with the path for a message.
            String what = e.getReason() != null ? e.getReason() : switch (e) {
                case AccessDeniedException _ -> "no permission";
                case FileAlreadyExistsException _ -> "no folder";
                default -> e.getClass().getSimpleName();
            };
            throw new IOException(e.getFile() + ": " + what + " (expected: " + home.path() + " a folder that this user can make and write; CONCIERGE_HOME names another)", e);
        }
    }

    private static ServerHome take(Home home) throws IOException {
        Path path = home.path();
        if (!Files.isDirectory(path)) {
            Path parent = path.getParent();
            if (parent != null) Files.createDirectories(parent);
            Files.createDirectories(path, OWNERS_ALONE);
        }
        for (String folder : List.of("blobs", "sites", "processes", "logs", "router")) Files.createDirectories(path.resolve(folder), OWNERS_ALONE);
        // Never deleted: whoever deletes a lock file lets two hold "the" lock, each on a file of its own.
        FileChannel channel = FileChannel.open(path.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel);
        if (lock == null) {
            channel.close();
            throw new TakenException(path, read(home));
        }
        return new ServerHome(home, channel, lock);
    }

    private static @org.jspecify.annotations.Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // a server in this very process holds it
        }
    }

    /** What the server that runs, or ran last and died, announced. */
    public static Optional<Announcement> read(Home home) {
        try {
            return Optional.of(Json.read(Files.readString(home.server()), Announcement.class));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    public Home home() {
        return home;
    }

    public Path folder(String name) {
        return home.path().resolve(name);
    }

    /** Why it can take nothing more; empty: it can. Asks the file system each time. */
    public Optional<String> trouble() {
        try {
            return home.isFull() ? Optional.of("the disk is full: " + home.path()) : Optional.empty();
        } catch (IOException e) {
            return Optional.of("the disk of " + home.path() + " does not answer: " + e.getMessage());
        }
    }

    /** Tells clients where this server is; the file is always whole. */
    public void announce(Announcement announcement) throws IOException {
        writeWhole(home.server(), Json.write(announcement) + "\n");
    }

    /** Writes a file so that readers see the old one or the new one, whatever happens. */
    static void writeWhole(Path file, String text) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            java.nio.ByteBuffer bytes = java.nio.charset.StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) out.write(bytes);
            out.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A clean stop: takes the announcement away, then gives the home back. */
    @Override
    public synchronized void close() {
        if (closed) return;
        closed = true;
        try {
            Files.deleteIfExists(home.server());
            lock.release();
            channel.close();
        } catch (IOException e) {
            LOG.warn("home not given back cleanly home={}", home.path(), e);
        }
    }
}
