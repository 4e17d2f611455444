package concierge.server.http;

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
    void aFullDiskIsToldOnce() {
        var store = Failures.refusal(new StoreException("commit failed", new StoreException.Full("store /x/state.db: the disk is full", null))).answer();
        assertThat(store.title()).isEqualTo("store /x/state.db: the disk is full");
        assertThat(store.detail()).isEmpty();
        var file = Failures.refusal(new FileSystemException("/x/blobs/1", null, "No space left on device")).answer();
        assertThat(file.title()).isEqualTo("the server's disk is full: /x/blobs/1");
        assertThat(file.detail()).isEmpty();
        assertThat(file.hint()).contains("nothing was changed; make room and try again");
    }

    @Test
    void otherFailuresOfTheStoreAreNotTakenForAFullDisk() {
        assertThat(code(new StoreException("closed"))).isEqualTo("store-unavailable");
        assertThat(code(new java.io.IOException("Permission denied"))).isEqualTo("internal");
    }
}
