package concierge.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every executor promises, whatever it runs things on. A subclass says how to open one and how a shell
 * script becomes a service there; scripts use only what busybox has, and {@code ${PORT_80:-80}} for ports.
 */
public abstract class ExecutorContract {
    protected static final String OURS = "aaaaaa-contract-ours";
    protected static final String THEIRS = "bbbbbb-contract-theirs";

    /** Runs until it is told to end, and then at once. */
    protected static final String OBEDIENT = "trap 'exit 7' TERM; while :; do sleep 0.1; done";

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @SuppressWarnings("NullAway.Init")
    protected Executor executor;
    private final List<Executor> opened = new CopyOnWriteArrayList<>();

    /** An executor of that installation; all of one test share engine and home. */
    protected abstract Executor open(String installation) throws Exception;

    /** A service that runs {@code sh -c script}. */
    protected abstract ServiceSpec shell(String script);

    @BeforeEach
    void openOurs() throws Exception {
        executor = opened(OURS);
    }

    @AfterEach
    void removeAll() {
        for (Executor one : opened) {
            for (Running running : one.list()) one.remove(running.instance());
            one.close();
        }
    }

    /** An executor that is emptied and closed after the test. */
    protected Executor opened(String installation) throws Exception {
        Executor one = open(installation);
        opened.add(one);
        return one;
    }

    protected static InstanceId instance(String service) {
        return InstanceId.parse("shop/default/" + service + "/1");
    }

    protected static Workload workload(InstanceId instance, long generation, ServiceSpec spec) {
        return new Workload(instance, generation, Digest.of(spec.toString()), spec, new TreeMap<>(spec.environment()), Map.of(), "127.0.0.1");
    }

    protected Running run(String service, String script) {
        return executor.ensure(workload(instance(service), 1, shell(script)), _ -> {});
    }

    protected Running awaitEnded(InstanceId instance) {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(
                () -> executor.inspect(instance).orElseThrow(), running -> running.state() == Running.State.ended);
    }

    protected List<String> lines(InstanceId instance, Executor.LogQuery query) throws IOException {
        List<String> lines = new ArrayList<>();
        executor.logs(instance, query, (_, error, text) -> lines.add((error ? "2 " : "1 ") + text));
        return lines;
    }

    protected static Executor.LogQuery all() {
        return new Executor.LogQuery(false, Optional.empty(), -1);
    }

    protected static ExecRequest command(String... words) {
        return new ExecRequest(List.of(words), Map.of("GREETING", "hello"), Optional.empty(), Optional.empty(), false, true, 0, 0);
    }

    @Test
    void is_available() {
        assertThat(executor.availability().available()).as(executor.availability().text()).isTrue();
    }

    @Test
    void runs_an_instance_and_says_what_it_runs() {
        ServiceSpec spec = shell(OBEDIENT);
        Workload workload = workload(instance("web"), 41, spec);
        Running running = executor.ensure(workload, _ -> {});
        assertThat(running.instance()).isEqualTo(instance("web"));
        assertThat(running.generation()).isEqualTo(41);
        assertThat(running.digest()).isEqualTo(workload.digest());
        assertThat(running.state()).isEqualTo(Running.State.running);
        assertThat(running.exitCode()).isEmpty();
        assertThat(running.started()).isPresent();
        assertThat(executor.inspect(instance("web"))).contains(running);
        assertThat(executor.list()).containsExactly(running);
    }

    @Test
    void ensuring_again_leaves_a_running_instance_alone() {
        Running first = run("web", OBEDIENT);
        assertThat(run("web", OBEDIENT)).isEqualTo(first);
    }

    @Test
    void another_executor_of_the_installation_adopts_what_runs() throws Exception {
        Running first = run("web", OBEDIENT);
        Executor successor = opened(OURS);
        assertThat(successor.list()).containsExactly(first);
        assertThat(successor.ensure(workload(instance("web"), 1, shell(OBEDIENT)), _ -> {})).isEqualTo(first);
    }

    @Test
    void an_ended_instance_of_the_same_generation_starts_again_with_its_ports() {
        ServiceSpec spec = shell("sleep 0.3; exit 3").with().ports(List.of(Port.tcp(80))).build();
        Running first = executor.ensure(workload(instance("web"), 1, spec), _ -> {});
        assertThat(awaitEnded(instance("web")).exitCode()).contains(3);
        Running second = executor.ensure(workload(instance("web"), 1, spec), _ -> {});
        assertThat(second.name()).isEqualTo(first.name());
        assertThat(second.ports()).isEqualTo(first.ports()).isNotEmpty();
        assertThat(second.started().orElseThrow()).isAfter(first.started().orElseThrow());
    }

