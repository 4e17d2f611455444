package concierge.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.ImageTransfer;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.model.Digest;
import concierge.state.BuiltOn;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import concierge.testing.DockerEngine;
import concierge.testing.Registry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images from one real engine to another, over real links. */
class ImageFetcherIT {
    private static final String INSTALLATION = "image-fetches";
    private static final int LARGE = 6 << 20;
    private static final int SMALL = 64 << 10;

    private static DockerEngine second;

    @TempDir
    Path folder;

    private final Store store = new MemoryStore(InstantSource.system());
    private final List<AutoCloseable> parts = new ArrayList<>();
    private DockerExecutor builder;
    private DockerExecutor taker;
    private Counting counted;
    private TestTrust installation;
    private final List<String> progress = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startSecond() {
        second = DockerEngine.start();
    }

    @AfterAll
    static void stopSecond() {
        second.close();
    }

    @BeforeEach
    void open() {
        installation = TestTrust.of(folder.resolve("trust"), INSTALLATION);
        builder = new DockerExecutor(DockerSettings.of(INSTALLATION, folder.resolve("one/logs")).withEngine(DockerEngine.shared().address()));
        taker = new DockerExecutor(DockerSettings.of(INSTALLATION, folder.resolve("two/logs")).withEngine(second.address()));
        counted = new Counting(taker);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts.reversed()) part.close();
        for (DockerExecutor executor : List.of(builder, taker)) {
            executor.builtImages().forEach(image -> executor.removeImage(image.reference()));
            executor.close();
        }
        store.close();
    }

    /** An image with that many bytes of its own on top of another. */
    private String build(String from, String reference, int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        ByteArrayOutputStream context = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(context)) {
            TarArchiveEntry entry = new TarArchiveEntry("content-" + bytes);
            entry.setSize(bytes);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        String dockerfile = "FROM " + from + "\nCOPY . /content\n";
        return builder.build(
                new BuildRequest(dockerfile, () -> new ByteArrayInputStream(context.toByteArray()), reference, Map.of("concierge.inputs", Digest.of(dockerfile + bytes).hex()), false), _ -> {});
    }

    private PeerListener listen(String host, Answers answers) {
        try {
            PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member(host), answers);
            parts.add(listener);
            store.commit(Transaction.id(host).put(Keys.peerHost(host), new Listed("127.0.0.1:" + listener.port(), host).value()).build());
            return listener;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void listenAsServer(List<String> hosts) throws IOException {
        PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member("server"), new Answers(List.of(), List.of(), Optional.of(serving(hosts)), Optional.empty()));
        parts.add(listener);
        store.commit(Transaction.id("server").put(Keys.peerServer("server", "0"), new Listed("127.0.0.1:" + listener.port(), "server").value()).build());
    }

    private static Answers.Serving serving(List<String> hosts) {
        return new Answers.Serving() {
            @Override
            public List<String> imageHosts(String reference) {
                return hosts;
            }

            @Override
            public Path upload(Digest digest) throws IOException {
                throw new java.nio.file.NoSuchFileException(digest.hex());
            }

            @Override
            public QueueAnswer queue(String path, String installation) {
                throw new AssertionError(path);
            }

            @Override
            public void awaitRouters(long revision, java.time.Duration bound) {}
        };
    }

    private void built(String reference, String host, String id) {
        store.commit(Transaction.id("built-" + reference).put(Keys.built(reference), new BuiltOn(host, id).value()).build());
    }

    private ImageFetcher fetcher() {
        return new ImageFetcher("two", counted, new Directory(store), Optional.of(new Peers(new Directory(store), installation.member("two"))));
    }

    @Test
    void onlyLayersThatAreNotThereComeAndTheImageIsTheSame() {
        listen("one", new Answers(List.of(builder)));
        String first = build("busybox:stable", "concierge/shop-app:aaaaaaaaaaaa", LARGE);
        built("concierge/shop-app:aaaaaaaaaaaa", "one", first);
        fetcher().fetch("concierge/shop-app:aaaaaaaaaaaa", progress::add);
        assertThat(taker.imageId("concierge/shop-app:aaaaaaaaaaaa")).contains(first);
        assertThat(counted.bytes).isGreaterThan(LARGE);
        assertThat(progress).first().isEqualTo("fetching concierge/shop-app:aaaaaaaaaaaa from one");
        assertThat(progress).anyMatch(line -> line.matches("fetching concierge/shop-app:aaaaaaaaaaaa from one: [0-9]+ of [0-9]+ MiB"));

        counted.bytes = 0;
        String changed = build("concierge/shop-app:aaaaaaaaaaaa", "concierge/shop-app:bbbbbbbbbbbb", SMALL);
        built("concierge/shop-app:bbbbbbbbbbbb", "one", changed);
        fetcher().fetch("concierge/shop-app:bbbbbbbbbbbb", progress::add);
        assertThat(taker.imageId("concierge/shop-app:bbbbbbbbbbbb")).contains(changed);
        assertThat(counted.bytes).as("the changed layer alone, and descriptions").isBetween((long) SMALL, SMALL + 64L * 1024);
        System.out.println("image fetch: a layer of " + SMALL + " bytes on " + LARGE + " took " + counted.bytes + " bytes");

        counted.bytes = 0;
        fetcher().fetch("concierge/shop-app:bbbbbbbbbbbb", progress::add);
        assertThat(counted.bytes).as("it is there").isZero();
    }

    @Test
    void whenOneHostDiesInTheMiddleTheNextOneGivesIt() throws Exception {
        String id = build("busybox:stable", "concierge/shop-app:cccccccccccc", LARGE);
        PeerListener[] dying = new PeerListener[1];
        dying[0] = listen("dying", new Answers(List.of(new Giving(builder, LARGE / 2, () -> dying[0].close()))));
        listen("one", new Answers(List.of(builder)));
        listenAsServer(List.of("dying", "one"));
        fetcher().fetch("concierge/shop-app:cccccccccccc", progress::add);
        assertThat(taker.imageId("concierge/shop-app:cccccccccccc")).contains(id);
        assertThat(progress).filteredOn(line -> line.endsWith("app:cccccccccccc from dying") || line.endsWith("app:cccccccccccc from one")).hasSize(2);
    }

    @Test
    void whatBreaksOffLeavesNothingAndSaysWhatEachHostSaid() throws Exception {
        build("busybox:stable", "concierge/shop-app:dddddddddddd", LARGE);
        PeerListener[] dying = new PeerListener[1];
        dying[0] = listen("dying", new Answers(List.of(new Giving(builder, LARGE / 2, () -> dying[0].close()))));
        listen("empty", new Answers(List.of()));
        listenAsServer(List.of("dying", "empty"));
        assertThatThrownBy(() -> fetcher().fetch("concierge/shop-app:dddddddddddd", progress::add))
                .isInstanceOf(ExecutorException.class)
                .hasMessageContaining("is not on this engine, and could not be fetched")
                .hasMessageContaining("host dying broke off after")
                .hasMessageContaining("there is no engine here (on host empty)");
        assertThat(taker.imageId("concierge/shop-app:dddddddddddd")).isEmpty();
        assertThat(taker.availability().available()).isTrue();
    }

    @Test
    void anImageOfTheSameNameThatIsAnotherOneIsNotTaken() {
        build("busybox:stable", "concierge/shop-app:eeeeeeeeeeee", SMALL);
        built("concierge/shop-app:eeeeeeeeeeee", "one", "sha256:" + "0".repeat(64));
        listen("one", new Answers(List.of(builder)));
        assertThatThrownBy(() -> fetcher().fetch("concierge/shop-app:eeeeeeeeeeee", progress::add)).hasMessageContaining("host one has another image of that name");
        assertThat(taker.imageId("concierge/shop-app:eeeeeeeeeeee")).isEmpty();
    }

    @Test
    void whatWasPushedIsPulledByItsDigestUnderOurNameAlone() {
        try (Registry registry = Registry.start(folder)) {
            String source = pushed(registry, "concierge/shop-app:111111111111");
            fetcher().fetch("concierge/shop-app:111111111111", progress::add);
            assertThat(taker.imageId("concierge/shop-app:111111111111")).isEqualTo(builder.imageId("concierge/shop-app:111111111111"));
            assertThat(progress).first().isEqualTo("pulling " + source);
            assertThat(counted.bytes).as("from other hosts").isZero();
            assertThat(taker.builtImages()).extracting(ImageEngine.BuiltImage::reference).containsExactly("concierge/shop-app:111111111111");
            taker.removeImage("concierge/shop-app:111111111111");
            assertThat(taker.imageId(source)).as("nothing is left of it").isEmpty();
        }
    }

    @Test
    void whoCannotAskOtherHostsPullsAllTheSameAndSaysWhatItLacks() {
        ImageFetcher alone = new ImageFetcher("two", counted, new Directory(store), Optional.empty());
        try (Registry registry = Registry.start(folder)) {
            pushed(registry, "concierge/shop-app:333333333333");
            alone.fetch("concierge/shop-app:333333333333", progress::add);
            assertThat(taker.imageId("concierge/shop-app:333333333333")).isEqualTo(builder.imageId("concierge/shop-app:333333333333"));
        }
        assertThatThrownBy(() -> alone.fetch("concierge/shop-app:444444444444", progress::add))
                .isInstanceOf(ExecutorException.class).hasMessageContaining("secrets.key");
    }

    @Test
    void aRegistryThatIsDownHoldsUpNobodyWhileAHostHasTheImage() {
        listen("one", new Answers(List.of(builder)));
        Registry registry = Registry.start(folder);
        String source = pushed(registry, "concierge/shop-app:222222222222");
        registry.close();
        fetcher().fetch("concierge/shop-app:222222222222", progress::add);
        assertThat(taker.imageId("concierge/shop-app:222222222222")).isEqualTo(builder.imageId("concierge/shop-app:222222222222"));
        assertThat(progress).anyMatch(line -> line.startsWith("cannot pull " + source + ", looking for a host that has it: "));
        assertThat(progress).contains("fetching concierge/shop-app:222222222222 from one");
    }

    /** Built on one, and given out by a registry from then on. */
    private String pushed(Registry registry, String reference) {
        String id = build("busybox:stable", reference, SMALL);
        String target = registry.host() + "/team/shop-app:1";
        String digest = builder.push(reference, target, _ -> {});
        assertThat(digest).matches("sha256:[0-9a-f]{64}");
        builder.removeImage(target);
        String source = registry.host() + "/team/shop-app@" + digest;
        store.commit(Transaction.id("built-" + reference).put(Keys.built(reference), new BuiltOn("one", id, Optional.of(source)).value()).build());
        return source;
    }

    @Test
    void anEngineThatWantsAllLayersGetsThem() {
        listen("one", new Answers(List.of(builder)));
        String id = build("busybox:stable", "concierge/shop-app:ffffffffffff", SMALL);
        built("concierge/shop-app:ffffffffffff", "one", id);
        counted.pretendsToKnow = 2;
        fetcher().fetch("concierge/shop-app:ffffffffffff", progress::add);
        assertThat(taker.imageId("concierge/shop-app:ffffffffffff")).contains(id);
    }

    /** Counts what comes. */
    private static final class Counting implements ImageTransfer {
        private final ImageTransfer engine;
        private long bytes;
        private int pretendsToKnow;

        Counting(ImageTransfer engine) {
            this.engine = engine;
        }

        @Override
        public Optional<Image> describe(String reference) {
            return engine.describe(reference);
        }

        @Override
        public void pull(String source, String reference, Consumer<String> progress) {
            engine.pull(source, reference, progress);
        }

        @Override
        public int known(List<String> layers) {
            return pretendsToKnow == 0 ? engine.known(layers) : pretendsToKnow;
        }

        @Override
        public void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
            engine.give(reference, without, size, to);
        }

        @Override
        public void take(String reference, InputStream tar, long size) throws IOException {
            engine.take(reference, new FilterInputStream(tar) {
                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    int count = super.read(target, offset, length);
                    if (count > 0) bytes += count;
                    return count;
                }
            }, size);
        }
    }

    /** Something happens once it has given so many bytes. */
    private static final class Giving extends FakeEngine {
        private final ImageTransfer engine;
        private final int after;
        private final Runnable happens;

        Giving(ImageTransfer engine, int after, Runnable happens) {
            this.engine = engine;
            this.after = after;
            this.happens = happens;
        }

        @Override
        public Optional<Image> describe(String reference) {
            return engine.describe(reference);
        }

        @Override
        public void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
            engine.give(reference, without, size, new FilterOutputStream(to) {
                private int given;

                @Override
                public void write(byte[] content, int offset, int length) throws IOException {
                    out.write(content, offset, length);
                    given += length;
                    if (given > after) happens.run();
                }
            });
        }
    }
}
