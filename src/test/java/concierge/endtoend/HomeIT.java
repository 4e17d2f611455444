package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What can befall an installation's home: a strange store, a full disk, taken ports, a second server. */
class HomeIT {
    @TempDir
    Path folder;

    @AutoClose
    private final Installation installation = Installation.withoutEngine();

    private void up(Installation where, String stack) {
        where.must("up", Stacks.folder(folder, stack, Stacks.sleepers(stack, 2)).toString());
    }

    private Path store() {
        return installation.home().resolve("state.db");
    }

    private void moveStore(Path from, Path to) throws IOException {
        for (String suffix : List.of("", "-wal", "-shm")) {
            Path file = Path.of(from + suffix);
            if (Files.exists(file)) Files.move(file, Path.of(to + suffix), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Test
    void anEmptyStoreStartsEmptyAndTouchesNothingThatRuns() throws IOException {
        up(installation, "zoo");
        Map<String, Long> before = installation.processes();
        assertThat(before).hasSize(2);
        Installation.kill9(installation.serverPid());
        moveStore(store(), folder.resolve("kept.db"));

        up(installation, "other");
        assertThat(installation.instances()).allSatisfy(one -> assertThat(one.get("stack").asString()).isEqualTo("other"));
        assertThat(installation.processes()).containsAllEntriesOf(before);
        installation.must("down", "other");
        installation.must("server", "stop");

        moveStore(folder.resolve("kept.db"), store());
        installation.must("server", "start");
        Installation.await("adopted", Duration.ofSeconds(20), () -> installation.allReady(2));
        assertThat(installation.processes()).isEqualTo(before);
    }

    @Test
    void aStoreOfAnotherHomeIsRefusedAndTouchesNothing() throws IOException {
        up(installation, "zoo");
        Map<String, Long> before = installation.processes();
        installation.must("server", "stop");
        moveStore(store(), folder.resolve("kept.db"));
        try (Installation other = Installation.withoutEngine()) {
            up(other, "zoo");
            Map<String, Long> others = other.processes();
            other.must("server", "stop");
            refused(Files.readAllBytes(other.home().resolve("state.db")), "the state belongs to the home " + other.home());
            assertThat(other.processes()).isEqualTo(others);
            other.must("server", "start");
        }
        assertThat(installation.processes()).isEqualTo(before);
        moveStore(folder.resolve("kept.db"), store());
        installation.must("server", "start");
        Installation.await("adopted", Duration.ofSeconds(20), () -> installation.allReady(2));
        assertThat(installation.processes()).isEqualTo(before);
    }

    @Test
    void aDamagedOrNewerStoreIsRefusedWithTheReasonAndLeftAsItIs() throws Exception {
        up(installation, "zoo");
        Map<String, Long> before = installation.processes();
        installation.must("server", "stop");
        byte[] good = Files.readAllBytes(store());

        refused(java.util.Arrays.copyOf(good, good.length / 2), "damaged");
        refused(java.util.Arrays.copyOf(good, 50), "not a store of this program");
        refused("SQLite format 3\0 but of another program".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "not a store of this program");
        byte[] newer = good.clone();
        newer[63] = 99; // PRAGMA user_version
        refused(newer, "format 99");

        Files.write(store(), good);
        sqlite("UPDATE entries SET value = CAST('99' AS BLOB) WHERE key = '/meta/format'");
        refused(Files.readAllBytes(store()), "format 99");

        assertThat(installation.processes()).isEqualTo(before);
        Files.write(store(), good);
        installation.must("server", "start");
        assertThat(installation.processes()).isEqualTo(before);
    }

    private void refused(byte[] content, String reason) throws IOException {
        Files.write(store(), content);
        refusedToStart(reason);
        assertThat(Files.readAllBytes(store())).as("untouched").isEqualTo(content);
    }

    private void refusedToStart(String reason) {
        Installation.Outcome start = installation.concierge("server", "start");
        assertThat(start.exit()).as(start.toString()).isEqualTo(3);
        assertThat(start.err()).contains(reason).doesNotContain("\tat ");
    }

    private void sqlite(String statement) throws Exception {
        Process sqlite = new ProcessBuilder("sqlite3", store().toString(), statement).inheritIO().start();
        assertThat(sqlite.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sqlite.exitValue()).isZero();
    }

    @Test
    void aFullDiskRefusesDeploysClearlyAndGoesOnAfterRoomIsMade() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        assertThat(new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk.toString()).inheritIO().start().waitFor()).isZero();
        try {
            installation.in(disk.resolve("home"));
            up(installation, "zoo");
            Map<String, Long> before = installation.processes();
            Path ballast = disk.resolve("ballast");
            fill(ballast);

            Path shop = Stacks.folder(folder, "shop", Stacks.sleepers("shop", 2));
            Installation.Outcome full = installation.concierge("deploy", shop.toString());
            assertThat(full.exit()).as(full.toString()).isEqualTo(4);
            assertThat(full.err()).containsIgnoringCase("full").doesNotContain("incident");
            assertThat(installation.instances()).as("nothing half done").hasSize(2);
            assertThat(installation.processes()).isEqualTo(before);
            assertThat(installation.must("ps").out()).as("why nothing moves").contains("the disk is full");
            assertThat(installation.must("server", "status").toString()).contains("the disk is full");

            Files.delete(ballast);
            installation.must("deploy", shop.toString());
            assertThat(installation.allReady(4)).isTrue();
            assertThat(installation.must("ps").out()).doesNotContain("full");
            assertThat(installation.processes()).containsAllEntriesOf(before);
            Installation.kill9(installation.serverPid());
            installation.must("server", "start");
            Installation.await("nothing is lost", Duration.ofSeconds(20), () -> installation.allReady(4));
        } finally {
            installation.close();
            new ProcessBuilder("umount", "-l", disk.toString()).inheritIO().start().waitFor();
        }
    }

    /** Until not one more byte fits. */
    private static void fill(Path ballast) throws IOException {
        try (var out = java.nio.channels.FileChannel.open(ballast, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            java.nio.ByteBuffer block = java.nio.ByteBuffer.allocate(4096);
            while (out.write(block.clear()) > 0) {}
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    @Test
    void takenPortsMeanTheNextFreeOnesAnnounced() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket _ = new ServerSocket(installation.apiPort(), 1, loopback); ServerSocket _ = new ServerSocket(installation.routerPort(), 1, loopback)) {
            Path stack = Stacks.folder(folder, "shop", Stacks.web("shop", 1, "hello"));
            Installation.Outcome up = installation.must("up", stack.toString());
            JsonNode server = installation.server();
            assertThat(server.get("api").asString()).doesNotEndWith(":" + installation.apiPort());
            assertThat(server.get("router").asString()).doesNotEndWith(":" + installation.routerPort());
            assertThat(up.out()).contains("http://shop.localhost:" + server.get("router").asString().replaceAll(".*:", ""));
            // The router looks for its server where one usually is, then where server.json says.
            Installation.await("routed", Duration.ofSeconds(10), () -> installation.route("shop.localhost").body().equals("hello\n"));
        }
    }

    @Test
    void aSecondServerOnOneHomeIsRefusedAndTheFirstServesOn() throws IOException {
        up(installation, "zoo");
        long first = installation.serverPid();
        Installation.Outcome second = installation.concierge("server");
        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.err()).contains("another server uses it").contains("pid " + first).contains("server stop");
        assertThat(installation.serverPid()).isEqualTo(first);
        assertThat(installation.allReady(2)).isTrue();
    }

    @Test
    void serversThatAreStartedAtTheSameTimeBecomeOne() throws Exception {
        List<Process> all = List.of(
                installation.startInto(folder.resolve("one"), "server", "start"),
                installation.startInto(folder.resolve("two"), "server", "start"),
                installation.startInto(folder.resolve("three"), "server", "start"));
        for (Process one : all) assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(all).allSatisfy(one -> assertThat(one.exitValue()).isZero());
        assertThat(Files.readString(installation.home().resolve("server.log"))).containsOnlyOnce("serving api=");
    }

    @Test
    void anEngineThatIsNamedWronglyIsToldWithoutATrace() throws IOException {
        for (String[] wrong : new String[][] {{"DOCKER_HOST", "nonsense"}, {"DOCKER_CONTEXT", "nowhere"}, {"CONCIERGE_DOCKER__POOL", "everything"}}) {
            try (Installation installation = new Installation("").with(wrong[0], wrong[1])) {
                Installation.Outcome start = installation.concierge("server", "start");
                assertThat(start.exit()).as(start.toString()).isNotZero();
                assertThat(start.err()).contains("docker: ").contains(wrong[1]).contains("expected").doesNotContain("\tat ").doesNotContain("│  at ");
            }
        }
    }
}
