package concierge.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.archive.Packer;
import concierge.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobsTest {
    @TempDir
    Path home;

    private Instant now = Instant.now();
    private Blobs blobs;

    @BeforeEach
    void make() throws IOException {
        blobs = new Blobs(home, () -> now);
    }

    @Test
    void keepsContentUnderItsDigest() throws Exception {
        Digest digest = Digest.of("hello");

        assertThat(blobs.exists(digest)).isFalse();
        assertThat(blobs.put(digest, stream("hello"))).isEqualTo(new Blobs.Put.Kept(5));
        assertThat(blobs.put(digest, stream("hello"))).isEqualTo(new Blobs.Put.Kept(5));
        assertThat(blobs.exists(digest)).isTrue();
        try (InputStream content = blobs.open(digest)) {
            assertThat(content).hasContent("hello");
        }
    }

    @Test
    void keepsNothingOfWrongLargeOrBrokenUploads() throws Exception {
        Digest digest = Digest.of("hello");

        assertThat(blobs.put(digest, stream("hullo"))).isEqualTo(new Blobs.Put.WrongDigest(Digest.of("hullo")));
        assertThat(blobs.put(digest, stream("hello"), 4)).isEqualTo(new Blobs.Put.TooLarge(4));
        assertThatThrownBy(() -> blobs.put(digest, new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("connection lost");
                    }
                }))
                .hasMessage("connection lost");
        assertThat(blobs.exists(digest)).isFalse();
        try (Stream<Path> left = Files.list(home.resolve("blobs"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void unpacksASiteOnce() throws Exception {
        Digest digest = site("index.html", "hi");

        Path site = blobs.site(digest);

        assertThat(site).isEqualTo(home.resolve("sites").resolve(digest.hex()));
        assertThat(site.resolve("index.html")).hasContent("hi");
        assertThat(blobs.site(digest)).isEqualTo(site);
    }

    @Test
    void aBadSiteLeavesNothing() throws Exception {
        Digest digest = Digest.of("no tar, but more than nothing".repeat(100));
        blobs.put(digest, stream("no tar, but more than nothing".repeat(100)));

        assertThatThrownBy(() -> blobs.site(digest)).isInstanceOf(IOException.class);
        try (Stream<Path> left = Files.list(home.resolve("sites"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void collectsWhatNobodyNamesAfterItsGrace() throws Exception {
        Digest used = site("a", "used");
        Digest unused = site("b", "unused");
        blobs.site(unused);
        Files.writeString(home.resolve("blobs/notes.txt"), "not ours");

        assertThat(blobs.collect(used::equals)).isEmpty();
        now = now.plus(Blobs.GRACE).plusSeconds(60);
        assertThat(blobs.collect(used::equals)).containsExactly(unused);
        assertThat(home.resolve("sites").resolve(unused.hex())).doesNotExist();
        assertThat(home.resolve("blobs/notes.txt")).exists();
        assertThat(blobs.exists(used)).isTrue();
    }

    @Test
    void askingForABlobKeepsItForTheDeployThatFollows() throws Exception {
        Digest digest = site("a", "x");
        now = now.plus(Blobs.GRACE).plusSeconds(60);

        assertThat(blobs.exists(digest)).isTrue();
        assertThat(blobs.collect(_ -> false)).isEmpty();
    }

    @Test
    void theContextsDigestIgnoresTheStackFile() throws Exception {
        Digest before = contextDigest("scale: 1", "code");

        assertThat(contextDigest("scale: 2", "code")).isEqualTo(before);
        assertThat(contextDigest("scale: 1", "other")).isNotEqualTo(before);
    }

    private Digest contextDigest(String stackFile, String code) throws IOException {
        Path folder = Files.createTempDirectory(home, "context");
        Files.writeString(folder.resolve("viking.yml"), stackFile);
        Files.writeString(folder.resolve("code"), code);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        Packer.context(folder, tar);
        return ContextDigest.of(new ByteArrayInputStream(tar.toByteArray()), "viking.yml");
    }

    private Digest site(String name, String text) throws IOException {
        Path folder = Files.createTempDirectory(home, "folder");
        Files.writeString(folder.resolve(name), text);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        Packer.context(folder, tar);
        Digest digest = Digest.of(tar.toByteArray());
        blobs.put(digest, new ByteArrayInputStream(tar.toByteArray()));
        return digest;
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
