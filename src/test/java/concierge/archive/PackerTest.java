package concierge.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackerTest {
    @TempDir
    Path folder;

    @Test
    void sameContentIsTheSameBytesWhateverOrderAndTimesItWasMadeWith() throws Exception {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path two = Files.createDirectory(folder.resolve("two"));
        for (String name : List.of("b", "a", "z/deep", "größe")) write(one, name, name);
        for (String name : List.of("größe", "z/deep", "a", "b")) write(two, name, name);
        Files.setLastModifiedTime(two.resolve("a"), FileTime.fromMillis(1_000_000));

        assertThat(pack(one)).isEqualTo(pack(two));
        write(two, "a", "changed");
        assertThat(pack(one)).isNotEqualTo(pack(two));
    }

    @Test
    void digestAndSizeAreThoseOfTheStream() throws Exception {
        write(folder, "a", "hello");
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        Packed packed = Packer.context(folder, out);

        assertThat(packed.digest()).isEqualTo(Digest.of(out.toByteArray()));
        assertThat(packed.bytes()).isEqualTo(out.size());
        assertThat(packed.entries()).isEqualTo(1);
    }

    @Test
    void keepsModesAndLinksAndHidesTheOwner() throws Exception {
        write(folder, "run.sh", "#!/bin/sh");
        Files.setPosixFilePermissions(folder.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x--x"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("run.sh"));

        List<TarArchiveEntry> entries = entries(pack(folder));

        assertThat(entries).extracting(TarArchiveEntry::getName).containsExactly("link", "run.sh");
        assertThat(entries.get(0).getLinkName()).isEqualTo("run.sh");
        assertThat(entries.get(1).getMode()).isEqualTo(0751);
        assertThat(entries.get(1).getLongUserId()).isZero();
        assertThat(entries.get(1).getUserName()).isEmpty();
        assertThat(entries.get(1).getLastModifiedTime().toMillis()).isZero();
    }

    @Test
    void longAndForeignNamesSurvive() throws Exception {
        String name = "ordner/" + "lang".repeat(50) + "/мир-世界.txt";
        write(folder, name, "x");

        assertThat(entries(pack(folder))).extracting(TarArchiveEntry::getName).contains(name);
    }

    @Test
    void leavesOutWhatDockerignoreNamesButBringsFoldersOfTakenBackFiles() throws Exception {
        write(folder, ".dockerignore", "node_modules\nlogs\n!logs/keep/this\n");
        for (String name : List.of("node_modules/x", "logs/a", "logs/keep/this", "logs/keep/other", "src/main")) write(folder, name, "x");

        assertThat(entries(pack(folder))).extracting(TarArchiveEntry::getName)
                .containsExactly(".dockerignore", "logs/", "logs/keep/", "logs/keep/this", "src/", "src/main");
    }

    @Test
    void warnsAboutPipesInsteadOfHanging() throws Exception {
        write(folder, "a", "x");
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start().waitFor()).isZero();

        Packed packed = Packer.context(folder, OutputStream.nullOutputStream());

        assertThat(packed.warnings()).singleElement().asString().contains("pipe: neither file");
        assertThat(packed.entries()).isEqualTo(1);
    }

    @Test
    void namesAFileThatGrowsWhileItIsRead() throws Exception {
        write(folder, "a", "first");
        write(folder, "app.log", "12345");

        assertThatThrownBy(() -> Packer.pack(folder, IgnoreFile.NONE, new Growing(folder.resolve("app.log"))))
                .isInstanceOf(ArchiveException.class)
                .hasMessageContaining("app.log: changed while it was read");
    }

    /** Reports a size that is no more true by the time the content is read: /proc files say 0 and have more. */
    @Test
    void namesAFileWhoseSizeWasALie() {
        assertThatThrownBy(() -> Packer.pack(Path.of("/proc/self/net"), IgnoreFile.parse("*\n!dev"), OutputStream.nullOutputStream()))
                .hasMessageContaining("dev: changed while it was read (was 0 bytes)");
    }

    @Test
    void aMissingFolderAndAFileAreRefused() throws Exception {
        write(folder, "a", "x");
        assertThatThrownBy(() -> pack(folder.resolve("nowhere"))).hasMessageContaining("no such folder");
        assertThatThrownBy(() -> pack(folder.resolve("a"))).hasMessageContaining("not a folder");
    }

    /** Appends to a file as soon as the first bytes of the tar come by. */
    private static final class Growing extends OutputStream {
        private final Path file;

        Growing(Path file) {
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            Files.writeString(file, Files.readString(file) + "more");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            write(0);
        }
    }

    static void write(Path folder, String name, String text) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    static byte[] pack(Path folder) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Packer.context(folder, out);
        return out.toByteArray();
    }

    private static List<TarArchiveEntry> entries(byte[] tar) throws IOException {
        List<TarArchiveEntry> entries = new ArrayList<>();
        TarArchiveInputStream input = new TarArchiveInputStream(new ByteArrayInputStream(tar), "UTF-8");
        for (TarArchiveEntry entry = input.getNextEntry(); entry != null; entry = input.getNextEntry()) entries.add(entry);
        return entries;
    }
}
