package concierge.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackerTest {
    private static final Unpacker.Limits SMALL = new Unpacker.Limits(10, 1000);

    @TempDir
    Path temporary;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

    @Test
    void bringsBackWhatWasPacked() throws Exception {
        Path source = Files.createDirectory(temporary.resolve("source"));
        PackerTest.write(source, "index.html", "<h1>hi</h1>");
        PackerTest.write(source, "bilder/größe.txt", "x");
        Files.createDirectory(source.resolve("empty"));
        Files.createSymbolicLink(source.resolve("bilder/home"), Path.of("../index.html"));

        Path target = temporary.resolve("target");
        Unpacker.unpack(new ByteArrayInputStream(PackerTest.pack(source)), target, SMALL);

        assertThat(target.resolve("bilder/home")).hasContent("<h1>hi</h1>");
        assertThat(target.resolve("empty")).isEmptyDirectory();
        assertThat(PackerTest.pack(target)).hasSameSizeAs(PackerTest.pack(source));
    }

    @Test
    void refusesToLeaveTheFolder() throws Exception {
        assertRefused("../evil", TarConstants.LF_NORMAL, "", "leads out of the folder");
        assertRefused("a/../../evil", TarConstants.LF_NORMAL, "", "leads out of the folder");
        assertRefused("evil", TarConstants.LF_SYMLINK, "/etc/passwd", "a link out of the folder");
        assertRefused("a/evil", TarConstants.LF_SYMLINK, "../../x", "a link out of the folder");
        assertRefused("evil", TarConstants.LF_SYMLINK, "a/../..", "a link out of the folder");
        assertRefused("d/evil", TarConstants.LF_SYMLINK, "a/../..", "a link out of the folder");
        assertRefused(".", TarConstants.LF_NORMAL, "", "no name of a file");
        assertRefused("evil", TarConstants.LF_LINK, "/etc/passwd", "refused");
        assertRefused("evil", TarConstants.LF_CHR, "", "refused");
        assertRefused("evil", TarConstants.LF_FIFO, "", "refused");
        assertThat(temporary.resolve("evil")).doesNotExist();
    }

    @Test
    void refusesToWriteThroughALinkOrTwice() throws Exception {
        add("real/a", TarConstants.LF_NORMAL, "");
        add("link", TarConstants.LF_SYMLINK, "real");
        add("link/b", TarConstants.LF_NORMAL, "");
        assertThatThrownBy(() -> unpack("through")).hasMessageContaining("link is no folder");
        bytes.reset();
        add("a", TarConstants.LF_NORMAL, "");
        add("a", TarConstants.LF_NORMAL, "");
        assertThatThrownBy(() -> unpack("twice")).hasMessageContaining("a: is there twice");
    }

    @Test
    void boundsCountAndSize() throws Exception {
        for (int i = 0; i < 11; i++) add("f" + i, TarConstants.LF_NORMAL, "");
        assertThatThrownBy(() -> unpack("many")).hasMessageContaining("more than 10 entries");
        bytes.reset();
        TarArchiveEntry large = new TarArchiveEntry("large");
        large.setSize(1001);
        tar.putArchiveEntry(large);
        tar.write(new byte[1001]);
        tar.closeArchiveEntry();
        assertThatThrownBy(() -> unpack("large")).hasMessageContaining("larger than 1000 bytes");
    }

    @Test
    void garbageIsAnIoErrorNeverAnythingElse() throws Exception {
        Path source = Files.createDirectory(temporary.resolve("source"));
        PackerTest.write(source, "a/b", "content");
        byte[] good = PackerTest.pack(source);
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length));
            for (int flips = 0; flips < 5 && bad.length > 0; flips++) bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            try {
                Unpacker.unpack(new ByteArrayInputStream(bad), temporary.resolve("garbage" + i), SMALL);
            } catch (IOException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    private void assertRefused(String name, byte kind, String target, String why) throws IOException {
        bytes.reset();
        add(name, kind, target);
        assertThatThrownBy(() -> unpack("refused")).isInstanceOf(ArchiveException.class).hasMessageContaining(why);
    }

    private void add(String name, byte kind, String target) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
        if (!target.isEmpty()) entry.setLinkName(target);
        byte[] content = kind == TarConstants.LF_NORMAL ? "x".getBytes(StandardCharsets.UTF_8) : new byte[0];
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private void unpack(String folder) throws IOException {
        Unpacker.unpack(new ByteArrayInputStream(bytes.toByteArray()), temporary.resolve(folder), SMALL);
    }
}
