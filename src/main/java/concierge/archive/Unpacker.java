package concierge.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks an uploaded tar into a folder without trusting it: no entry leaves the folder, neither by its
 * name nor through a link; devices, pipes and hard links are refused; size and count are bounded. Owners,
 * times and permission bits are not taken over: what is unpacked is served, not run.
 */
public final class Unpacker {
    private static final int BUFFER = 64 * 1024;

    /** @param bytes of all files together, unpacked */
    public record Limits(int entries, long bytes) {
        /** A site of ten thousand pages with pictures fits; a bomb does not fill the disk. */
        public static final Limits SITE = new Limits(100_000, 4L << 30);
    }

    private final Path root;
    private final Limits limits;
    private final byte[] buffer = new byte[BUFFER];
    private int entries;
    private long bytes;

    private Unpacker(Path root, Limits limits) {
        this.root = root;
        this.limits = limits;
    }

    /**
     * Unpacks into {@code folder}, which is created and must be empty. After a failure the folder is
     * in an undefined state: unpack beside and rename.
     *
     * @throws ArchiveException names the entry that is refused
     */
    public static void unpack(InputStream tar, Path folder, Limits limits) throws IOException {
        Files.createDirectories(folder);
        Unpacker unpacker = new Unpacker(folder.toRealPath(), limits);
        TarArchiveInputStream input = new TarArchiveInputStream(tar, "UTF-8");
        for (TarArchiveEntry entry = next(input); entry != null; entry = next(input)) unpacker.take(entry, input);
    }

    private static @Nullable TarArchiveEntry next(TarArchiveInputStream input) throws ArchiveException {
        try {
            return input.getNextEntry();
        } catch (IOException e) {
            throw new ArchiveException("not a tar: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            // the library reports some malformed headers so
            throw new ArchiveException("not a tar: " + e.getMessage());
        }
    }

    private void take(TarArchiveEntry entry, InputStream content) throws IOException {
        String name = entry.getName();
        if (++entries > limits.entries()) throw new ArchiveException("more than " + limits.entries() + " entries");
        Path path = resolve(name);
        if (entry.isDirectory()) {
            folder(path, name);
        } else {
            Path parent = path.getParent();
            if (parent == null || path.equals(root)) throw new ArchiveException(name + ": no name of a file: refused");
            folder(parent, name);
            if (entry.isSymbolicLink()) link(parent, path, name, entry.getLinkName());
            else if (isPlainFile(entry)) file(path, name, content);
            else throw new ArchiveException(name + ": neither file, folder nor symbolic link: refused");
        }
    }

    private static boolean isPlainFile(TarArchiveEntry entry) {
        return entry.isFile() && !entry.isLink() && !entry.isCharacterDevice() && !entry.isBlockDevice() && !entry.isFIFO();
    }

    private Path resolve(String name) throws ArchiveException {
        if (name.startsWith("/") || name.indexOf('\0') >= 0) throw new ArchiveException(name + ": an absolute path: refused");
        Path path = root;
        for (String part : name.split("/")) {
            if (part.isEmpty() || part.equals(".")) continue;
            if (part.equals("..")) throw new ArchiveException(name + ": leads out of the folder: refused");
            path = FileNames.child(path, part);
        }
        return path;
    }

    /** Makes a folder and those above it; a link on the way is refused, wherever it leads. */
    private void folder(Path path, String name) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = path; at != null && !at.equals(root); at = at.getParent()) {
            if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) break;
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) throw new ArchiveException(name + ": " + root.relativize(at) + " is no folder: refused");
            missing.push(at);
        }
        for (Path at : missing) Files.createDirectory(at);
    }

    private void link(Path parent, Path path, String name, String target) throws IOException {
        Path resolved = parent.resolve(target).normalize();
        if (target.startsWith("/") || climbsAfterName(target) || !resolved.startsWith(root)) {
            throw new ArchiveException(name + " → " + target + ": a link out of the folder: refused");
        }
        try {
            Files.createSymbolicLink(path, Path.of(target));
        } catch (FileAlreadyExistsException e) {
            throw twice(name, e);
        }
    }

    /** Whether a {@code ..} follows a name: it could climb from wherever another link leads. */
    private static boolean climbsAfterName(String target) {
        boolean named = false;
        for (String part : target.split("/")) {
            if (part.equals("..") && named) return true;
            named |= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        return false;
    }

    private void file(Path path, String name, InputStream content) throws IOException {
        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int count = read(content, name); count >= 0; count = read(content, name)) {
                bytes += count;
                if (bytes > limits.bytes()) throw new ArchiveException("larger than " + limits.bytes() + " bytes unpacked");
                out.write(buffer, 0, count);
            }
        } catch (FileAlreadyExistsException e) {
            throw twice(name, e);
        }
    }

    private int read(InputStream content, String name) throws ArchiveException {
        try {
            return content.read(buffer);
        } catch (IOException e) {
            throw new ArchiveException(name + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static ArchiveException twice(String name, IOException cause) {
        return new ArchiveException(name + ": is there twice: refused", cause);
    }
}
