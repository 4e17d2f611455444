package concierge.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import concierge.testing.DockerEngine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds on a real engine, asked for over a real link. */
class RemoteDockerIT {
    private static final String INSTALLATION = "remote-builds";
    private static final String REFERENCE = "concierge/shop-app:0123456789ab";

    /** Much more than what stands between two peers and an engine. */
    private static final int LARGE = 8 << 20;

    @TempDir
    Path folder;

    private final Store store = new MemoryStore(InstantSource.system());
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private DockerExecutor engine;
    private PeerListener listener;
    private ImageEngine remote;

    @BeforeEach
    void open() throws IOException {
        TestTrust installation = TestTrust.of(folder.resolve("trust"), INSTALLATION);
        engine = new DockerExecutor(DockerSettings.of(INSTALLATION, folder.resolve("logs")).withEngine(DockerEngine.shared().address()));
        listener = PeerListener.start("127.0.0.1", 0, installation.member("one"), new Answers(List.of(engine)));
        store.commit(Transaction.id("one").put(Keys.peerHost("one"), new Listed("127.0.0.1:" + listener.port(), "one").value()).build());
        Executor executor = new Peers(new Directory(store), installation.member("server")).executor("one", ExecutorKind.docker);
        remote = (ImageEngine) executor;
    }

    @AfterEach
    void close() {
        listener.close();
        engine.builtImages().forEach(image -> engine.removeImage(image.reference()));
        engine.close();
        store.close();
    }

    private static byte[] context(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        ByteArrayOutputStream context = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(context)) {
            TarArchiveEntry entry = new TarArchiveEntry("content");
            entry.setSize(bytes);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        return context.toByteArray();
    }

    private String build(String dockerfile, ImageEngine.ContextSource context) {
        return remote.build(new BuildRequest(dockerfile, context, REFERENCE, Map.of("concierge.inputs", Digest.of(dockerfile).hex()), false), lines::add);
    }

    @Test
    void aContextGoesThereAndLinesComeBackWhileItBuilds() throws Exception {
        byte[] context = context(LARGE);
        String id = build("FROM busybox:stable\nCOPY . /c\nRUN wc -c < /c/content && echo done there\n", () -> new ByteArrayInputStream(context));
        assertThat(engine.imageId(REFERENCE)).isPresent().hasValueSatisfying(found -> assertThat(found).contains(id));
        assertThat(lines).contains(Integer.toString(LARGE), "done there");
        assertThat(remote.imageId(REFERENCE)).isEqualTo(engine.imageId(REFERENCE));
        assertThat(remote.builtImages()).isEqualTo(engine.builtImages()).hasSize(1);
        remote.removeImage(REFERENCE);
        assertThat(remote.imageId(REFERENCE)).isEmpty();
    }

    @Test
    void aFailingStepIsToldAsIfItHadBeenHere() throws Exception {
        byte[] context = context(LARGE);
        assertThatThrownBy(() -> build("FROM busybox:stable\nRUN echo looking; exit 3\n", () -> new ByteArrayInputStream(context)))
                .isInstanceOfSatisfying(ImageEngine.BuildFailedException.class, e -> {
                    assertThat(e).hasMessage("exited with 3");
                    assertThat(e.step()).startsWith("RUN echo looking");
                    assertThat(e.output()).contains("looking");
                });
        assertThatThrownBy(() -> build("FRM busybox\n", () -> new ByteArrayInputStream(context))).hasMessageContaining("FRM");
    }

    @Test
    void aContextThatCannotBeReadEndsTheBuildWithItsReason() throws Exception {
        byte[] context = context(LARGE);
        ImageEngine.ContextSource broken = () -> new FilterInputStream(new ByteArrayInputStream(context)) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (in.available() < LARGE / 2) throw new IOException("bad sector");
                return super.read(bytes, offset, length);
            }
        };
        assertThatThrownBy(() -> build("FROM busybox:stable\nCOPY . /c\n", broken)).isInstanceOf(ExecutorException.class).hasMessageContaining("build context of " + REFERENCE + ": bad sector");
        assertThat(engine.imageId(REFERENCE)).isEmpty();
    }

    @Test
    void whoeverNoLongerWaitsEndsTheBuild() throws Exception {
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                build("FROM busybox:stable\nRUN echo begun; sleep 600\n", () -> InputStream.nullInputStream());
            } catch (ExecutorException e) {
                lines.add("ended: " + e.getMessage());
            }
        });
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> lines.contains("begun"));
        asking.interrupt();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> lines.stream().anyMatch(line -> line.startsWith("ended: ")));
        Awaitility.await("its container ends").atMost(Duration.ofSeconds(30))
                .until(() -> DockerEngine.shared().raw().get("/containers/json").ok().json().findValuesAsString("Command").stream().noneMatch(command -> command.contains("sleep 600")));
    }
}
