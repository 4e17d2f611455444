package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.ImageEngine.BuiltImage;
import concierge.image.FakeImageEngine;
import concierge.image.Images;
import concierge.model.Digest;
import concierge.state.BuiltOn;
import concierge.state.Installation;
import concierge.state.Keys;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which images leave a host. */
class ImageKeeperTest {
    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final FakeImageEngine engine = new FakeImageEngine();
    private final String installation = Installation.ensure(store);
    private final ImageKeeper keeper = new ImageKeeper(store, installation, engine);

    /** Oldest first. */
    private final List<String> references = new ArrayList<>();

    @BeforeEach
    void fetch() {
        for (int i = 0; i < Images.KEPT_UNUSED + 3; i++) arrive("concierge/shop-app", i);
    }

    @AfterEach
    void close() {
        keeper.close();
        store.close();
    }

    private void arrive(String repository, int version) {
        Digest inputs = Digest.of(repository + version);
        String reference = repository + ":" + inputs.shortHex();
        engine.images().remove(reference);
        java.util.LinkedHashMap<String, BuiltImage> images = (java.util.LinkedHashMap<String, BuiltImage>) engine.images();
        images.putFirst(reference, new BuiltImage(reference, "sha256:" + repository + version, Optional.of(inputs), 1));
        references.add(reference);
    }

    private void needed(String reference) {
        store.commit(Transaction.id("built " + reference).put(Keys.built(reference), new BuiltOn("elsewhere", "sha256:x").value()).build());
    }

    @Test
    void whatTheStateNoLongerTellsOfGoesButForTheNewestOfEachName() {
        needed(references.getFirst());
        keeper.look();
        assertThat(engine.images()).as("a look alone proves nothing").hasSize(references.size());
        keeper.look();
        assertThat(engine.images().keySet()).containsExactlyInAnyOrderElementsOf(
                java.util.stream.Stream.concat(references.stream().limit(1), references.stream().skip(3)).toList());
    }

    @Test
    void imagesOfOthersStay() {
        for (int i = 0; i < Images.KEPT_UNUSED + 3; i++) arrive("mine", i);
        keeper.look();
        keeper.look();
        assertThat(engine.images().keySet()).filteredOn(reference -> reference.startsWith("mine:")).hasSize(Images.KEPT_UNUSED + 3);
    }

    @Test
    void nothingIsTouchedWhileTheStateIsEmptyOrAnothers() {
        ImageKeeper stranger = new ImageKeeper(store, "another installation", engine);
        stranger.look();
        stranger.look();
        assertThat(engine.images()).hasSize(references.size());
    }

    @Test
    void oneThatIsInUseHoldsUpNoOther() {
        engine.busy.add(references.get(1));
        keeper.look();
        keeper.look();
        assertThat(engine.images().keySet()).doesNotContain(references.get(0), references.get(2)).contains(references.get(1));
    }
}
