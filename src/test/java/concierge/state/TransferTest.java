package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.RunKind;
import concierge.model.Status;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.store.memory.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferTest {
    private static final AtomicInteger IDS = new AtomicInteger();
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static final InstanceId DB = InstanceId.parse("shop/default/db/1");

    @TempDir
    Path folder;

    private final Store source = new MemoryStore(InstantSource.system());
    private final Store target = new MemoryStore(InstantSource.system());

    private static long put(Store store, String key, Value value) {
        return ((CommitResult.Committed) store.commit(Transaction.id("t" + IDS.incrementAndGet()).put(key, value).build())).revision();
    }

    /** An installation whose web runs; what its db did belongs to an earlier generation. */
    private long fill() {
        Installation.ensure(source);
        for (int i = 0; i < 50; i++) put(source, "/env/shop/K", Value.of("" + i));
        long web = assign(WEB);
        assign(DB);
        put(source, Keys.status("n1", WEB), Codec.value(Status.of(web, InstanceState.ready, Instant.EPOCH, "")));
        put(source, Keys.status("n1", DB), Codec.value(Status.of(3, InstanceState.ready, Instant.EPOCH, "")));
        put(source, "/env/shop/BYTES", Value.of(new byte[] {(byte) 0xff, 0, 1}));
        for (int i = 0; i < 300; i++) put(source, "/specs/" + i, Value.of("spec"));
        Store.Lease lease = source.grant(Duration.ofMinutes(1));
        assertThat(source.commit(Transaction.id("lease").put(Keys.LEADER, Value.of("n1"), lease.id()).put(Keys.host("n1"), Value.of("{}"), lease.id()).build()))
                .isInstanceOf(CommitResult.Committed.class);
        return web;
    }

    private long assign(InstanceId instance) {
        Assignment assignment = new Assignment(
                instance, "n1", Digest.of("spec"), ExecutorKind.process, 0, new TreeMap<>(), Assignment.Desired.run, new RunKind.Forever(), "");
        return put(source, Keys.assign("n1", instance), Codec.value(assignment));
    }

    private static long created(Store store, InstanceId instance) {
        return store.find(Keys.assign("n1", instance)).orElseThrow().created();
    }

    @Test
    void everythingIsBroughtButWhatLivesUnderLeases() {
        fill();
        Transfer.into(target, Snapshot.of(source), _ -> {});
        assertThat(Installation.find(target)).isEqualTo(Installation.find(source)).isPresent();
        assertThat(target.find(Keys.LEADER)).isEmpty();
        assertThat(target.find(Keys.host("n1"))).isEmpty();
        assertThat(target.find("/env/shop/BYTES").orElseThrow().value()).isEqualTo(Value.of(new byte[] {(byte) 0xff, 0, 1}));
        assertThat(target.list("/specs/", "", Limits.PAGE, 0).entries()).hasSize(300);
    }

    @Test
    void statusesTellTheNewGenerationAndAdoptionsTheOldOne() {
        long old = fill();
        Transfer.into(target, Snapshot.of(source), _ -> {});
        long now = created(target, WEB);
        assertThat(now).isNotEqualTo(old);
        assertThat(Codec.status(target.find(Keys.status("n1", WEB)).orElseThrow().value()).generation()).isEqualTo(now);
        Entry adopted = target.find(Keys.ADOPTED + "n1/" + WEB.path()).orElseThrow();
        assertThat(Adoption.of(adopted.key(), adopted.value())).isEqualTo(new Adoption(old, now));
        assertThat(target.find(Keys.status("n1", DB))).as("of an earlier generation").isEmpty();
    }

    @Test
    void whatIsBroughtTwiceKeepsTheGenerationThatItRunsUnder() {
        long old = fill();
        Transfer.into(target, Snapshot.of(source), _ -> {});
        Store third = new MemoryStore(InstantSource.system());
        put(third, "/other", Value.EMPTY);
        assertThat(third.commit(Transaction.id("gone").delete("/other").build())).isInstanceOf(CommitResult.Committed.class);
        Transfer.into(third, Snapshot.of(target), _ -> {});
        Entry adopted = third.find(Keys.ADOPTED + "n1/" + WEB.path()).orElseThrow();
        assertThat(Adoption.of(adopted.key(), adopted.value())).isEqualTo(new Adoption(old, created(third, WEB)));
    }

    @Test
    void aStoreThatIsNotEmptyIsLeftAsItIsAndOneWithoutAnInstallationIsNoSource() {
        assertThatThrownBy(() -> Snapshot.of(source)).isInstanceOf(StoreException.class).hasMessageContaining("no installation");
        fill();
        long before = put(target, "/theirs", Value.EMPTY);
        assertThatThrownBy(() -> Transfer.into(target, Snapshot.of(source), _ -> {})).isInstanceOf(StoreException.class).hasMessageContaining("holds data already");
        assertThat(target.revision()).isEqualTo(before);
    }

    @Test
    void aStoreThatHoldsHalfOfItIsNobodys() {
        fill();
        AtomicInteger passes = new AtomicInteger();
        Snapshot broken = sink -> {
            int pass = passes.incrementAndGet();
            Snapshot.of(source).each(entry -> {
                // The first passes look for adoptions and write assignments.
                if (pass == 3 && entry.key().equals("/specs/9")) throw new StoreException("cut off");
                sink.accept(entry);
            });
        };
        assertThatThrownBy(() -> Transfer.into(target, broken, _ -> {})).hasMessage("cut off");
        assertThat(target.list("/", "", 1, 0).entries()).isNotEmpty();
        assertThatThrownBy(() -> Installation.ensure(target)).isInstanceOf(StoreException.class).hasMessageContaining("no /meta/installation");
    }

    @Test
    void aStateInAFileIsItsHomesAloneAndATransferLeavesThatBehind() {
        fill();
        Installation.requireHome(source::find, "b");
        Installation.settle(source, "a", "/home/anna of the shop");
        Installation.requireHome(source::find, "a");
        assertThatThrownBy(() -> Installation.requireHome(source::find, "b")).isInstanceOf(StoreException.class)
                .hasMessageContaining("belongs to the home /home/anna of the shop ").hasMessageContaining("concierge restore FILE");
        Transfer.into(target, Snapshot.of(source), _ -> {});
        Installation.requireHome(target::find, "b");
    }

    @Test
    void aStateThatWasMovedIsTakenByNoServerAndTheMarkStaysBehind() {
        fill();
        Installation.leave(source, "etcd://a:2379/shop");
        assertThatThrownBy(() -> Installation.ensure(source)).isInstanceOf(StoreException.class)
                .hasMessageContaining("was moved from here to etcd://a:2379/shop").hasMessageContaining("store.url");
        Transfer.into(target, Snapshot.of(source), _ -> {});
        assertThat(Installation.ensure(target)).isNotEmpty();
        Transfer.forget(target, _ -> {});
        assertThat(target.list("", "", 1, 0).entries()).isEmpty();
    }

    @Test
    void aBackupBringsBackTheSame() throws IOException {
        long old = fill();
        Path file = folder.resolve("shop.backup");
        long written = Backup.write(file, Snapshot.of(source), _ -> {});
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(Files.list(folder)).containsExactly(file);
        Transfer.into(target, Backup.open(file), _ -> {});
        Store direct = new MemoryStore(InstantSource.system());
        Transfer.into(direct, Snapshot.of(source), _ -> {});
        assertThat(values(target)).isEqualTo(values(direct)).hasSizeGreaterThan((int) written);
        Entry adopted = target.find(Keys.ADOPTED + "n1/" + WEB.path()).orElseThrow();
        assertThat(Adoption.of(adopted.key(), adopted.value()).from()).isEqualTo(old);
        assertThatThrownBy(() -> Backup.write(file, Snapshot.of(source), _ -> {})).hasMessageContaining("exists");
    }

    private static List<String> values(Store store) {
        return store.list("/", "", Limits.PAGE, 0).entries().stream().map(entry -> entry.key() + "=" + entry.value()).toList();
    }

    @Test
    void theFormOfABackupStaysAsItIs() throws IOException {
        put(source, Keys.INSTALLATION, Value.of("id"));
        put(source, "/a", Value.of("ü\n"));
        put(source, "/b", Value.of(new byte[] {(byte) 0xff}));
        Path file = folder.resolve("golden");
        Backup.write(file, Snapshot.of(source), _ -> {});
        assertThat(Files.readString(file)).isEqualTo("""
                {"concierge":"backup","format":1}
                {"created":2,"key":"/a","text":"ü\\n"}
                {"bytes":"/w==","created":3,"key":"/b"}
                {"created":1,"key":"/meta/installation","text":"id"}
                {"digest":"3 entries, DIGEST"}
                """.replace("DIGEST", Files.readString(file).replaceAll("(?s).*entries, ([0-9a-f]{64}).*", "$1")));
    }

    @Test
    void aDamagedBackupIsRefusedWithWhatIsWrong() throws IOException {
        fill();
        Path file = folder.resolve("whole");
        Backup.write(file, Snapshot.of(source), _ -> {});
        String whole = Files.readString(file);
        refused(whole.substring(0, whole.length() / 2), "damaged");
        refused(whole.replaceFirst("\"K\"|\"49\"", "\"50\""), "it holds 3");
        refused(whole + whole, "something follows");
        refused(whole.replaceFirst("\"format\":1", "\"format\":2"), "format 2 (expected: at most 1");
        refused("hello", "not a backup");
        refused("", "not a backup");
        refused(whole.lines().filter(line -> !line.contains("digest")).reduce("", (a, b) -> a + b + "\n"), "its end is missing");
        assertThatThrownBy(() -> Backup.open(folder.resolve("none"))).isInstanceOf(StoreException.class).hasMessageContaining("no such file");
    }

    private void refused(String text, String said) throws IOException {
        Path file = Files.writeString(folder.resolve("damaged"), text);
        assertThatThrownBy(() -> Backup.open(file)).as(said).isInstanceOf(StoreException.class).hasMessageContaining(said);
    }
}
