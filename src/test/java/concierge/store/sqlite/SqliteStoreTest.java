package concierge.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreContract;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {
    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("home").resolve("state.db");
    }

    @Override
    protected Store open(int history) {
        return SqliteStore.open(path(), Admission.ANY, history);
    }

    /** The kernel lets this process write no file past its first page: what SQLite then gets is an input/output error. */
    @Override
    protected AutoCloseable trouble() throws Exception {
        limitFiles("4096");
        return () -> limitFiles("unlimited");
    }

    private static void limitFiles(String bytes) throws Exception {
        String own = String.valueOf(ProcessHandle.current().pid());
        Process process = new ProcessBuilder("prlimit", "--pid", own, "--fsize=" + bytes + ":").inheritIO().start();
        assertThat(process.waitFor()).isZero();
    }

    private void reopen() {
        store.close();
        store = open(200);
    }

    @Test
    void everythingIsThereAfterReopening() {
        long first = put("/a", "1");
        put("/b", "2");
        store.commit(Transaction.id("known").delete("/b").build());
        long revision = store.revision();
        reopen();
        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.find("/a").orElseThrow().created()).isEqualTo(first);
        assertThat(store.find("/b")).isEmpty();
        assertThat(store.committed("known")).hasValue(revision);
        assertThat(store.list("/", "", 10, first).entries()).hasSize(1);
        assertThat(put("/c", "")).isEqualTo(revision + 1);
    }

    @Test
    void revisionsNeverGoBackEvenIfTheLastCommitChangedNothing() {
        store.commit(Transaction.id("nothing").delete("/none").build());
        long revision = store.revision();
        reopen();
        assertThat(store.revision()).isEqualTo(revision).isPositive();
    }

    @Test
    void keysUnderALeaseAreGoneAfterReopeningInOneCommit() {
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        for (int i = 0; i < 150; i++) store.commit(Transaction.id("l" + i).put("/host/" + i, Value.EMPTY, lease.id()).build());
        store.commit(Transaction.id("taken over").put("/host/0", "").build());
        long revision = store.revision();
        reopen();
        assertThat(store.revision()).isEqualTo(revision + 1);
        assertThat(store.list("/host/", "", Limits.PAGE, 0).entries()).extracting(entry -> entry.key()).containsExactly("/host/0");
        reopen();
        assertThat(store.revision()).isEqualTo(revision + 1);
        assertThat(store.commit(Transaction.id("late").put("/k", Value.EMPTY, lease.id()).build())).isInstanceOf(CommitResult.Conflict.class);
    }

    @Test
    void historyAndRememberedIdsAreBounded() throws Exception {
        for (int i = 0; i < 400; i++) store.commit(Transaction.id("h" + i).put("/k" + i % 10, "" + i).delete("/gone" + i).build());
        for (int i = 0; i < 400; i++) store.commit(Transaction.id("d" + i).put("/t" + i, "").build());
        for (int i = 0; i < 400; i++) store.commit(Transaction.id("e" + i).delete("/t" + i).build());
        store.close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path());
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT count(*) FROM entries")) {
            assertThat(count.getInt(1)).isBetween(10 + 200, 10 + 2 * 320);
        }
        store = open(200);
        assertThat(store.list("/", "", Limits.PAGE, 0).entries()).hasSize(10);
    }

    @Test
    void theFileIsForItsOwnerOnly() throws Exception {
        put("/env/shop/KEY", "secret");
        for (String suffix : new String[] {"", "-wal"}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(path() + suffix)))).isEqualTo("rw-------");
        }
    }

    @Test
    void operatorsCanLookIntoItMeanwhile() throws Exception {
        put("/a", "value");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CAST(value AS TEXT) FROM entries WHERE key = '/a'")) {
            assertThat(row.getString(1)).isEqualTo("value");
        }
        put("/b", "goes on");
    }

    // ---- a disk that fails

    private static Transaction large(String id) {
        return Transaction.id(id).put("/large/" + id, "x".repeat(10_000)).build();
    }

    @Test
    void aDiskThatFailsLeavesTheCommitInDoubtUntilItWorksAgain() throws Exception {
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        store.commit(Transaction.id("leased").put("/leased", Value.EMPTY, lease.id()).build());
        long revision = store.revision();
        try (AutoCloseable _ = trouble()) {
            assertThat(store.commit(large("first"))).isInstanceOfSatisfying(CommitResult.Unknown.class, unknown -> {
                assertThat(unknown.id()).isEqualTo("first");
                assertThat(unknown.reason()).contains("state.db").contains("the disk fails");
            });
            assertThatThrownBy(() -> store.committed("first")).as("nobody knows yet").isInstanceOf(StoreException.class).hasMessageContaining("disk fails");
            assertThatThrownBy(() -> store.commit(large("second"))).isInstanceOf(StoreException.class).hasMessageContaining("disk fails");
            assertThat(store.find("/leased")).as("reads go on").isPresent();
            assertThat(store.revision()).isEqualTo(revision);
            assertThat(lease.keepAlive()).isTrue();
        }
        assertThat(store.committed("first")).as("settled by asking").isEmpty();
        assertThat(store.commit(large("first"))).isInstanceOf(CommitResult.Committed.class);
        assertThat(store.commit(large("second"))).isInstanceOf(CommitResult.Committed.class);
        lease.revoke();
        reopen();
        assertThat(store.list("/", "", 10, 0).entries()).extracting(entry -> entry.key()).containsExactly("/large/first", "/large/second");
    }

    @Test
    void aDoubtIsSettledWithoutAnybodyAskingAndLeasesEndThen() throws Exception {
        Store.Lease lease = store.grant(Limits.SHORTEST_LEASE);
        store.commit(Transaction.id("leased").put("/leased", Value.EMPTY, lease.id()).build());
        try (AutoCloseable _ = trouble()) {
            assertThat(store.commit(large("first"))).isInstanceOf(CommitResult.Unknown.class);
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> store.find("/leased").isEmpty());
    }

    // ---- refusals

    @Test
    void aStoreThatIsNotAdmittedIsLeftAsItIs() throws Exception {
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        store.commit(Transaction.id("l").put("/leased", Value.EMPTY, lease.id()).put("/meta/format", "99").build());
        store.close();
        byte[] before = Files.readAllBytes(path());
        Admission refusal = find -> {
            throw new StoreException("format " + find.apply("/meta/format").orElseThrow().value().text());
        };
        assertThatThrownBy(() -> SqliteStore.open(path(), refusal)).isInstanceOf(StoreException.class).hasMessage("format 99");
        assertThat(Files.readAllBytes(path())).isEqualTo(before);
        store = SqliteStore.open(path(), find -> assertThat(find.apply("/leased")).as("seen before the former owner's leases end").isPresent());
        assertThat(store.find("/leased")).isEmpty();
    }

    @Test
    void aSecondOwnerIsRefusedByTheHoldersName() {
        assertThatThrownBy(() -> SqliteStore.open(path(), Admission.ANY)).isInstanceOf(StoreException.class)
                .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
        put("/still", "works");
        reopen();
    }

    @Test
    void aForeignFileIsRefusedAndLeftAsItIs() throws Exception {
        Path text = folder.resolve("notes.txt");
        Files.writeString(text, "dear diary, ".repeat(1000));
        Path database = folder.resolve("other.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE theirs (x)");
        }
        for (Path foreign : new Path[] {text, database}) {
            byte[] before = Files.readAllBytes(foreign);
            assertThatThrownBy(() -> SqliteStore.open(foreign, Admission.ANY)).isInstanceOf(StoreException.class).hasMessageContaining("not a store of this program");
            assertThat(Files.readAllBytes(foreign)).isEqualTo(before);
        }
        assertThatThrownBy(() -> SqliteStore.open(folder, Admission.ANY)).isInstanceOf(StoreException.class);
    }

    @Test
    void aNewerFormatIsRefusedWithTheVersionThatIsNeeded() throws Exception {
        put("/a", "1");
        store.close();
        try (FileChannel file = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(4).putInt(7).flip(), 60);
        }
        byte[] before = Files.readAllBytes(path());
        assertThatThrownBy(() -> open(200)).isInstanceOf(StoreException.class).hasMessageContaining("format 7").hasMessageContaining("at most 1");
        assertThat(Files.readAllBytes(path())).isEqualTo(before);
    }

    @Test
    void aDamagedFileIsRefusedAndLeftAsItIs() throws Exception {
        for (int i = 0; i < 300; i++) put("/k/" + i, "x".repeat(200));
        store.close();
        byte[] whole = Files.readAllBytes(path());
        byte[] holed = whole.clone();
        Arrays.fill(holed, 4096, holed.length, (byte) 0x5a);
        for (byte[] damaged : new byte[][] {Arrays.copyOf(whole, whole.length / 2), holed, Arrays.copyOf(whole, 50)}) {
            Files.write(path(), damaged);
            assertThatThrownBy(() -> open(200)).isInstanceOf(StoreException.class).hasMessageContaining(path().toString());
            assertThat(Files.readAllBytes(path())).isEqualTo(damaged);
        }
        Files.write(path(), whole);
        store = open(200);
        assertThat(store.list("/k/", "", Limits.PAGE, 0).entries()).hasSize(300);
    }

    @Test
    void aHalfMadeFileOfACrashIsMadeAnew() throws Exception {
        store.close();
        Files.writeString(Path.of(path() + ".new"), "half");
        Files.write(path(), new byte[0]);
        store = open(200);
        put("/k", "");
    }
}
