package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.store.StoreException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static String code(Throwable failure) {
        return Failures.refusal(failure).answer().code();
    }

    @Test
    void aFullDiskIsToldAsSuchWhereverItWasMet() {
        FileSystemException full = new FileSystemException("blobs/x", null, "No space left on device");
        assertThat(code(full)).isEqualTo("disk-full");
        assertThat(code(new UncheckedIOException(full))).isEqualTo("disk-full");
        assertThat(code(new StoreException("commit failed", new StoreException.Full("the disk is full", null)))).isEqualTo("disk-full");
    }

    @Test
    void otherFailuresOfTheStoreAreNotTakenForAFullDisk() {
        assertThat(code(new StoreException("closed"))).isEqualTo("store-unavailable");
        assertThat(code(new java.io.IOException("Permission denied"))).isEqualTo("internal");
    }
}
