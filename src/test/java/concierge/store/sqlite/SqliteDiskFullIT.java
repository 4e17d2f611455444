package concierge.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Limits;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A small file system is filled up; making it needs root. */
class SqliteDiskFullIT {
    private Path mount;

    @BeforeEach
    void mount() throws Exception {
        assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
        mount = Files.createTempDirectory("concierge-full");
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        if (mount == null) return;
        run("umount", mount.toString());
        Files.delete(mount);
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    }

    @Test
    void aFullDiskRefusesCommitsLosesNothingAndIsOverWhenThereIsRoom() throws Exception {
        Path ballast = mount.resolve("ballast");
        Files.write(ballast, new byte[1 << 20]);
        SqliteStore store = SqliteStore.open(mount.resolve("state.db"), Admission.ANY);
        int kept = 0;
        StoreException refusal = null;
        while (refusal == null && kept < 10_000) {
            try {
                assertThat(store.commit(commit(kept))).isInstanceOf(CommitResult.Committed.class);
                kept++;
            } catch (StoreException e) {
                refusal = e;
            }
        }
        assertThat(refusal).hasMessageEndingWith("state.db: the disk is full");
        assertThat(kept).isGreaterThan(50);
        int count = kept;
        assertThatThrownBy(() -> store.commit(commit(count))).isInstanceOf(StoreException.class);
        assertThat(store.list("/k/", "", Limits.PAGE, 0).entries()).hasSize(kept);
        assertThat(store.revision()).isEqualTo(kept);
        Files.delete(ballast);
        assertThat(store.commit(commit(kept))).isEqualTo(new CommitResult.Committed(kept + 1));
        store.close();
        try (SqliteStore again = SqliteStore.open(mount.resolve("state.db"), Admission.ANY)) {
            assertThat(again.list("/k/", "", Limits.PAGE, 0).entries()).hasSize(kept + 1);
        }
    }

    private static Transaction commit(int i) {
        return Transaction.id("c" + i).put("/k/" + i, "x".repeat(10_000)).build();
    }
}
