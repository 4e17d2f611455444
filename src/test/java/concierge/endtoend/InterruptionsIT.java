package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.runtime.Processes;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Clients that end in the middle, get in each other's way or have no right; servers that are told to end. */
class InterruptionsIT {
    @TempDir
    Path folder;

    @AutoClose
    private final Installation installation = Installation.withoutEngine();

    private Path web(String text) {
        return Stacks.folder(folder, "shop-" + text, Stacks.web("shop", 2, text));
    }

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void aServerThatIsTerminatedEndsCleanlyAndInstancesRunOn() throws Exception {
        installation.must("up", web("one").toString());
        Map<String, Long> before = installation.processes();
        for (String name : List.of("TERM", "INT")) {
            long server = installation.serverPid();
            signal(name, server);
            Installation.await("ended by " + name, Duration.ofSeconds(20), () -> !Processes.alive(server));
            assertThat(installation.home().resolve("server.json")).doesNotExist();
            installation.must("server", "start");
            Installation.await("adopted", Duration.ofSeconds(20), () -> installation.allReady(2));
            assertThat(installation.processes()).isEqualTo(before);
        }
    }

    @Test
    void aRouterComesBackThoughTheFolderItsServerWasStartedInIsGone() throws Exception {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        assertThat(installation.concierge(gone, null, "server", "start").exit()).isZero();
        Files.delete(gone);
        long router = installation.routerPid();
        Installation.kill9(router);
        Installation.await("another router", Duration.ofSeconds(20), () -> {
            if (!Files.exists(installation.home().resolve("router/router.json"))) return false;
            long now = installation.routerPid();
            return now != router && Processes.alive(now);
        });
    }

    @Test
    void aDeployGoesOnWithoutTheClientThatAskedForIt() throws Exception {
        installation.must("up", web("one").toString());
        for (String name : List.of("KILL", "INT")) {
            Path out = folder.resolve(name);
            Process client = installation.startInto(out, "up", web(name).toString());
            Installation.await("accepted", Duration.ofSeconds(30), () -> deployments() == (name.equals("KILL") ? 2 : 3));
            signal(name, client.pid());
            assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
            if (name.equals("INT") && client.exitValue() != 0) {
                assertThat(client.exitValue()).isEqualTo(130);
                assertThat(Files.readString(out)).contains("the deployment goes on");
            }
            Installation.await("deployed all the same", Duration.ofSeconds(60), () -> served(name));
        }
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() throws Exception {
        installation.must("server", "start");
        String token = Files.readString(installation.home().resolve("token")).strip();
        int port = Integer.parseInt(installation.server().get("api").asString().replaceAll(".*:", ""));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /v1/blobs/" + "a".repeat(64) + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer " + token
                            + "\r\nContent-Length: 1000000\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[100_000]);
            out.flush();
            Installation.await("it is being received", Duration.ofSeconds(10), () -> blobs() == 1);
        }
        Installation.await("nothing of it", Duration.ofSeconds(10), () -> blobs() == 0);
        installation.must("up", web("one").toString());
    }

    @Test
    void deploysOfOneStackAtOnceEndWithOneOfThemWhole() throws Exception {
        installation.must("up", web("one").toString());
        List<Process> both = List.of(
                installation.startInto(folder.resolve("first"), "deploy", web("two").toString()),
                installation.startInto(folder.resolve("second"), "deploy", web("three").toString()));
        for (Process one : both) {
            assertThat(one.waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(one.exitValue()).as("succeeded, or superseded by the other").isIn(0, 5);
        }
        assertThat(both).anySatisfy(one -> assertThat(one.exitValue()).isZero());
        Installation.await("one of them", Duration.ofSeconds(30), () -> installation.allReady(2) && (served("two") || served("three")));
    }

    @Test
    void aWrongTokenChangesNothingAndIsToldAsSuch() throws Exception {
        installation.must("up", web("one").toString());
        assertThat(installation.send("PUT", "/v1/stacks/shop/env", "{\"A\": \"1\"}", "wrong").statusCode()).isEqualTo(401);
        Path token = installation.home().resolve("token");
        String right = Files.readString(token);
        Files.writeString(token, "wrong\n");
        Installation.Outcome scale = installation.concierge("scale", "shop/web", "3");
        assertThat(scale.exit()).isEqualTo(4);
        assertThat(scale.err()).contains("token");
        Files.writeString(token, right);
        assertThat(installation.allReady(2)).isTrue();
    }

    private long blobs() {
        try (Stream<Path> files = Files.list(installation.home().resolve("blobs"))) {
            return files.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private int deployments() {
        int count = 0;
        for (JsonNode _ : installation.api("/v1/deployments/shop")) count++;
        return count;
    }

    /** The router answers with this text, whichever instance it asks. */
    private boolean served(String text) {
        for (int i = 0; i < 4; i++) if (!installation.route("shop.localhost").body().equals(text + "\n")) return false;
        return true;
    }
}
