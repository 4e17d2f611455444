package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.EtcdServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server and an agent whose etcd is away when they start, goes away, and runs out of space: what runs never notices. */
class StoreAwayIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    /** A call to etcd may be under way when it dies; later ones are refused at once. */
    private static final Duration REFUSED = Duration.ofSeconds(15);

    private static final String QUOTA_BYTES = Integer.toString(2 << 20);

    @TempDir
    Path folder;

    private EtcdServers etcd;
    private Installation server;
    private Installation host;

    @BeforeEach
    void reserve() {
        etcd = EtcdServers.start(folder.resolve("etcd"), 1, "--quota-backend-bytes", QUOTA_BYTES);
        etcd.killAll();
        server = Installation.withoutEngine().with("CONCIERGE_STORE__URL", etcd.address("/test")).with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_HOST__NAME", "s");
        host = Installation.withoutEngine().with("CONCIERGE_STORE__URL", etcd.address("/test")).with("CONCIERGE_EXECUTORS", "process");
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
        Path record = server.home().resolve("server.json");
        if (Files.exists(record)) {
            Installation.kill9(server.serverPid());
            // Its state is not in its home: there is nothing to reset there.
            Files.delete(record);
        }
        server.close();
        etcd.close();
    }

    private void await(String what, BooleanSupplier condition) {
        Installation.await(what, LIMIT, condition);
    }

    private String ps() {
        return server.must("ps").out();
    }

    private Set<Long> running() {
        Map<String, Long> processes = Files.isDirectory(host.home().resolve("processes/instances")) ? host.processes() : Map.of();
        return new TreeSet<>(processes.values());
    }

    private static boolean says(Path log, String text) {
        try {
            return Files.exists(log) && Files.readString(log).contains(text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whatRunsNeverNoticesAndEverythingElseSaysWhyAndGoesOnByItself() throws Exception {
        Process agent = bothWaitForTheirStore();
        try {
            server.must("up", Stacks.folder(folder, "shop", Stacks.sleepers("shop", 2)).toString());
            Set<Long> before = running();
            assertThat(before).hasSize(2);
            theLastStateIsShownWhileEtcdIsAway();
            assertThat(running()).isEqualTo(before);
            whatTakesNoChangesSaysWhy();
            assertThat(running()).isEqualTo(before);
            await("it takes changes again", () -> server.concierge("scale", "shop/sleeper", "3").exit() == 0);
            await("and carries them out", () -> server.allReady("shop", 3));
            assertThat(running()).as("nothing was restarted").hasSize(3).containsAll(before);
        } finally {
            Installation.kill9(agent.pid());
            running().forEach(Installation::kill9);
        }
    }

    private Process bothWaitForTheirStore() throws Exception {
        Path said = folder.resolve("start.log");
        Process starting = server.startInto(said, "server", "start");
        await("the server says that it waits", () -> says(said, "the server waits for the store") && says(said, "no answer from"));
        Installation.Outcome refused = server.concierge("ps");
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("waits for the store").contains("no answer from").contains("begins by itself");
        assertThat(server.must("server", "status").err()).contains("waits for the store");
        etcd.startAll();
        assertThat(starting.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(starting.exitValue()).as(Files.readString(said)).isZero();
        etcd.killAll();
        Files.copy(server.home().resolve("secrets.key"), host.home().resolve("secrets.key"), StandardCopyOption.COPY_ATTRIBUTES);
        Path log = folder.resolve("agent.log");
        Process agent = host.startInto(log, "agent", "--name", "a", "--set", "bind=127.0.0.2");
        await("the agent says that it waits", () -> says(log, "waiting for the store"));
        etcd.startAll();
        await("it joins", () -> server.must("hosts").out().contains("● up"));
        return agent;
    }

    private void theLastStateIsShownWhileEtcdIsAway() {
        etcd.killAll();
        await("ps says from when it is", () -> ps().contains("the store has not answered for"));
        assertThat(ps()).contains("shop/sleeper/1").contains("shop/sleeper/2").contains("● ready");
        assertThat(server.must("ps", "--json").out()).contains("\"asOf\"");
        Installation.Outcome hosts = server.must("hosts");
        assertThat(hosts.out()).contains("● up");
        assertThat(hosts.err()).contains("the store has not answered for");
        assertThat(server.must("events").out()).contains("shop/sleeper/1");
        assertThat(server.must("logs", "shop").exit()).as("its agent is asked all the same").isZero();
        long began = System.nanoTime();
        Installation.Outcome change = server.concierge("scale", "shop/sleeper", "5");
        assertThat(change.exit()).isEqualTo(4);
        assertThat(change.err()).contains("the store does not answer").contains("nothing was changed");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(REFUSED);
        etcd.startAll();
        await("it is as it is", () -> !ps().contains("the store has not answered") && server.must("hosts").out().contains("● up"));
    }

    private void whatTakesNoChangesSaysWhy() {
        String large = new String(new byte[100_000], StandardCharsets.US_ASCII).replace('\0', 'x');
        await("etcd is full", () -> {
            try {
                etcd.control("put", "/filling", large);
                return false;
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage()).contains("space exceeded");
            }
        });
        await("ps says why", () -> ps().contains("takes no changes") && ps().contains("out of space"));
        assertThat(server.must("server", "status").err()).contains("out of space").contains("alarm disarm");
        assertThat(server.concierge("scale", "shop/sleeper", "5").err()).contains("out of space").contains("nothing was changed");
        // Longer than the lease of the host: it is renewed all the same.
        Installation.hold(Duration.ofSeconds(7));
        assertThat(server.must("hosts").out()).contains("● up").doesNotContain("lost");
        etcd.control("del", "/filling");
        etcd.control("compact", etcd.control("get", "/none", "-w", "fields").replaceAll("(?s).*\"Revision\" : (\\d+).*", "$1"));
        etcd.control("defrag");
        etcd.control("alarm", "disarm");
    }
}
