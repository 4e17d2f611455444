package concierge.server.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.config.Home;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerHomeTest {
    @TempDir
    Path folder;

    private ServerHome.Announcement announcement(Home home) {
        return new ServerHome.Announcement(42, "inst", "http://127.0.0.1:8791", "", "2026-01-01T00:00:00Z", home.path().toString(), java.util.Optional.empty(), "build-1");
    }

    @Test
    void makesAFolderOfItsOwnersAlone() throws Exception {
        Home home = new Home(folder.resolve("deep/home"));
        try (ServerHome opened = ServerHome.open(home)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.path()))).isEqualTo("rwx------");
            assertThat(opened.folder("sites")).isDirectory();
            assertThat(opened.folder("router")).isDirectory();
        }
    }

    @Test
    void whatStandsInAHomeThatOthersMayEnterIsItsOwnersAlone() throws Exception {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (ServerHome opened = ServerHome.open(new Home(open))) {
            for (String name : java.util.List.of("blobs", "logs", "processes", "sites", "router")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(opened.folder(name)))).as(name).isEqualTo("rwx------");
            }
        }
    }

    @Test
    void aHomeThatCannotBeOneIsNamedWithWhatWasExpected() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> ServerHome.open(new Home(file)))
                .hasMessageStartingWith(file + ": no folder (expected: " + file + " a folder that this user can make and write");
    }

    @Test
    void twoServersNeverUseOneHome() throws Exception {
        Home home = new Home(folder);
        try (ServerHome first = ServerHome.open(home)) {
            first.announce(announcement(home));
            assertThatThrownBy(() -> ServerHome.open(home))
                    .isInstanceOf(ServerHome.TakenException.class)
                    .hasMessageContaining("pid 42").hasMessageContaining("http://127.0.0.1:8791");
        }
        ServerHome.open(home).close();
    }

    @Test
    void anotherProcessIsKeptOutAndItsDeathGivesTheHomeBack() throws Exception {
        Home home = new Home(folder);
        ServerHome.open(home).close();
        Process holder = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java", "-cp", System.getProperty("java.class.path"), Holder.class.getName(), folder.toString())
                .redirectErrorStream(true).start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            assertThatThrownBy(() -> ServerHome.open(home)).isInstanceOf(ServerHome.TakenException.class);
        } finally {
            holder.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
        ServerHome.open(home).close();
    }

    /** A server of another process, to be killed. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            ServerHome home = ServerHome.open(new Home(Path.of(arguments[0])));
            System.out.println("held");
            new java.util.concurrent.CountDownLatch(1).await();
            home.close();
        }
    }

    @Test
    void theAnnouncementStandsWhileTheServerRuns() throws Exception {
        Home home = new Home(folder);
        ServerHome opened = ServerHome.open(home);
        opened.announce(announcement(home));
        assertThat(ServerHome.read(home)).contains(announcement(home));
        opened.close();
        opened.close();
        assertThat(home.server()).doesNotExist();
        assertThat(ServerHome.read(home)).isEmpty();
    }

    @Test
    void aHalfWrittenAnnouncementIsNone() throws Exception {
        Home home = new Home(folder);
        Files.writeString(home.server(), "{\"pid\": 4");
        assertThat(ServerHome.read(home)).isEmpty();
    }

    @Test
    void aTakenPortMeansTheNextFreeOne() throws Exception {
        try (ServerSocket taken = listen(0)) {
            int wanted = taken.getLocalPort();
            try (ServerSocket opened = Ports.open("api", wanted, ServerHomeTest::listen)) {
                assertThat(opened.getLocalPort()).isBetween(wanted + 1, wanted + Ports.RANGE - 1);
            }
        }
    }

    @Test
    void whatIsNoTakenPortIsNotTriedAgain() {
        assertThatThrownBy(() -> Ports.open("api", 8791, _ -> {
            throw new IOException("no such address");
        })).hasMessage("no such address");
        assertThatThrownBy(() -> Ports.open("api", 65530, _ -> {
            throw new java.net.BindException("Address already in use");
        })).hasMessageContaining("65530 to 65535 are all taken").hasMessageContaining("api.port");
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }
}
