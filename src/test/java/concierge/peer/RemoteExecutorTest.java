package concierge.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorContract;
import concierge.executor.ExecutorException;
import concierge.executor.InputEngine;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.VolumeEngine;
import concierge.executor.Workload;
import concierge.executor.process.ProcessExecutor;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever looks at what runs on another host sees what one there would see; the contract is the local executors'. */
class RemoteExecutorTest extends ExecutorContract {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static TestTrust installation;
    private static Trust trust;
    private static Trust strangers;
    private static final AtomicInteger OPENED = new AtomicInteger();
    private static final List<AutoCloseable> PARTS = new ArrayList<>();
    private static Store store;

    @BeforeAll
    static void certify() {
        installation = TestTrust.of(shared.resolve("ours"), "ours");
        trust = installation.member("asking");
        strangers = TestTrust.of(shared.resolve("theirs"), "theirs").member("asking");
        store = new MemoryStore(java.time.InstantSource.system());
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable part : PARTS) part.close();
        store.close();
    }

    @Override
    protected ServiceSpec shell(String script) {
        return new concierge.model.SpecBuilder().command(List.of("sh", "-c", script)).executors(List.of(ExecutorKind.process)).build();
    }

    @Override
    protected Executor open(String installation) throws IOException {
        Executor local = new ProcessExecutor(folder, installation);
        return new Looking(local, peers(trust).executor(listen(local), ExecutorKind.process));
    }

    /** The host's name. */
    private static String listen(Executor local) throws IOException {
        String host = "host-" + OPENED.incrementAndGet();
        PeerListener listener = PeerListener.start("127.0.0.1", 0, installation.member(host), new Answers(List.of(local)));
        PARTS.add(listener);
        store.commit(Transaction.id(host).put(Keys.peerHost(host), new Listed("127.0.0.1:" + listener.port(), host).value()).build());
        return host;
    }

    private static Peers peers(Trust trust) {
        return new Peers(new Directory(store), trust);
    }

    /** Changes what runs locally, as an agent does, and looks at it from elsewhere. */
    private record Looking(Executor local, Executor remote) implements Executor, InputEngine, VolumeEngine {
        @Override
        public OutputStream input(InstanceId instance) throws IOException {
            return ((InputEngine) remote).input(instance);
        }

        @Override
        public VolumeEngine.Removed removeVolumes(String stack) {
            return ((VolumeEngine) remote).removeVolumes(stack);
        }

        @Override
        public ExecutorKind kind() {
            return remote.kind();
        }

        @Override
        public Availability availability() {
            return remote.availability();
        }

        @Override
        public Running ensure(Workload workload, Consumer<String> progress) {
            return local.ensure(workload, progress);
        }

        @Override
        public void stop(InstanceId instance, Duration grace) {
            local.stop(instance, grace);
        }

        @Override
        public void remove(InstanceId instance) {
            local.remove(instance);
        }

        @Override
        public Optional<Running> inspect(InstanceId instance) {
            return remote.inspect(instance);
        }

        @Override
        public List<Running> list() {
            return local.list();
        }

        @Override
        public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
            remote.logs(instance, query, sink);
        }

        @Override
        public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
            return remote.exec(instance, request);
        }

        @Override
        public Stats stats(InstanceId instance) {
            return remote.stats(instance);
        }

        @Override
        public AutoCloseable watch(Watcher watcher) {
            return local.watch(watcher);
        }

        @Override
        public void close() {
            local.close();
        }
    }

    @Test
    void aCutConnectionEndsTheCommandAsAClosedTerminalDoes() throws Exception {
        InstanceId instance = run("web", OBEDIENT).instance();
        ExecSession session = executor.exec(instance, command("sh", "-c", "echo $$; exec sleep 1000"));
        byte[] line = session.stdout().readNBytes(1);
        StringBuilder pid = new StringBuilder();
        while (line[0] != '\n') {
            pid.append((char) line[0]);
            line = session.stdout().readNBytes(1);
        }
        assertThat(ProcessHandle.of(Long.parseLong(pid.toString()))).isPresent();
        session.close();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(
                () -> ProcessHandle.of(Long.parseLong(pid.toString())).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void aCommandThatOutlivesItsHostsListenerIsToldAsGone() throws Exception {
        Executor local = new ProcessExecutor(folder, OURS);
        InstanceId instance = run("web", OBEDIENT).instance();
        String host = listen(local);
        Executor remote = peers(trust).executor(host, ExecutorKind.process);
        try (local; ExecSession session = remote.exec(instance, command("sleep", "1000"))) {
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> {
                try {
                    return session.exitCode();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            PARTS.getLast().close();
            assertThatThrownBy(() -> exit.get(10, TimeUnit.SECONDS)).hasRootCauseMessage("it broke off").hasMessageContaining("host " + host);
        }
        assertThatThrownBy(() -> remote.stats(instance)).isInstanceOf(ExecutorException.class).hasMessageContaining("host " + host + " does not answer at 127.0.0.1:");
    }

    @Test
    void muchOutputComesWholeAndHalfOfItCanBeLeft() throws Exception {
        InstanceId instance = run("web", OBEDIENT).instance();
        try (ExecSession session = executor.exec(instance, command("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo done >&2"))) {
            CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> {
                try {
                    return new String(session.stderr().readAllBytes(), StandardCharsets.UTF_8);
                } catch (IOException e) {
                    return e.toString();
                }
            });
            assertThat(session.stdout().readAllBytes()).hasSize(3_000_000);
            assertThat(errors.get(10, TimeUnit.SECONDS)).isEqualTo("done\n");
            assertThat(session.exitCode()).isZero();
        }
    }

    @Test
    void whoIsNotOfThisInstallationIsRefusedAndToldSo() throws Exception {
        Executor local = new ProcessExecutor(folder, OURS);
        String host = listen(local);
        InstanceId instance = instance("web");
        try (local) {
            assertThatThrownBy(() -> peers(strangers).executor(host, ExecutorKind.process).stats(instance))
                    .isInstanceOf(ExecutorException.class)
                    .hasMessageContaining("host " + host)
                    .hasMessageContaining("not taken for one of this installation")
                    .hasMessageContaining("secrets.key");
            try (java.net.Socket plain = new java.net.Socket("127.0.0.1", ((PeerListener) PARTS.getLast()).port())) {
                plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("HTTP");
            }
            assertThat(peers(trust).executor(host, ExecutorKind.process).availability().available()).isTrue();
        }
    }

    @Test
    void anAddressThatLeadsToAnotherHostIsNotAsked() throws Exception {
        Executor local = new ProcessExecutor(folder, OURS);
        try (local) {
            listen(local);
            store.commit(Transaction.id("wrong").put(Keys.peerHost("wrong"), new Listed("127.0.0.1:" + ((PeerListener) PARTS.getLast()).port(), "wrong").value()).build());
            assertThatThrownBy(() -> peers(trust).executor("wrong", ExecutorKind.process).stats(instance("web"))).hasMessageContaining("wrong");
        }
    }

    @Test
    void aHostThatTellsNoAddressIsExplained() {
        assertThatThrownBy(() -> peers(trust).executor("nowhere", ExecutorKind.process))
                .isInstanceOf(ExecutorException.class)
                .hasMessageContaining("host nowhere answers no other hosts")
                .hasMessageContaining("secrets.key");
    }

    @Test
    void whatAnAgentDecidesIsRefused() throws IOException {
        Executor local = new ProcessExecutor(folder, OURS);
        try (local) {
            Executor remote = peers(trust).executor(listen(local), ExecutorKind.process);
            assertThatThrownBy(() -> remote.stop(instance("web"), Duration.ZERO)).hasMessageContaining("its agent does that");
        }
    }
}
