package concierge.image;

import concierge.archive.Unpacker;
import concierge.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;

/**
 * What clients upload, by digest: {@code blobs/<digest>}, and sites unpacked under {@code sites/<digest>/}.
 * A name appears only once its content is complete, checked and on the disk (written beside, flushed,
 * renamed), so whatever is there is good. Any thread, several processes.
 */
public final class Blobs {
    /** A context larger than this is a mistake; whoever means it builds elsewhere and names the image. */
    public static final long MAX_BYTES = 8L << 30;

    /** Uploaded but not yet named by a deploy: a client takes at most so long from one to the other. */
    public static final Duration GRACE = Duration.ofHours(1);

    private static final int BUFFER = 64 * 1024;
    private static final String UNFINISHED = ".unfinished-";

    private final Path blobs;
    private final Path sites;
    private final InstantSource clock;

    /** @param home {@code $CONCIERGE_HOME}; the two folders in it are made */
    public Blobs(Path home, InstantSource clock) throws IOException {
        blobs = Files.createDirectories(home.resolve("blobs"));
        sites = Files.createDirectories(home.resolve("sites"));
        this.clock = clock;
    }

    public sealed interface Put {
        record Kept(long bytes) implements Put {}

        record WrongDigest(Digest found) implements Put {}

        record TooLarge(long limit) implements Put {}
    }

    /** Asking renews its {@link #GRACE}: a client that hears yes does not upload it again. */
    public boolean exists(Digest digest) throws IOException {
        try {
            Files.setLastModifiedTime(path(digest), FileTime.from(clock.instant()));
            return true;
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    /** Where a blob stands or would stand. */
    public Path path(Digest digest) {
        return blobs.resolve(digest.hex());
    }

    /** @throws java.nio.file.NoSuchFileException when it is not there */
    public InputStream open(Digest digest) throws IOException {
        return Files.newInputStream(path(digest));
    }

    public Put put(Digest digest, InputStream content) throws IOException {
        return put(digest, content, MAX_BYTES);
    }

    /** Keeps the content if it has that digest and at most {@code limit} bytes; else nothing remains of it. */
    public Put put(Digest digest, InputStream content, long limit) throws IOException {
        Path unfinished = Files.createTempFile(blobs, UNFINISHED, "");
        try {
            DigestInputStream digesting = new DigestInputStream(content, Digest.sha256());
            long bytes = copy(digesting, unfinished, limit);
            if (bytes > limit) return new Put.TooLarge(limit);
            Digest found = new Digest(HexFormat.of().formatHex(digesting.getMessageDigest().digest()));
            if (!found.equals(digest)) return new Put.WrongDigest(found);
            flush(unfinished);
            Files.move(unfinished, path(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            flush(blobs);
            return new Put.Kept(bytes);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /**
     * The folder of an uploaded site, unpacked if it is not yet.
     *
     * @throws concierge.archive.ArchiveException names an entry that is refused
     */
    public Path site(Digest digest) throws IOException {
        Path site = sites.resolve(digest.hex());
        if (Files.isDirectory(site)) return site;
        Path unfinished = Files.createTempDirectory(sites, UNFINISHED);
        try (InputStream tar = open(digest)) {
            Unpacker.unpack(tar, unfinished, Unpacker.Limits.SITE);
            Files.setPosixFilePermissions(unfinished, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            try {
                Files.move(unfinished, site, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
                if (!Files.isDirectory(site)) throw e; // otherwise another thread was first with the same content
            }
            return site;
        } finally {
            remove(unfinished);
        }
    }

    /**
     * Removes blobs, sites and leftovers of broken uploads that are older than {@link #GRACE} and not in
     * use; answers what went.
     */
    public List<Digest> collect(Predicate<Digest> inUse) throws IOException {
        List<Digest> removed = new ArrayList<>();
        Instant before = clock.instant().minus(GRACE);
        for (Path folder : List.of(blobs, sites)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                for (Path entry : entries) collect(entry, before, inUse, removed);
            }
        }
        return removed;
    }

    private static void collect(Path entry, Instant before, Predicate<Digest> inUse, List<Digest> removed) throws IOException {
        String name = entry.getFileName().toString();
        if (!name.startsWith(UNFINISHED) && !name.matches("[0-9a-f]{64}")) return; // not ours
        if (!Files.getLastModifiedTime(entry, LinkOption.NOFOLLOW_LINKS).toInstant().isBefore(before)) return;
        if (name.startsWith(UNFINISHED)) {
            remove(entry);
            return;
        }
        Digest digest = new Digest(name);
        if (inUse.test(digest)) return;
        remove(entry);
        if (!removed.contains(digest)) removed.add(digest);
    }

    private static long copy(InputStream from, Path to, long limit) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long bytes = 0;
        try (OutputStream out = Files.newOutputStream(to)) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                bytes += count;
                if (bytes > limit) return bytes;
                out.write(buffer, 0, count);
            }
        }
        return bytes;
    }

    private static void flush(Path path) throws IOException {
        StandardOpenOption option = Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }

    private static void remove(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, java.io.@org.jspecify.annotations.Nullable IOException failure) throws IOException {
                if (failure != null) throw failure;
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
