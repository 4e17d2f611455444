package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saved images as engines of different kinds write them. */
class ImageArchiveTest {
    @TempDir
    Path folder;

    /** The layout of engines from version 25 on; blobs are named by their digest. */
    private static Map<String, String> layout(String manifest) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("blobs/sha256/c0", "{\"rootfs\":{}}");
        files.put("blobs/sha256/aa", "the lowest layer");
        files.put("blobs/sha256/bb", "a layer above");
        files.put("index.json", "{\"manifests\":[]}");
        if (!manifest.isEmpty()) files.put("manifest.json", manifest);
        files.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        return files;
    }

    private static String image(String... layers) {
        return "{\"Config\":\"blobs/sha256/c0\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"" + String.join("\",\"", layers) + "\"]}";
    }

    /** The names of what is left when so many layers are left out; the size that is told beforehand is right. */
    private Set<String> left(Map<String, String> files, int without) throws IOException {
        Path file = Files.createTempFile(folder, "saved", ".tar");
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, String> content : files.entrySet()) {
                byte[] bytes = content.getValue().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(content.getKey());
                entry.setSize(bytes.length);
                tar.putArchiveEntry(entry);
                tar.write(bytes);
                tar.closeArchiveEntry();
            }
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        long[] told = new long[1];
        try (FileChannel channel = FileChannel.open(file)) {
            new ImageArchive(channel, without).write(size -> told[0] = size, written);
        }
        assertThat(told[0]).isEqualTo(written.size());
        Set<String> names = new TreeSet<>();
        TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(written.toByteArray()));
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) names.add(entry.getName());
        return names;
    }

    @Test
    void layersThatTheOtherHasAreLeftOutOfTheNewerLayout() throws IOException {
        assertThat(left(layout("[" + image("blobs/sha256/aa", "blobs/sha256/bb") + "]"), 1))
                .containsExactlyInAnyOrder("blobs/sha256/c0", "blobs/sha256/bb", "index.json", "manifest.json", "oci-layout");
    }

    @Test
    void aLayerThatIsThereTwiceStaysWhereOneOfThemIsNeeded() throws IOException {
        assertThat(left(layout("[" + image("blobs/sha256/aa", "blobs/sha256/bb", "blobs/sha256/aa") + "]"), 1)).contains("blobs/sha256/aa", "blobs/sha256/bb");
    }

    @Test
    void nothingIsLeftOutOfWhatTellsOfSeveralImagesOrHasItsIndexAlone() throws IOException {
        Map<String, String> platforms = layout("[" + image("blobs/sha256/aa") + "," + image("blobs/sha256/bb") + "]");
        assertThat(left(platforms, 1)).isEqualTo(platforms.keySet());
        Map<String, String> indexAlone = layout("");
        assertThat(left(indexAlone, 2)).isEqualTo(indexAlone.keySet());
    }

    @Test
    void whatIsNoImageIsRefused() {
        assertThatThrownBy(() -> left(Map.of("readme", "hello"), 0)).isInstanceOf(IOException.class).hasMessageContaining("without manifest.json or index.json");
    }
}
