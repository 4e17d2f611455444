package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.endtoend.Installation.Outcome;
import concierge.testing.Relay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An installation that is used from another machine: the same commands, over TLS, with a token. */
class AccessIT {
    /** A second address of this machine; loopback's network is larger than its name, and not all of it is loopback to the server. */
    private static final String ADDRESS = "10.213.77.1";

    @TempDir
    Path folder;

    private Installation server;
    private Installation user;

    @BeforeEach
    void start() throws Exception {
        // In a network of its own: see src/test/isolated.
        new ProcessBuilder("ip", "addr", "add", ADDRESS + "/32", "dev", "lo").start().onExit().join();
        server = Installation.withoutEngine().with("CONCIERGE_API__HOST", ADDRESS);
        user = Installation.withoutEngine();
        server.must("server", "start");
    }

    @AfterEach
    void stop() throws Exception {
        user.close();
        server.close();
        new ProcessBuilder("ip", "addr", "del", ADDRESS + "/32", "dev", "lo").start().onExit().join();
    }

    private String url() {
        return "https://" + ADDRESS + ":" + server.apiPort();
    }

    private String fingerprint() {
        return server.must("server", "status", "--json").json().path("network").path("fingerprint").asString();
    }

    private String token(String name, String role) {
        return server.must("token", "create", name, "--role", role).out().strip();
    }

    private Outcome login(String token, String name, String fingerprint) throws Exception {
        return user.concierge(folder, token, "login", url(), "--name", name, "--token-stdin", "--fingerprint", fingerprint);
    }

    @Test
    void whoLoggedInDeploysFromElsewhereAndIsOutAtOnceWhenRevoked() throws Exception {
        assertThat(login(token("ci", "deploy"), "prod", fingerprint()).exit()).isZero();
        assertThat(login(token("eye", "read"), "eye", fingerprint()).exit()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(user.home().resolve("contexts.json")))).isEqualTo("rw-------");
        user.must("context", "use", "prod");

        String stack = Stacks.folder(folder, "shop", "viking: {name: shop}\ndeploy:\n  web: {run: sleep 1000, executor: process, update: {monitor: 1s}}\n").toString();
        user.must("up", stack);
        assertThat(user.home().resolve("server.json")).doesNotExist();
        assertThat(server.must("ps", "shop").out()).contains("shop/web/1");
        assertThat(user.must("exec", "shop/web", "--", "echo", "from afar").out()).isEqualTo("from afar\n");
        assertThat(server.must("audit").out()).contains("ci", "deploy", "shop/default");

        Outcome refused = user.concierge("scale", "shop/web", "2", "--context", "eye");
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("the token eye has the role read (expected: deploy)");
        assertThat(user.concierge("server", "stop").err()).contains("the context prod is chosen");
        assertThat(user.concierge("ps", "--context", "local").exit()).isEqualTo(3);

        server.must("token", "revoke", "ci");
        Outcome out = user.concierge("ps");
        assertThat(out.exit()).isEqualTo(4);
        assertThat(out.err()).contains("the token ci was revoked at ").contains("concierge login " + url() + " --name prod");
        user.must("logout");
        assertThat(user.must("context", "ls").out()).doesNotContain("prod");
    }

    @Test
    void aServerThatIsNotTheOneIsNotTalkedTo() throws Exception {
        String token = token("ci", "deploy");
        Outcome unknown = user.concierge(folder, token, "login", url(), "--token-stdin");
        assertThat(unknown.exit()).isEqualTo(4);
        assertThat(unknown.err()).contains("the fingerprint is " + fingerprint() + " (expected: --fingerprint)");
        Outcome other = login(token, "prod", "sha256:" + "0".repeat(64));
        assertThat(other.err()).contains("(expected: sha256:000").contains(fingerprint());
        assertThat(login("ci." + "0".repeat(64), "prod", fingerprint()).err()).contains("the token is not one of this installation's");
        assertThat(user.home().resolve("contexts.json")).doesNotExist();

        assertThat(login(token, "prod", fingerprint()).exit()).isZero();
        Path contexts = user.home().resolve("contexts.json");
        String kept = Files.readString(contexts);
        // By a name that the certificate is not for.
        try (Relay relay = new Relay("127.0.0.2", ADDRESS, server.apiPort())) {
            Files.writeString(contexts, kept.replace(url(), "https://127.0.0.2:" + relay.port()));
            assertThat(user.concierge("ps").err()).contains("its certificate is for ").contains("(expected: 127.0.0.2)");
        }
        Files.writeString(contexts, kept);

        // The installation is made anew, on the same address: another authority.
        server.must("reset", "--yes");
        server.must("server", "start");
        Outcome changed = user.concierge("ps");
        assertThat(changed.exit()).isEqualTo(4);
        assertThat(changed.err()).contains("(expected: one that CN=Concierge authority").contains("was the installation made anew?");
    }
}
