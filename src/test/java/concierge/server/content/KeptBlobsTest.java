package concierge.server.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import concierge.server.refusal.Refusal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptBlobsTest {
    @TempDir
    Path home;

    private Digest kept(byte[] content) throws Exception {
        Digest digest = Digest.of(content);
        blobs().put(digest, new ByteArrayInputStream(content));
        return digest;
    }

    private KeptBlobs blobs() throws Exception {
        return new KeptBlobs(new concierge.image.Blobs(home, InstantSource.system()), java.util.Optional.empty());
    }

    @Test
    void aSiteThatMustNotBeUnpackedIsTheClientsMistakeAndNamesTheEntry() throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(tar)) {
            TarArchiveEntry entry = new TarArchiveEntry("../../evil");
            entry.setSize(1);
            out.putArchiveEntry(entry);
            out.write('x');
            out.closeArchiveEntry();
        }
        Digest site = kept(tar.toByteArray());
        assertThatThrownBy(() -> blobs().unpackSite(site)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.answer().code()).isEqualTo("bad-request");
            assertThat(refusal.answer().title()).contains("../../evil").contains("leads out of the folder");
        });
        Digest garbage = kept("no tar".repeat(200).getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> blobs().unpackSite(garbage)).isInstanceOf(Refusal.class).hasMessageContaining("not a tar");
    }
}
