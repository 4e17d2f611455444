package concierge.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ClusterNode;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageSource;
import concierge.executor.NodeImages.Placed;
import concierge.state.BuiltOn;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How nodes of a cluster come to built images, over real links to engines that only pretend. */
class ClusterImagesTest {
    private static final String IMAGE = "concierge/shop-app:aaaaaaaaaaaa";
    private static final Map<String, String> NODES = Map.of("id1", "one", "id2", "two", "id3", "three");

    @TempDir
    Path folder;

    private final Store store = new MemoryStore(InstantSource.system());
    private final List<AutoCloseable> parts = new ArrayList<>();
    private TestTrust installation;
    private ClusterImages images;

    @BeforeEach
    void join() {
        installation = TestTrust.of(folder.resolve("trust"), "ours");
        Directory directory = new Directory(store);
        images = new ClusterImages(directory, Optional.of(new Peers(directory, installation.member("serving"))), List.of());
        built(new BuiltOn("one", "sha256:1"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts) part.close();
        store.close();
    }

    private void built(BuiltOn where) {
        store.commit(Transaction.id(where.toString()).put(Keys.built(IMAGE), where.value()).build());
    }

    /** An engine that is a node of the cluster, and fetches what it is told to. */
    private static final class Node extends FakeEngine implements ClusterNode, ImageSource {
        private final String id;
        private final Set<String> fetched = ConcurrentHashMap.newKeySet();
        private final AtomicInteger asked = new AtomicInteger();
        private volatile String trouble = "";

        Node(String id) {
            this.id = id;
        }

        @Override
        public Optional<String> node() {
            return Optional.of(id).filter(it -> !it.isEmpty());
        }

        @Override
        public void fetch(String reference, Consumer<String> progress) {
            asked.incrementAndGet();
            if (!trouble.isEmpty()) throw new ExecutorException(Kind.exhausted, trouble);
            fetched.add(reference);
        }
    }

    private Node host(String name, String id) throws IOException {
        Node node = new Node(id);
        PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member(name), new Answers(List.of(node), List.of(node), Optional.empty(), Optional.empty()));
        parts.add(listener);
        store.commit(Transaction.id(name).put(Keys.peerHost(name), new Listed("127.0.0.1:" + listener.port(), name).value()).build());
        return node;
    }

    private Placed place() {
        return images.place(IMAGE, NODES, _ -> {});
    }

    @Test
    void anImageOfARegistryStaysWhatItIsAndOneThatWasPushedIsNamedByItsDigestThere() {
        assertThat(images.place("busybox:stable", NODES, _ -> {})).isEqualTo(Placed.everywhere("busybox:stable"));
        built(new BuiltOn("one", "sha256:1", Optional.of("registry.example/team/shop-app@sha256:2")));
        assertThat(place()).isEqualTo(Placed.everywhere("registry.example/team/shop-app@sha256:2"));
    }

    @Test
    void everyNodeThatAnAgentServesFetchesItOnceAndTheOthersAreLeftOut() throws Exception {
        List<Node> served = List.of(host("first", "id1"), host("second", "id2"));
        host("beside", "");
        try (ExecutorService instances = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) instances.submit(this::place);
        }
        assertThat(served).allMatch(node -> node.fetched.contains(IMAGE) && node.asked.get() == 1);
        assertThat(place().image()).isEqualTo(IMAGE);
        assertThat(place().lacking()).isEqualTo(Map.of("id3", "node three: no agent of this installation serves its engine"));
        images.missed(IMAGE);
        place();
        assertThat(served).as("brought anew").allMatch(node -> node.asked.get() == 2);
    }

    @Test
    void aNodeThatCannotHaveItIsLeftOutWithItsReason() throws Exception {
        host("first", "id1");
        host("second", "id2").trouble = "its disk is full";
        assertThat(place().lacking().get("id2")).contains("node two: ").contains("its disk is full");
        assertThat(place().lacking()).doesNotContainKey("id1");
    }

    @Test
    void whereNoNodeCanHaveItThatIsRefusedWithWhatToDo() {
        assertThatThrownBy(this::place).isInstanceOf(ExecutorException.class)
                .hasMessageContaining("no registry has it").hasMessageContaining("node one: no agent").hasMessageContaining("images.registry")
                .extracting(e -> ((ExecutorException) e).kind()).isEqualTo(Kind.imageMissing);
    }

    @Test
    void whoHasNoPeersKnowsItsOwnEngineAlone() {
        FakeEngine own = new FakeEngineWith(IMAGE);
        ClusterImages alone = new ClusterImages(new Directory(store), Optional.empty(), List.of(own));
        assertThat(alone.place(IMAGE, NODES, _ -> {}).lacking()).containsOnlyKeys("id2", "id3");
    }

    /** The node {@code id1}, with an image. */
    private static final class FakeEngineWith extends FakeEngine implements ClusterNode {
        private final String image;

        FakeEngineWith(String image) {
            this.image = image;
        }

        @Override
        public Optional<String> node() {
            return Optional.of("id1");
        }

        @Override
        public Optional<Image> describe(String reference) {
            return Optional.of(new Image("sha256:1", "content:1", List.of(), 0)).filter(_ -> reference.equals(image));
        }
    }
}
