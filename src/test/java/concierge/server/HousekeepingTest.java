package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Digest;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import concierge.model.StackRecord;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that is referred to goes, everything else does. */
final class HousekeepingTest {
    @TempDir
    Path home;

    private final Store store = new MemoryStore(InstantSource.system());
    private concierge.image.Blobs blobs;
    private Housekeeping keeping;

    @BeforeEach
    void open() throws IOException {
        blobs = new concierge.image.Blobs(home, InstantSource.system());
        keeping = new Housekeeping(store, blobs, List.of(home.resolve("server.log")));
    }

    @Test
    void removesASpecificationThatNothingRefersToAtTheSecondLook() {
        ServiceSpec used = ServiceSpec.of("busybox:1");
        ServiceSpec unused = ServiceSpec.of("busybox:2");
        commit(to -> {
            Writes.spec(to, used);
            Writes.spec(to, unused);
            Writes.intent(to, new ServiceId("shop", "default", "web"), Intent.of(Codec.digest(used), 1, "1"));
        });
        keeping.look();
        assertThat(store.find(Keys.spec(Codec.digest(unused)))).isPresent();
        keeping.look();
        assertThat(store.find(Keys.spec(Codec.digest(unused)))).isEmpty();
        assertThat(store.find(Keys.spec(Codec.digest(used)))).isPresent();
    }

    @Test
    void keepsASpecificationThatADeployHasJustWrittenAgain() {
        ServiceSpec spec = ServiceSpec.of("busybox:2");
        commit(to -> Writes.spec(to, spec));
        keeping.look();
        commit(to -> Writes.spec(to, spec));
        keeping.look();
        assertThat(store.find(Keys.spec(Codec.digest(spec)))).isPresent();
    }

    @Test
    void removesOldUploadsButTheStackFileAndTheSiteThatAreDeployed() throws IOException {
        Digest file = upload("a stack file");
        Digest site = upload("a site");
        Digest context = upload("a context");
        ServiceSpec spec = new SpecBuilder().site(new Site("./www", Optional.of(site))).build();
        commit(to -> {
            Writes.spec(to, spec);
            Writes.intent(to, new ServiceId("shop", "default", "web"), Intent.of(Codec.digest(spec), 1, "1"));
            Writes.stack(to, new StackRecord("shop", "", List.of(), "default", new TreeMap<>(Map.of("default", file))));
        });
        keeping.look();
        assertThat(blobs.exists(file)).isTrue();
        assertThat(blobs.exists(site)).isTrue();
        assertThat(blobs.exists(context)).isFalse();
    }

    @Test
    void forgetsTheImagesOfTagsThatWereReplacedButNotThoseOfStacksThatWereOnlyBuilt() {
        ServiceSpec spec = ServiceSpec.of("concierge/shop-app:2");
        commit(to -> {
            Writes.spec(to, spec);
            Writes.intent(to, new ServiceId("shop", "v2", "web"), Intent.of(Codec.digest(spec), 1, "1"));
            Writes.stack(to, new StackRecord("shop", "", List.of(), "v2", new TreeMap<>(Map.of("v2", Digest.of("file")))));
            to.put(Keys.image("shop", "v1", "app"), "concierge/shop-app:1");
            to.put(Keys.image("shop", "v2", "app"), "concierge/shop-app:2");
            to.put(Keys.image("base", "default", "os"), "concierge/base-os:1");
        });
        keeping.look();
        assertThat(Listing.all(store, Keys.IMAGES)).extracting(entry -> entry.value().text())
                .containsExactlyInAnyOrder("concierge/shop-app:2", "concierge/base-os:1");
        assertThat(Housekeeping.References.read(store).images()).containsExactlyInAnyOrder("concierge/shop-app:2", "concierge/base-os:1");
    }

    @Test
    void keepsTheLogBounded() throws IOException {
        Path log = Files.write(home.resolve("server.log"), new byte[(int) Housekeeping.LOG_BYTES + 1]);
        keeping.look();
        assertThat(log).hasSize(0);
        assertThat(home.resolve("server.log.1")).hasSize(Housekeeping.LOG_BYTES + 1);
    }

    /** Older than the grace that a client has from an upload to its deploy. */
    private Digest upload(String text) throws IOException {
        Digest digest = Digest.of(text);
        blobs.put(digest, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        Files.setLastModifiedTime(blobs.path(digest), FileTime.from(Instant.now().minus(concierge.image.Blobs.GRACE.multipliedBy(2))));
        return digest;
    }

    private void commit(Consumer<Transaction.Builder> writes) {
        Transaction.Builder to = Transaction.id(Commits.id("test"));
        writes.accept(to);
        assertThat(store.commit(to.build())).isInstanceOf(CommitResult.Committed.class);
    }
}
