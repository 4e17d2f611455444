package concierge.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.model.Digest;
import concierge.peer.Answers;
import concierge.peer.Directory;
import concierge.peer.PeerListener;
import concierge.peer.Peers;
import concierge.peer.QueueAnswer;
import concierge.peer.TestTrust;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers of one queue: either can be asked, the one that leads answers. */
class QueueCallsTest {
    @TempDir
    Path folder;

    private final Store store = new MemoryStore(InstantSource.system());
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private TestTrust trust;
    private Queue first;
    private Queue second;
    private QueueCalls asked;
    private int port;

    @BeforeEach
    void serve() throws Exception {
        trust = TestTrust.of(folder.resolve("trust"), "ours");
        commit(Keys.QUEUE_IDENTITIES + "one", "");
        Transaction.Builder to = QueueRecords.change("add");
        QueueRecords.add(to, "t1", "clock", Json.mapper().createObjectNode(), 2);
        store.commit(to.build());
        first = server("first");
        second = server("second");
        lead("first", first);
    }

    /** The last one that was made is the one that is asked. */
    private Queue server(String name) throws Exception {
        Queue queue = new Queue(store, Duration.ofSeconds(30), System::nanoTime);
        QueueCalls calls = new QueueCalls(queue, store, Optional.of(new Peers(new Directory(store), trust.member(name))));
        PeerListener peer = PeerListener.start("127.0.0.1", 0, trust.member(name), new Answers(List.of(), List.of(), Optional.of(serving(calls)), Optional.empty()));
        parts.add(peer);
        commit(Keys.peerServer(name, "home"), "127.0.0.1:" + peer.port() + " " + name);
        asked = calls;
        QueueListener listener = new QueueListener(calls, "127.0.0.1", 0);
        parts.add(listener);
        port = listener.port();
        return queue;
    }

    private static Answers.Serving serving(QueueCalls calls) {
        return new Answers.Serving() {
            @Override
            public List<String> imageHosts(String reference) {
                return List.of();
            }

            @Override
            public Path upload(Digest digest) throws NoSuchFileException {
                throw new NoSuchFileException(digest.hex());
            }

            @Override
            public QueueAnswer queue(String path, String installation) {
                return calls.passedOn(path, installation);
            }

            @Override
            public void awaitRouters(long revision, Duration bound) {
                // There are none.
            }
        };
    }

    private void commit(String key, String value) {
        store.commit(Transaction.id("test-" + key + "-" + store.revision()).put(key, Value.of(value)).build());
    }

    private void lead(String name, Queue queue) {
        store.commit(Transaction.id("vacant-" + name).delete(Keys.LEADER).build());
        commit(Keys.LEADER, name);
        queue.elected(store.find(Keys.LEADER).orElseThrow().created());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts.reversed()) part.close();
        client.close();
        store.close();
    }

    private HttpResponse<String> call(String path) throws Exception {
        return call(path, "curl/8.0");
    }

    private HttpResponse<String> call(String path, String agent) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/concierge/api/" + path)).header("User-Agent", agent).POST(HttpRequest.BodyPublishers.noBody()).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void whoCallsIsPassedOnToo() throws Exception {
        String mine = "concierge/0.1.0 (0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111)";
        call("one/claim/t1", mine);
        assertThat(first.owners().get("t1").installation()).isEqualTo("0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111");
        assertThat(call("one/heartbeat", "concierge/0.1.0 (1e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111)").body()).contains("\"claims\":[]");
        assertThat(call("one/heartbeat", mine).body()).contains("\"claims\":[{\"uuid\":\"t1\"}]");
    }

    @Test
    void onlyWhatOurConciergesSayOfThemselvesIsAnInstallation() {
        assertThat(QueueCalls.installation("concierge/1.2-dev (0E3C1A52-7d6e-4a55-8f7e-b6a2a3a1b111)")).isEqualTo("0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111");
        for (String other : List.of("", "Java-http-client/25", "concierge/1 (inst)", "concierge/1", "concierge/1 (0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111) x")) assertThat(QueueCalls.installation(other)).as(other).isEmpty();
        assertThat(QueueCalls.installation(null)).isEmpty();
    }

    @Test
    void aServerThatDoesNotLeadPassesCallsOn() throws Exception {
        HttpResponse<String> claim = call("one/claim/t1");
        assertThat(claim.body()).contains("\"type\":\"clock\"");
        assertThat(claim.statusCode()).isEqualTo(200);
        assertThat(first.standing().get("one").silentSeconds()).as("heard by the one that leads").isPresent();
        assertThat(second.standing().get("one").silentSeconds()).isEmpty();
        assertThat(asked.standing().get("one").silentSeconds()).as("told by the one that leads").isPresent();
        assertThat(call("one/claim/t1").statusCode()).isEqualTo(423);
        assertThat(call("two/heartbeat").statusCode()).isEqualTo(403);
    }

    @Test
    void whoeverLeadsNextAnswersWithoutAnotherAddress() throws Exception {
        call("one/claim/t1");
        first.deposed("test");
        assertThat(call("one/heartbeat").statusCode()).as("one that no longer leads passes nothing on again").isEqualTo(503);
        lead("second", second);
        assertThat(call("one/heartbeat").body()).contains("\"claims\":[{\"uuid\":\"t1\"}]");
    }

    @Test
    void aLeaderThatIsGoneIsTold() throws Exception {
        parts.getFirst().close();
        HttpResponse<String> answer = call("one/heartbeat");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("first").contains("was not reached");
        store.commit(Transaction.id("vacant").delete(Keys.LEADER).build());
        assertThat(call("one/heartbeat").body()).contains("no server leads");
    }
}
