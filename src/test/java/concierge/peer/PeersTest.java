package concierge.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.image.Blobs;
import concierge.model.Digest;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What servers are asked: uploads, and whether routers have taken note. */
class PeersTest {
    @TempDir
    Path folder;

    private final Store store = new MemoryStore(InstantSource.system());
    private final List<AutoCloseable> parts = new ArrayList<>();
    private TestTrust installation;
    private Peers peers;

    @BeforeEach
    void join() {
        installation = TestTrust.of(folder.resolve("trust"), "ours");
        peers = new Peers(new Directory(store), installation.member("asking"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts) part.close();
        store.close();
    }

    private PeerListener server(String name, Answers.Serving serving) throws IOException {
        PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member(name), new Answers(List.of(), List.of(), Optional.of(serving), Optional.empty()));
        parts.add(listener);
        store.commit(Transaction.id(name).put(Keys.peerServer(name, "0"), new Listed("127.0.0.1:" + listener.port(), name).value()).build());
        return listener;
    }

    /** Has some uploads, and routers that have taken note once the latch is down. */
    private record Server(Path uploads, CountDownLatch noted) implements Answers.Serving {
        @Override
        public List<String> imageHosts(String reference) {
            return List.of();
        }

        @Override
        public Path upload(Digest digest) throws IOException {
            Path file = uploads.resolve(digest.hex());
            if (!Files.exists(file)) throw new NoSuchFileException(digest.hex());
            return file;
        }

        @Override
        public QueueAnswer queue(String path, String installation) {
            return new QueueAnswer(200, "[\"" + path.repeat(20_000) + "\"]");
        }

        @Override
        public void awaitRouters(long revision, Duration bound) throws InterruptedException {
            if (revision == 7) noted.await(bound.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private Server with(String name, Digest digest, byte[] content) throws IOException {
        Path uploads = Files.createDirectories(folder.resolve(name));
        Files.write(uploads.resolve(digest.hex()), content);
        return new Server(uploads, new CountDownLatch(0));
    }

    @Test
    void anUploadIsBroughtFromWhoeverHasItAsItIsNamed() throws Exception {
        byte[] content = "a site".repeat(50_000).getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(content);
        server("damaged", with("damaged", digest, "another site".getBytes(StandardCharsets.UTF_8)));
        server("empty", new Server(folder, new CountDownLatch(0)));
        server("whole", with("whole", digest, content));
        Blobs here = new Blobs(folder.resolve("here"), InstantSource.system());
        assertThat(peers.bring(digest, here)).isTrue();
        assertThat(here.open(digest).readAllBytes()).isEqualTo(content);
        assertThat(peers.bring(Digest.of("nobody's"), here)).isFalse();
        assertThat(here.put(digest, new ByteArrayInputStream(content))).isInstanceOf(Blobs.Put.Kept.class);
    }

    @Test
    void routersOfAllServersAreWaitedFor() throws Exception {
        CountDownLatch noted = new CountDownLatch(1);
        server("quick", new Server(folder, new CountDownLatch(0)));
        server("slow", new Server(folder, noted));
        CompletableFuture<Peers.Routers> asked = CompletableFuture.supplyAsync(() -> await(7, Duration.ofSeconds(20)));
        assertThat(await(6, Duration.ofSeconds(20))).as("an earlier revision").isEqualTo(Peers.Routers.asked);
        assertThat(asked).isNotDone();
        noted.countDown();
        assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(Peers.Routers.asked);
    }

    @Test
    void aCallOfTheQueueIsAnsweredByTheServerThatWasMeant() throws IOException {
        server("one", with("one", Digest.of(new byte[0]), new byte[0]));
        QueueAnswer answer = peers.queue("one", "/call", "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).as("larger than one message").hasSize(4 + 5 * 20_000).contains("/call/call");
        assertThatThrownBy(() -> peers.queue("two", "/call", "")).hasMessageContaining("server two answers no other servers");
    }

    private Peers.Routers await(long revision, Duration bound) {
        try {
            return peers.awaitRouters(revision, bound);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aServerThatDoesNotAnswerLeavesItsRoutersUncertain() throws Exception {
        assertThat(await(1, Duration.ofSeconds(1))).as("no server is known").isEqualTo(Peers.Routers.uncertain);
        server("here", new Server(folder, new CountDownLatch(0)));
        assertThat(await(1, Duration.ofSeconds(1))).isEqualTo(Peers.Routers.asked);
        server("gone", new Server(folder, new CountDownLatch(0))).close();
        assertThat(await(1, Duration.ofSeconds(1))).isEqualTo(Peers.Routers.uncertain);
    }
}
