package concierge.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes a folder as a tar that is the same bytes for the same content: names sorted, times and owners
 * zero, permission bits and symbolic links kept. Files stream; nothing is held in memory.
 *
 * <p>One use, one thread.
 */
public final class Packer {
    /** A million files is a folder packed by mistake (a home, a package cache), not a build context. */
    public static final int MAX_ENTRIES = 1_000_000;

    private static final int PERMISSIONS = 07777;
    private static final int BUFFER = 64 * 1024;

    private final IgnoreFile ignored;
    private final TarArchiveOutputStream tar;
    private final List<String> warnings = new ArrayList<>();
    /** Folders on the way down that are ignored themselves: written only when something in them is not. */
    private final List<PendingFolder> pending = new ArrayList<>();

    private final byte[] buffer = new byte[BUFFER];
    private int entries;

    private record PendingFolder(String name, Path path) {}

    private Packer(IgnoreFile ignored, TarArchiveOutputStream tar) {
        this.ignored = ignored;
        this.tar = tar;
    }

    /** Packs a build context: the folder less what its {@code .dockerignore} names. {@code out} stays open. */
    public static Packed context(Path folder, OutputStream out) throws IOException {
        return pack(folder, IgnoreFile.of(folder), out);
    }

    /**
     * Packs a folder; {@code out} is flushed and stays open.
     *
     * @throws ArchiveException names the file that cannot be read or changed while it was
     */
    public static Packed pack(Path folder, IgnoreFile ignored, OutputStream out) throws IOException {
        Path root;
        try {
            root = folder.toRealPath();
        } catch (NoSuchFileException e) {
            throw new ArchiveException(folder + ": no such folder", e);
        }
        if (!Files.isDirectory(root)) throw new ArchiveException(folder + ": not a folder");
        DigestingOutput digesting = new DigestingOutput(out);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(digesting, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
        Packer packer = new Packer(ignored, tar);
        packer.addChildren(root, "");
        tar.finish();
        digesting.flush();
        return new Packed(digesting.digest(), digesting.bytes(), packer.entries, packer.warnings);
    }

    private void addChildren(Path folder, String prefix) throws IOException {
        for (Map.Entry<String, Path> child : children(folder).entrySet()) {
            String name = prefix + child.getKey();
            Path path = child.getValue();
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean skipped = ignored.ignores(name);
            if (attributes.isDirectory()) {
                addFolder(path, name, skipped);
            } else if (!skipped) {
                addPending();
                add(path, name, attributes);
            }
        }
    }

    private void addFolder(Path path, String name, boolean skipped) throws IOException {
        if (skipped && !ignored.mayKeepBelow(name)) return;
        if (skipped) {
            PendingFolder folder = new PendingFolder(name, path);
            pending.add(folder);
            addChildren(path, name + "/");
            pending.remove(folder);
        } else {
            addPending();
            writeFolder(name, path);
            addChildren(path, name + "/");
        }
    }

    private void addPending() throws IOException {
        for (PendingFolder folder : pending) writeFolder(folder.name(), folder.path());
        pending.clear();
    }

    private void writeFolder(String name, Path path) throws IOException {
        TarArchiveEntry entry = entry(name + "/", TarConstants.LF_DIR, path);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private void add(Path path, String name, BasicFileAttributes attributes) throws IOException {
        if (attributes.isSymbolicLink()) {
            TarArchiveEntry entry = entry(name, TarConstants.LF_SYMLINK, path);
            entry.setMode(0777);
            entry.setLinkName(Files.readSymbolicLink(path).toString());
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        } else if (attributes.isRegularFile()) {
            addFile(path, name, attributes.size());
        } else {
            warnings.add(name + ": neither file, folder nor link (a socket, pipe or device): left out");
        }
    }

    private void addFile(Path path, String name, long size) throws IOException {
        try (InputStream content = Files.newInputStream(path)) {
            TarArchiveEntry entry = entry(name, TarConstants.LF_NORMAL, path);
            entry.setSize(size);
            tar.putArchiveEntry(entry);
            long left = size;
            while (left > 0) {
                int count = content.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) throw changed(name, size);
                tar.write(buffer, 0, count);
                left -= count;
            }
            if (content.read() >= 0) throw changed(name, size);
            tar.closeArchiveEntry();
        } catch (AccessDeniedException e) {
            throw new ArchiveException(name + ": may not be read: allow it, or name it in .dockerignore", e);
        } catch (NoSuchFileException e) {
            throw new ArchiveException(name + ": vanished while the folder was packed", e);
        }
    }

    private static ArchiveException changed(String name, long size) {
        return new ArchiveException(name + ": changed while it was read (was " + size
                + " bytes): try again, or name it in .dockerignore when it is a log or a database");
    }

    private TarArchiveEntry entry(String name, byte kind, Path path) throws IOException {
        if (++entries > MAX_ENTRIES) {
            throw new ArchiveException("more than " + MAX_ENTRIES + " files: name what is not needed in .dockerignore");
        }
        TarArchiveEntry entry = new TarArchiveEntry(name, kind);
        entry.setMode((Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & PERMISSIONS);
        entry.setIds(0, 0);
        entry.setNames("", "");
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        return entry;
    }

    private static TreeMap<String, Path> children(Path folder) throws IOException {
        TreeMap<String, Path> children = new TreeMap<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path child : stream) children.put(FileNames.nameOf(child), child);
        } catch (AccessDeniedException e) {
            throw new ArchiveException(folder + ": may not be read: allow it, or name it in .dockerignore", e);
        }
        return children;
    }
}
