package concierge.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor.LogQuery;
import concierge.executor.Executor.Watcher;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.SpecBuilder;
import concierge.model.Volume;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessExecutorTest {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");

    @TempDir
    Path folder;

    private ProcessExecutor executor;

    @BeforeEach
    void open() throws Exception {
        executor = new ProcessExecutor(folder, "abc123");
    }

    @AfterEach
    void removeAll() {
        for (Running running : executor.list()) executor.remove(running.instance());
        executor.close();
    }

    static Workload workload(InstanceId instance, long generation, UnaryOperator<SpecBuilder> change, String... command) {
        SpecBuilder spec = new SpecBuilder().executors(List.of(ExecutorKind.process)).command(List.of(command));
        return new Workload(
                instance, generation, Digest.of("spec"), change.apply(spec).build(), new TreeMap<>(Map.of("GREETING", "it's $HOME\nyes")), Map.of(), "127.0.0.1");
    }

    static Workload shell(String script) {
        return workload(WEB, 7, UnaryOperator.identity(), "sh", "-c", script);
    }

    private Running ensure(Workload workload) {
        return executor.ensure(workload, _ -> {});
    }

    private Running ended() {
        await().atMost(Duration.ofSeconds(10)).until(() -> executor.inspect(WEB).orElseThrow().state() == Running.State.ended);
        return executor.inspect(WEB).orElseThrow();
    }

    private List<String> output() throws Exception {
        List<String> lines = new ArrayList<>();
        executor.logs(WEB, new LogQuery(false, Optional.empty(), -1), (_, error, text) -> lines.add((error ? "E " : "O ") + text));
        return lines;
    }

    private static boolean alive(long pid) {
        return ProcessTable.entry(pid).filter(entry -> !entry.zombie()).isPresent();
    }

    private long pid() {
        return new InstanceFolder(folder.resolve("instances/shop~default~web~1~7~abc123")).command().orElseThrow().pid();
    }

    @Test
    void runsACommandAndTellsItsExitCode() {
        Running running = ensure(shell("sleep 0.2; exit 7"));
        assertThat(running.state()).isEqualTo(Running.State.running);
        assertThat(running.started()).isPresent();
        assertThat(running.exitCode()).isEmpty();
        assertThat(ended().exitCode()).contains(7);
    }

    @Test
    void tellsTheSignalThatEndedTheCommand() {
        ensure(shell("sleep 100"));
        ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
        assertThat(ended().exitCode()).contains(137);
        assertThat(ended().oomKilled()).isFalse();
    }

    @Test
    void leavesARunningOneAloneAndStartsAnEndedOneAgain() {
        ensure(shell("exec sleep 100"));
        long first = pid();
        ensure(shell("exec sleep 100"));
        assertThat(pid()).isEqualTo(first);
        executor.stop(WEB, Duration.ofSeconds(5));
        assertThat(ended().exitCode()).contains(143);
        ensure(shell("exec sleep 100"));
        assertThat(pid()).isNotEqualTo(first);
    }

    @Test
    void refusesAnotherGenerationUntilTheOldOneIsRemoved() {
        ensure(shell("sleep 100"));
        Workload next = workload(WEB, 8, UnaryOperator.identity(), "sleep", "100");
        assertThatThrownBy(() -> ensure(next)).isInstanceOf(ExecutorException.class).hasMessageContaining("generation 7");
        executor.remove(WEB);
        assertThat(ensure(next).generation()).isEqualTo(8);
    }

    @Test
    void refusesWhatHasNoCommand() {
        Workload none = workload(WEB, 7, spec -> spec.image("busybox:stable"));
        assertThatThrownBy(() -> ensure(none))
                .hasMessageContaining("no command")
                .extracting(e -> ((ExecutorException) e).kind())
                .isEqualTo(ExecutorException.Kind.refused);
        assertThat(executor.list()).isEmpty();
    }

    @Test
    void saysThatAProgramOrAFolderIsMissing() {
        assertThatThrownBy(() -> ensure(workload(WEB, 7, UnaryOperator.identity(), "no-such-program")))
                .hasMessageStartingWith("command: no-such-program (expected: a program in ");
        assertThatThrownBy(() -> ensure(workload(WEB, 7, spec -> spec.directory("/no/such"), "true"))).hasMessageStartingWith("cwd: /no/such");
        assertThat(executor.list()).isEmpty();
    }

    @Test
    void keepsBothStreamsInOrderWithTimes() throws Exception {
        Instant before = Instant.now().minusMillis(50);
        ensure(shell("echo one; sleep 0.1; echo two >&2; sleep 0.1; printf three"));
        ended();
        await().untilAsserted(() -> assertThat(output()).containsExactly("O one", "E two", "O three"));
        List<Instant> times = new ArrayList<>();
        executor.logs(WEB, new LogQuery(false, Optional.empty(), -1), (at, _, _) -> times.add(at));
        assertThat(times).isSorted().allSatisfy(at -> assertThat(at).isBetween(before, Instant.now().plusMillis(50)));
        List<String> last = new ArrayList<>();
        executor.logs(WEB, new LogQuery(false, Optional.empty(), 1), (_, _, text) -> last.add(text));
        executor.logs(WEB, new LogQuery(false, Optional.of(times.get(1)), -1), (_, _, text) -> last.add(text));
        assertThat(last).containsExactly("three", "two", "three");
    }

    @Test
    void outputOutlivesTheInstance() throws Exception {
        ensure(shell("echo gone"));
        ended();
        executor.remove(WEB);
        assertThat(executor.inspect(WEB)).isEmpty();
        assertThat(output()).containsExactly("O gone");
    }

    @Test
    void boundsTheOutputAndKeepsTheNewest() throws Exception {
        ensure(shell("seq 1 500000"));
        await().atMost(Duration.ofSeconds(60)).until(() -> executor.inspect(WEB).orElseThrow().state() == Running.State.ended);
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            List<String> last = new ArrayList<>();
            executor.logs(WEB, new LogQuery(false, Optional.empty(), 1), (_, _, text) -> last.add(text));
            return last.equals(List.of("500000"));
        });
        try (var files = Files.list(folder.resolve("output/shop~default~web~1"))) {
            assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isLessThanOrEqualTo(Output.SEGMENTS * (Output.SEGMENT_BYTES + 100));
        }
    }

    @Test
    void followsOutputUntilTheInstanceIsRemoved() throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        ensure(shell("i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done"));
        Thread follower = Thread.ofVirtual().start(() -> {
            try {
                executor.logs(WEB, new LogQuery(true, Optional.empty(), 0), (_, _, text) -> lines.add(text));
            } catch (java.io.IOException e) {
                lines.add(e.toString());
            }
        });
        await().until(() -> lines.size() > 5);
        executor.remove(WEB);
        assertThat(follower.join(Duration.ofSeconds(5))).isTrue();
        assertThat(lines).allMatch(line -> line.startsWith("line "));
    }

    @Test
    void passesTheEnvironmentAsItIsAndNothingOfTheServers() throws Exception {
        Workload workload = new Workload(
                WEB, 7, Digest.of("spec"), workload(WEB, 7, UnaryOperator.identity(), "env").spec(),
                new TreeMap<>(Map.of("GREETING", "it's $HOME", "odd.name", "x y", "OPTIND", "text", "VIKING_ID", WEB.path())), Map.of(), "127.0.0.1");
        ensure(workload);
        ended();
        assertThat(output()).contains("O GREETING=it's $HOME", "O OPTIND=text", "O odd.name=x y", "O VIKING_ID=shop/default/web/1").noneMatch(line -> line.contains("JAVA") || line.contains("MAVEN"));
        assertThat(Files.getPosixFilePermissions(folder.resolve("instances/shop~default~web~1~7~abc123/record.json")).toString()).doesNotContain("OTHERS", "GROUP");
    }

    @Test
    void interruptsReachTheCommand() throws Exception {
        ensure(shell("trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done"));
        await().until(() -> output().contains("O ready"));
        new ProcessBuilder("kill", "-INT", Long.toString(pid())).start().waitFor();
        assertThat(ended().exitCode()).contains(3);
    }

    @Test
    void stopGivesTimeToEndInOrder() throws Exception {
        ensure(shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"));
        await().until(() -> output().contains("O ready"));
        executor.stop(WEB, Duration.ofSeconds(10));
        assertThat(executor.inspect(WEB).orElseThrow().exitCode()).contains(0);
        await().until(() -> output().contains("O bye"));
        executor.stop(WEB, Duration.ofSeconds(10));
    }

    @Test
    void stopKillsAfterTheGraceWithAllThatBelongsToIt() throws Exception {
        // One in the group, one in a session of its own, one that has also lost its parent, one without the marker.
        ensure(shell("trap '' TERM; sleep 1001 & echo $!; setsid sleep 1002 & echo $!; (setsid sleep 1003 & echo $!) ; env -i sleep 1004 & echo $!; while :; do sleep 0.1; done"));
        await().until(() -> output().size() == 4);
        List<Long> pids = output().stream().map(line -> Long.parseLong(line.substring(2))).toList();
        assertThat(pids).allMatch(ProcessExecutorTest::alive);
        long started = System.nanoTime();
        executor.stop(WEB, Duration.ofMillis(300));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(Duration.ofMillis(300), Duration.ofSeconds(5));
        assertThat(pids).noneMatch(ProcessExecutorTest::alive);
        assertThat(executor.inspect(WEB).orElseThrow().exitCode()).contains(137);
    }

    @Test
    void stragglersOfAnEndedRunAreGoneBeforeTheNext() throws Exception {
        ensure(shell("(setsid sleep 1005 & echo $!); sleep 0.3; exit 1"));
        ended();
        await().until(() -> output().size() == 1);
        long straggler = Long.parseLong(output().getFirst().substring(2));
        assertThat(alive(straggler)).isTrue();
        ensure(shell("sleep 100"));
        assertThat(alive(straggler)).isFalse();
    }

    @Test
    void givesFreePortsThatStick() throws Exception {
        UnaryOperator<SpecBuilder> ports = spec -> spec.ports(List.of(Port.tcp(80), Port.tcp(443), new Port(53, Port.Protocol.udp, Optional.empty())));
        Workload workload = workload(WEB, 7, ports, "sh", "-c", "echo $PORT $PORT_80 $PORT_443 $PORT_53 $PORT_53_UDP");
        Running first = ensure(workload);
        ended();
        Map<String, String> given = first.ports();
        assertThat(given.keySet()).containsExactly("443/tcp", "53/udp", "80/tcp");
        assertThat(given.values()).doesNotHaveDuplicates().allMatch(target -> target.startsWith("127.0.0.1:2"));
        String port = given.get("80/tcp").substring(10);
        String dns = given.get("53/udp").substring(10);
        assertThat(output()).containsExactly("O " + port + " " + port + " " + given.get("443/tcp").substring(10) + " " + dns + " " + dns);
        assertThat(ensure(workload).ports()).isEqualTo(first.ports());
        executor.remove(WEB);
        Workload moved = new Workload(WEB, 9, workload.digest(), workload.spec(), workload.environment(), Map.of("80/tcp", 29_987), "127.0.0.1");
        assertThat(ensure(moved).ports()).containsEntry("80/tcp", "127.0.0.1:29987");
    }

    @Test
    void twoInstancesNeverGetOnePort() {
        for (int i = 1; i <= 5; i++) {
            Workload one = workload(WEB.service().instance(i), 7, spec -> spec.ports(List.of(Port.tcp(80))), "sleep", "100");
            ensure(new Workload(one.instance(), 7, one.digest(), one.spec(), one.environment(), Map.of("80/tcp", 29_980), "127.0.0.1"));
        }
        assertThat(executor.list()).hasSize(5).extracting(running -> running.ports().get("80/tcp")).doesNotHaveDuplicates();
    }

    @Test
    void aFixedPortThatIsInUseIsRefused() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            Workload workload = workload(WEB, 7, spec -> spec.ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(port)))), "sleep", "100");
            assertThatThrownBy(() -> ensure(workload))
                    .hasMessageStartingWith("port " + port + " on 127.0.0.1: in use by another program")
                    .extracting(e -> ((ExecutorException) e).kind())
                    .isEqualTo(ExecutorException.Kind.portTaken);
            assertThat(executor.list()).isEmpty();
        }
    }

    @Test
    void volumesOutliveInstancesAndAreLinkedIntoThePrivateFolder() throws Exception {
        Path host = folder.resolve("on-host");
        UnaryOperator<SpecBuilder> volumes = spec -> spec.pinned(true)
                .volumes(List.of(new Volume(Optional.empty(), "/data/db"), new Volume(Optional.of(host.toString()), "/conf"), new Volume(Optional.empty(), "/../x")));
        ensure(workload(WEB, 7, volumes, "sh", "-c", "echo kept > data/db/file; echo too > $VOLUME_CONF/file; pwd; echo $VOLUME_DATA_DB"));
        ended();
        executor.remove(WEB);
        assertThat(host.resolve("file")).hasContent("too");
        assertThat(folder.resolve("volumes/shop/web/1/data%2Fdb/file")).hasContent("kept");
        assertThat(output()).contains("O " + folder.resolve("volumes/shop/web/1/data%2Fdb"));
        assertThat(folder.resolve("instances")).isEmptyDirectory();
    }

    @Test
    void watchersAreToldOfStartsAndEndsAtOnce() throws Exception {
        List<Running> told = new CopyOnWriteArrayList<>();
        executor.watch(collect(told));
        ensure(shell("exec sleep 100"));
        await().until(() -> told.size() == 1);
        long killed = System.nanoTime();
        ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
        await().pollInterval(Duration.ofMillis(1)).until(() -> told.size() == 2);
        // The sweep comes after 2 s: what came sooner came from the bell.
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(1));
        assertThat(told).extracting(Running::state).containsExactly(Running.State.running, Running.State.ended);
        assertThat(told.getLast().exitCode()).contains(137);
    }

    static Watcher collect(List<Running> told) {
        return new Watcher() {
            @Override
            public void changed(Running instance) {
                told.add(instance);
            }

            @Override
            public void gap() {
                throw new AssertionError("no gap expected");
            }
        };
    }

    @Test
    void aKilledShimIsFoundOut() throws Exception {
        List<Running> told = new CopyOnWriteArrayList<>();
        ensure(shell("exec sleep 100"));
        executor.watch(collect(told));
        InstanceFolder place = new InstanceFolder(folder.resolve("instances/shop~default~web~1~7~abc123"));
        ProcessHandle.of(place.shim().orElseThrow().pid()).orElseThrow().destroyForcibly();
        // The command itself is all right: it stays ours.
        await().until(() -> !place.shim().orElseThrow().alive());
        assertThat(executor.inspect(WEB).orElseThrow().state()).isEqualTo(Running.State.running);
        ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofSeconds(10)).until(() -> told.size() == 1);
        assertThat(told.getFirst().exitCode()).contains(InstanceFolder.UNSEEN_EXIT);
    }

    @Test
    void aReusedNumberOrAnotherBootIsNotOurs() throws Exception {
        ensure(shell("exec sleep 100"));
        InstanceFolder place = new InstanceFolder(folder.resolve("instances/shop~default~web~1~7~abc123"));
        Identity command = place.command().orElseThrow();
        Path facts = place.path().resolve("command.1");
        String truth = Files.readString(facts);
        String shim = Files.readString(place.path().resolve("run.1"));
        // As after a reboot, or after so many processes that the numbers came round: the one of that number is a stranger.
        for (String lie : List.of(truth.replace(command.boot(), "another-boot"), command.pid() + " " + (command.ticks() - 1) + " " + command.boot())) {
            Files.writeString(facts, lie);
            Files.writeString(place.path().resolve("run.1"), shim.replace(command.boot(), "another-boot"));
            Running running = executor.inspect(WEB).orElseThrow();
            assertThat(running.state()).isEqualTo(Running.State.ended);
            assertThat(running.exitCode()).contains(InstanceFolder.UNSEEN_EXIT);
            Identity stranger = Identity.parse(lie).orElseThrow();
            assertThat(new ProcessTree(new SharedLook(), Optional.of(stranger), "none").members()).isEmpty();
        }
        Files.writeString(facts, truth);
        Files.writeString(place.path().resolve("run.1"), shim);
    }

    @Test
    void anotherInstallationsProcessesAreNeitherSeenNorTouched() throws Exception {
        ensure(shell("exec sleep 100"));
        try (ProcessExecutor other = new ProcessExecutor(folder, "other")) {
            assertThat(other.list()).isEmpty();
            other.stop(WEB, Duration.ZERO);
            other.remove(WEB);
        }
        assertThat(executor.inspect(WEB).orElseThrow().state()).isEqualTo(Running.State.running);
    }

    /** As after a lost store: the next installation counts generations from the start again. */
    @Test
    void twoInstallationsMayHaveTheSameInstanceInTheSameGeneration() throws Exception {
        ensure(shell("exec sleep 100"));
        long mine = pid();
        try (ProcessExecutor other = new ProcessExecutor(folder, "other")) {
            other.ensure(shell("exec sleep 200"), _ -> {});
            assertThat(other.inspect(WEB).orElseThrow().name()).isEqualTo("shop-default-web-1-other");
            assertThat(pid()).isEqualTo(mine);
            other.stop(WEB, Duration.ZERO);
            other.remove(WEB);
        }
        assertThat(executor.inspect(WEB).orElseThrow().state()).isEqualTo(Running.State.running);
        assertThat(pid()).isEqualTo(mine);
    }

    @Test
    void executesInTheInstancesEnvironmentAndFolder() throws Exception {
        ensure(shell("exec sleep 100"));
        ExecRequest request = new ExecRequest(
                List.of("sh", "-c", "cat; echo $GREETING $MORE; pwd; echo oops >&2; exit 5"), Map.of("MORE", "yes"), Optional.empty(), Optional.empty(), false, true, 0, 0);
        try (ExecSession session = executor.exec(WEB, request)) {
            session.stdin().write("input\n".getBytes(StandardCharsets.UTF_8));
            session.stdin().close();
            String text = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text).startsWith("input\nit's $HOME yes yes\n").contains("/shop~default~web~1~7~abc123/work\n");
            assertThat(new String(session.stderr().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("oops\n");
            assertThat(session.exitCode()).isEqualTo(5);
        }
    }

    @Test
    void executesOnATerminalOfTheRightSize() throws Exception {
        ensure(shell("exec sleep 100"));
        ExecRequest request = new ExecRequest(
                List.of("sh", "-c", "stty size; trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done"), Map.of(), Optional.empty(), Optional.empty(), true, true, 100, 30);
        try (ExecSession session = executor.exec(WEB, request)) {
            var reader = new java.io.BufferedReader(new java.io.InputStreamReader(session.stdout(), StandardCharsets.UTF_8));
            assertThat(reader.readLine()).isEqualTo("30 100");
            assertThat(reader.readLine()).isEqualTo("ready");
            session.resize(120, 40);
            assertThat(reader.readLine()).isEqualTo("40 120");
            assertThat(session.exitCode()).isEqualTo(4);
        }
    }

    @Test
    void closingAnExecEndsItsCommand() throws Exception {
        ensure(shell("exec sleep 100"));
        ExecRequest request = new ExecRequest(List.of("sh", "-c", "echo $$; exec sleep 1006"), Map.of(), Optional.empty(), Optional.empty(), false, false, 0, 0);
        long pid;
        try (ExecSession session = executor.exec(WEB, request)) {
            pid = Long.parseLong(new java.io.BufferedReader(new java.io.InputStreamReader(session.stdout(), StandardCharsets.UTF_8)).readLine());
            assertThat(alive(pid)).isTrue();
        }
        await().until(() -> !alive(pid));
        executor.stop(WEB, Duration.ofSeconds(5));
        assertThatThrownBy(() -> executor.exec(WEB, request)).hasMessageContaining("does not run");
    }

    @Test
    void countsProcessesMemoryAndCpu() throws Exception {
        ensure(shell("sleep 1007 & echo ready; while :; do :; done"));
        await().until(() -> output().contains("O ready"));
        var stats = executor.stats(WEB);
        assertThat(stats.processes()).isEqualTo(2);
        assertThat(stats.memoryBytes()).isGreaterThan(100_000);
        await().until(() -> executor.stats(WEB).cpuMillis() > 100);
    }

    @Test
    void runsAsTheUserWhenItMay() throws Exception {
        boolean root = Tools.output(List.of("id", "-u")).strip().equals("0");
        Workload workload = workload(WEB, 7, spec -> spec.user("nobody"), "sh", "-c", "id -un; touch mine && echo wrote");
        if (root) {
            // A folder in which others may not look, as root's home: the working directory is reached all the same.
            ensure(workload);
            ended();
            assertThat(output()).containsExactly("O nobody", "O wrote");
        } else {
            assertThatThrownBy(() -> ensure(workload)).hasMessageContaining("only root");
        }
        assertThatThrownBy(() -> ensure(workload(WEB.service().instance(2), 7, spec -> spec.user("no-such-user"), "true"))).isInstanceOf(ExecutorException.class);
    }
}
