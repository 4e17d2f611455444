package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.Resources;
import concierge.peer.Answers;
import concierge.peer.Directory;
import concierge.peer.PeerListener;
import concierge.peer.Peers;
import concierge.peer.TestTrust;
import concierge.server.content.EngineBuilds;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a server without an engine finds one, and what it says when none answers. */
class EngineBuildsTest {
    @TempDir
    Path folder;

    private final MemoryStore store = new MemoryStore(InstantSource.system());

    private void host(String name, ExecutorKind kind) {
        HostRecord record = new HostRecord(name, List.of("127.0.0.1"), Set.of(), new Resources(4000, 8L << 30), Set.of(kind), false);
        store.commit(Transaction.id("host " + name).put(Keys.host(name), Codec.value(record)).build());
    }

    @Test
    void aHostWithAnEngineThatAnswersIsEnoughAndWithoutOneEachSaysWhy() throws Exception {
        TestTrust installation = TestTrust.of(folder, "inst");
        FakeExecutor engine = new FakeExecutor();
        engine.available = false;
        host("a", ExecutorKind.docker);
        host("b", ExecutorKind.docker);
        host("c", ExecutorKind.process);
        try (PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member("b"), new Answers(List.of(engine)));
                LiveView live = new LiveView(store)) {
            store.commit(Transaction.id("peer b").put(Keys.peerHost("b"), "127.0.0.1:" + listener.port() + " b").build());
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> live.view().hosts().sortedKeys().size() == 3);
            Peers peers = new Peers(new Directory(store), installation.member("server"));
            EngineBuilds builds = new EngineBuilds("server", List.of(), List.of(), Optional.of(peers), live, new MemoryBlobs(), "inst", Optional.empty());
            assertThat(builds.unavailable()).hasValueSatisfying(reason -> assertThat(reason)
                    .startsWith("no executor here builds images; host a answers no other hosts").contains("host b: nothing answers at fake.sock").doesNotContain("host c"));
            engine.available = true;
            assertThat(builds.unavailable()).isEmpty();
        }
    }
}
