package concierge.config;

import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a home holds besides its configuration, to be given up as a whole. Nobody may be using it. */
public final class HomeContent {
    /** What Concierge itself puts into its home; anything else in there is somebody's and stays. */
    private static final List<String> OURS = List.of("state.db", "state.db-wal", "state.db-shm", "blobs", "sites", "processes", "logs", "transfers", "router",
            "events.jsonl", "server.json", "server.log", "server.log.1", "server.lock", "token", "secrets.key", "tls");

    private HomeContent() {}

    /**
     * Deletes it. Goes on where an earlier try was interrupted.
     *
     * @param volumes whether those of processes go, too
     * @throws IOException names what could not be deleted
     */
    public static void delete(Home home, boolean volumes) throws IOException {
        Optional<Path> kept = volumes ? Optional.empty() : Optional.of(home.path().resolve("processes/volumes")).filter(HomeContent::hasAny);
        for (String name : OURS) delete(home.path().resolve(name), kept);
    }

    private static boolean hasAny(Path folder) {
        try (var all = Files.list(folder)) {
            return all.findAny().isPresent();
        } catch (IOException _) {
            return false;
        }
    }

    private static void delete(Path root, Optional<Path> kept) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) return;
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return kept.filter(folder::equals).isPresent() ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) throw e;
                if (kept.filter(it -> it.startsWith(folder)).isEmpty()) Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * The process of the router that was started from this home, if it runs. It writes its number beside its table; the
     * command line proves that the number is still its own.
     *
     * @throws IOException when what it wrote cannot be read
     */
    public static Optional<ProcessHandle> router(Home home) throws IOException {
        try {
            JsonTree record = JsonTree.read(Files.readString(home.path().resolve("router/router.json")));
            long pid = record.path("pid").asLong(0);
            Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
            boolean ours = !Files.exists(Path.of("/proc/self")) || Files.exists(commandLine)
                    && new String(Files.readAllBytes(commandLine), StandardCharsets.UTF_8).contains("concierge.Main\0router");
            return ours ? ProcessHandle.of(pid) : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (MalformedJsonException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