    @Test
    void another_generation_has_to_be_removed_first() {
        run("web", OBEDIENT);
        Workload next = workload(instance("web"), 2, shell(OBEDIENT));
        assertThatThrownBy(() -> executor.ensure(next, _ -> {})).isInstanceOfSatisfying(
                ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.conflict));
        executor.remove(instance("web"));
        assertThat(executor.ensure(next, _ -> {}).generation()).isEqualTo(2);
    }

    @Test
    void stop_asks_first_and_the_exit_code_is_the_instances_own() {
        run("web", "echo up; " + OBEDIENT);
        Awaitility.await().until(() -> lines(instance("web"), all()).contains("1 up"));
        executor.stop(instance("web"), PATIENCE);
        assertThat(awaitEnded(instance("web")).exitCode()).contains(7);
        executor.stop(instance("web"), PATIENCE);
    }

    @Test
    void stop_kills_the_whole_tree_after_the_grace() {
        String mark = "98" + (System.nanoTime() % 1_000_000);
        run("web", "trap '' TERM; echo up; sleep " + mark + " & sleep " + mark + " & wait; while :; do sleep 0.1; done");
        Awaitility.await().until(() -> processes(mark) >= 2);
        Instant before = Instant.now();
        executor.stop(instance("web"), Duration.ofSeconds(1));
        assertThat(Duration.between(before, Instant.now())).isGreaterThanOrEqualTo(Duration.ofMillis(900));
        assertThat(awaitEnded(instance("web")).exitCode()).contains(137);
        Awaitility.await().until(() -> processes(mark) == 0);
    }

    private static long processes(String mark) {
        return ProcessHandle.allProcesses().filter(process -> process.info().commandLine().orElse("").endsWith(" " + mark)).count();
    }

    @Test
    void remove_leaves_nothing_and_is_harmless_twice() {
        run("web", OBEDIENT);
        executor.remove(instance("web"));
        executor.remove(instance("web"));
        executor.stop(instance("web"), Duration.ZERO);
        assertThat(executor.inspect(instance("web"))).isEmpty();
        assertThat(executor.list()).isEmpty();
    }

    @Test
    void volumes_outlive_their_instances_until_their_stack_is_to_lose_them() throws Exception {
        VolumeEngine volumes = (VolumeEngine) executor;
        ServiceSpec spec = shell("cat ${VOLUME_DATA:-/data}/file; echo kept > ${VOLUME_DATA:-/data}/file; " + OBEDIENT)
                .with().volumes(List.of(new Volume(Optional.empty(), "/data"))).pinned(true).build();
        runWithVolume(1, spec);
        assertThat(volumes.removeVolumes("shop").removed()).as("while it is in use").isEmpty();
        assertThat(volumes.removeVolumes("shop").kept()).hasSize(1);
        assertThat(volumes.removeVolumes("other")).isEqualTo(new VolumeEngine.Removed(List.of(), List.of()));
        executor.remove(instance("web"));
        runWithVolume(2, spec);
        assertThat(lines(instance("web"), all())).contains("1 kept");
        executor.remove(instance("web"));
        assertThat(volumes.removeVolumes("shop").removed()).hasSize(1);
        assertThat(volumes.removeVolumes("shop").removed()).isEmpty();
        runWithVolume(3, spec);
        assertThat(lines(instance("web"), all())).filteredOn("1 kept"::equals).as("of the second run only").hasSize(1);
        executor.remove(instance("web"));
        volumes.removeVolumes("shop");
    }

    protected void runWithVolume(long generation, ServiceSpec spec) {
        ServiceSpec marked = spec.with().command(spec.command().stream().map(word -> word.replace(OBEDIENT, "echo wrote " + generation + "; " + OBEDIENT)).toList()).build();
        executor.ensure(workload(instance("web"), generation, marked), _ -> {});
        Awaitility.await().until(() -> lines(instance("web"), all()).contains("1 wrote " + generation));
    }

    @Test
    void installations_do_not_see_each_other() throws Exception {
        Executor theirs = opened(THEIRS);
        Running ours = run("web", OBEDIENT);
        Running other = theirs.ensure(workload(instance("web"), 9, shell(OBEDIENT)), _ -> {});
        assertThat(other.name()).isNotEqualTo(ours.name());
        assertThat(executor.list()).containsExactly(ours);
        assertThat(theirs.list()).containsExactly(other);
        executor.remove(instance("web"));
        assertThat(theirs.inspect(instance("web"))).contains(other);
    }

    @Test
    void logs_keep_order_streams_and_the_tail() throws Exception {
        run("web", "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three");
        awaitEnded(instance("web"));
        assertThat(lines(instance("web"), all())).containsExactly("1 one", "2 two", "1 three");
        assertThat(lines(instance("web"), new Executor.LogQuery(false, Optional.empty(), 2))).containsExactly("2 two", "1 three");
        List<Instant> times = new ArrayList<>();
        executor.logs(instance("web"), all(), (at, _, _) -> times.add(at));
        assertThat(lines(instance("web"), new Executor.LogQuery(false, Optional.of(times.get(2)), -1))).containsExactly("1 three");
    }

    @Test
    void logs_outlive_their_instance() throws Exception {
        run("web", "echo first life");
        awaitEnded(instance("web"));
        executor.remove(instance("web"));
        assertThat(lines(instance("web"), all())).endsWith("1 first life");
        executor.ensure(workload(instance("web"), 2, shell("echo second life")), _ -> {});
        awaitEnded(instance("web"));
        assertThat(lines(instance("web"), all())).endsWith("1 first life", "1 second life");
        assertThat(lines(instance("web"), new Executor.LogQuery(false, Optional.empty(), 1))).containsExactly("1 second life");
    }

    @Test
    void followed_logs_come_as_they_are_written_until_one_has_enough() throws Exception {
        run("web", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done");
        List<String> lines = new ArrayList<>();
        executor.logs(instance("web"), new Executor.LogQuery(true, Optional.empty(), -1), (_, _, text) -> {
            lines.add(text);
            return lines.size() < 20;
        });
        assertThat(lines).hasSize(20).startsWith("line 1", "line 2").endsWith("line 20");
    }

    @Test
    void following_ends_with_the_thread() throws Exception {
        run("web", "echo here; " + OBEDIENT);
        List<String> lines = new CopyOnWriteArrayList<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                executor.logs(instance("web"), new Executor.LogQuery(true, Optional.empty(), -1), (_, _, text) -> lines.add(text));
            } catch (IOException | RuntimeException e) {
                lines.add("interrupted");
            }
        });
        Awaitility.await().until(() -> lines.contains("here"));
        reader.interrupt();
        assertThat(reader.join(PATIENCE)).isTrue();
    }

    @Test
    void exec_gets_its_input_to_the_end_and_tells_its_exit_code() throws Exception {
        run("web", OBEDIENT);
        try (ExecSession session = executor.exec(instance("web"), command("sh", "-c", "cat; echo done $GREETING >&2; exit 5"))) {
            session.stdin().write("what was said".getBytes(StandardCharsets.UTF_8));
            session.stdin().close();
            assertThat(new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("what was said");
            assertThat(new String(session.stderr().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("done hello\n");
            assertThat(session.exitCode()).isEqualTo(5);
        }
    }

    @Test
    void closing_an_exec_ends_its_command() throws Exception {
        run("web", OBEDIENT);
        String mark = "97" + (System.nanoTime() % 1_000_000);
        try (ExecSession session = executor.exec(instance("web"), command("sh", "-c", "echo up; sleep " + mark))) {
            assertThat(session.stdout().read()).isEqualTo('u');
            Awaitility.await().until(() -> processes(mark) > 0);
        }
        Awaitility.await().atMost(PATIENCE).until(() -> processes(mark) == 0);
    }

    @Test
    void exec_moves_megabytes_both_ways() throws Exception {
        run("web", OBEDIENT);
        byte[] content = new byte[3 << 20];
        new java.util.Random(7).nextBytes(content);
        try (ExecSession session = executor.exec(instance("web"), command("cat"))) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try (var stdin = session.stdin()) {
                    stdin.write(content);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(Digest.of(session.stdout().readAllBytes())).isEqualTo(Digest.of(content));
            writer.join();
            assertThat(session.exitCode()).isZero();
        }
    }

    @Test
    void an_instance_that_takes_input_gets_it_to_the_end() throws Exception {
        ServiceSpec spec = shell("wc -c; echo done; exit 4").with().takesInput(true).build();
        if (!(executor instanceof InputEngine engine)) {
            assertThatThrownBy(() -> run0("job", spec)).as("an optional ability").isInstanceOfSatisfying(
                    ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.refused));
            return;
        }
        executor.ensure(workload(instance("job"), 1, spec), _ -> {});
        try (OutputStream input = engine.input(instance("job"))) {
            for (int i = 0; i < 100; i++) input.write(new byte[10_000]);
        }
        assertThat(awaitEnded(instance("job")).exitCode()).contains(4);
        assertThat(lines(instance("job"), all())).containsExactly("1 1000000", "1 done");
    }

    @Test
    void the_input_of_an_instance_that_takes_none_is_empty() throws Exception {
        executor.ensure(workload(instance("job"), 1, shell("wc -c; exit 4")), _ -> {});
        assertThat(awaitEnded(instance("job")).exitCode()).contains(4);
        assertThat(lines(instance("job"), all())).containsExactly("1 0");
    }

    @Test
    void stats_tell_memory_and_processes() {
        run("web", OBEDIENT);
        Stats stats = executor.stats(instance("web"));
        assertThat(stats.memoryBytes()).isPositive();
        assertThat(stats.processes()).isPositive();
        assertThat(stats.cpuMillis()).isBetween(0L, 64_000L);
    }

    @Test
    void watch_tells_of_starts_and_ends() throws Exception {
        ConcurrentLinkedQueue<Running> seen = new ConcurrentLinkedQueue<>();
        try (AutoCloseable _ = executor.watch(watcher(seen))) {
            run("job", "sleep 0.3; exit 9");
            Awaitility.await().atMost(PATIENCE).until(() -> seen.stream().anyMatch(running -> running.state() == Running.State.ended));
        }
        Running end = seen.stream().filter(running -> running.state() == Running.State.ended).findFirst().orElseThrow();
        assertThat(end.instance()).isEqualTo(instance("job"));
        assertThat(end.generation()).isEqualTo(1);
        assertThat(end.exitCode()).contains(9);
        assertThat(seen.peek()).isNotNull().extracting(Running::state).isEqualTo(Running.State.running);
    }

    protected static Executor.Watcher watcher(ConcurrentLinkedQueue<Running> seen) {
        return new Executor.Watcher() {
            @Override
            public void changed(Running instance) {
                seen.add(instance);
            }

            @Override
            public void gap() {}
        };
    }

    @Test
    void the_environment_is_the_workloads() throws Exception {
        run0("web", shell("echo \"$COLOUR/$WITH_EQUALS\"").with().environment(Map.of("COLOUR", "deep blue", "WITH_EQUALS", "a=b")).build());
        awaitEnded(instance("web"));
        assertThat(lines(instance("web"), all())).endsWith("1 deep blue/a=b");
    }

    private void run0(String service, ServiceSpec spec) {
        executor.ensure(workload(instance(service), 1, spec), _ -> {});
    }

    @Test
    void a_command_that_is_not_there_cannot_start() {
        ServiceSpec spec = shell("true").with().entrypoint(List.of()).command(List.of("/no/such/program")).build();
        assertThatThrownBy(() -> run0("web", spec)).isInstanceOfSatisfying(
                ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.cannotStart));
    }

    @Test
    void exposed_ports_answer_on_the_host() throws Exception {
        ServiceSpec spec = shell("while :; do busybox nc -l -p ${PORT_80:-80} -e echo served; done").with().ports(List.of(Port.tcp(80))).build();
        Running running = executor.ensure(workload(instance("web"), 1, spec), _ -> {});
        String endpoint = running.ports().get("80/tcp");
        assertThat(endpoint).startsWith("127.0.0.1:");
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> ask(endpoint).equals("served\n"));
    }

    private static String ask(String endpoint) throws IOException {
        int colon = endpoint.lastIndexOf(':');
        try (Socket socket = new Socket(endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1)))) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void a_former_host_port_is_taken_again_unless_it_is_in_use() throws Exception {
        ServiceSpec spec = shell(OBEDIENT).with().ports(List.of(Port.tcp(80))).build();
        int free = freePort();
        assertThat(executor.ensure(withFormerPort(spec, free), _ -> {}).ports()).containsEntry("80/tcp", "127.0.0.1:" + free);
        executor.remove(instance("web"));
        try (ServerSocket _ = new ServerSocket(free, 1, InetAddress.getLoopbackAddress())) {
            Running moved = executor.ensure(withFormerPort(spec, free), _ -> {});
            assertThat(moved.ports().get("80/tcp")).startsWith("127.0.0.1:").isNotEqualTo("127.0.0.1:" + free);
        }
    }

    @Test
    void what_is_published_on_all_addresses_says_so() {
        ServiceSpec spec = shell(OBEDIENT).with().ports(List.of(Port.tcp(80))).build();
        Running running = executor.ensure(new Workload(instance("web"), 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), Published.EVERYWHERE), _ -> {});
        assertThat(Published.parse(running.ports().get("80/tcp")).address()).isEqualTo(publishedEverywhere());
    }

    /** As which address all of them are told: which of a host's own others use is the host's to say. */
    protected String publishedEverywhere() {
        return Published.EVERYWHERE;
    }

    private static Workload withFormerPort(ServiceSpec spec, int port) {
        return new Workload(instance("web"), 1, Digest.of("x"), spec, new TreeMap<>(), Map.of("80/tcp", port), "127.0.0.1");
    }

    @Test
    void a_fixed_host_port_in_use_is_refused_by_its_number() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Port fixed = new Port(80, Port.Protocol.tcp, Optional.of(taken.getLocalPort()));
            ServiceSpec spec = shell(OBEDIENT).with().ports(List.of(fixed)).build();
            assertThatThrownBy(() -> run0("web", spec))
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()))
                    .isInstanceOfSatisfying(ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.portTaken));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
