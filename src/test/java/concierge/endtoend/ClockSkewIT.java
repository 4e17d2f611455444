package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.MachineClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A host and a second server whose clocks are minutes off, and are put right: it is shown, and nothing else comes of it. */
class ClockSkewIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private Cluster cluster;
    private Installation one;

    private static void await(String what, BooleanSupplier condition) {
        Installation.await(what, LIMIT, condition);
    }

    @Test
    void clocksThatAreMinutesOffAreShownAndDoNoHarm() throws Exception {
        MachineClock hosts = new MachineClock(folder.resolve("host.clock"), Duration.ofMinutes(5));
        MachineClock servers = new MachineClock(folder.resolve("server.clock"), Duration.ofMinutes(-3));
        try (Cluster started = new Cluster(folder, 1, List.of("one"), List.of())) {
            cluster = started;
            one = cluster.server("one");
            cluster.addHost("a").with(hosts.environment()).start();
            Installation two = cluster.addServer("two", withoutRouter(servers));
            bothAreShown(two);
            whatRunsThereIsAsAnywhere();
            hosts.set(Duration.ZERO);
            itIsForgottenWhenTheClockIsRight();
            theServerThatIsOffLeads(two, servers);
        }
    }

    private static Map<String, String> withoutRouter(MachineClock clock) {
        Map<String, String> environment = new TreeMap<>(clock.environment());
        environment.put("CONCIERGE_ROUTER__ENABLED", "false");
        return environment;
    }

    private void bothAreShown(Installation two) {
        await("the host is shown", () -> one.must("hosts").err().contains("a: its clock is 5 min 0 s ahead of that of one, which leads"));
        JsonNode shown = one.api("/v1/hosts").get(0);
        assertThat(shown.at("/skew/ahead").asString()).isEqualTo("PT5M");
        assertThat(shown.get("lost").asBoolean()).isFalse();
        assertThat(one.must("events", "--json").out()).contains("its clock is 5 min 0 s ahead");
        await("and the server", () -> two.must("server", "status").err().contains("this server's clock is 3 min 0 s behind that of one"));
        assertThat(one.must("server", "status").err()).doesNotContain("clock");
    }

    private void whatRunsThereIsAsAnywhere() {
        String tick = "viking: {name: shop}\ndeploy:\n  tick: {executor: process, update: {monitor: 1s}, run: [sh, -c, 'while :; do echo tick; sleep 1; done']}\n";
        one.must("up", Stacks.folder(folder, "shop", tick).toString());
        assertThat(one.must("logs", "shop", "--since", "1m").out()).contains("tick");
        assertThat(one.must("logs", "shop", "--since", "2030-01-01T00:00:00Z").out()).isEmpty();
        assertThat(one.instance("shop", "tick").get("host").asString()).isEqualTo("a");
    }

    /** By then the agent has timers in the future of its machine's clock: all that waits would wait for five minutes. */
    private void itIsForgottenWhenTheClockIsRight() {
        Map<String, Long> before = cluster.host("a").processes();
        await("no more of it", () -> !one.must("hosts").err().contains("clock"));
        await("events tell it", () -> one.must("events", "--json").out().contains("its clock is right again"));
        assertThat(cluster.host("a").processes()).isEqualTo(before);
        for (int restarts = 1; restarts <= 2; restarts++) {
            int wanted = restarts;
            cluster.host("a").processes().values().forEach(Installation::kill9);
            await("restart " + restarts, () -> one.instance("shop", "tick").get("restarts").asInt() == wanted && one.allReady("shop", 1));
        }
    }

    private void theServerThatIsOffLeads(Installation two, MachineClock clock) {
        Installation.kill9(one.serverPid());
        await("it leads", () -> cluster.leader().equals("two"));
        await("hosts are compared with it", () -> two.must("hosts").err().contains("a: its clock is 3 min 0 s ahead of that of two"));
        two.must("scale", "shop/tick", "2");
        await("it plans", () -> two.allReady("shop", 2));
        clock.set(Duration.ZERO);
        await("its clock is right", () -> !two.must("hosts").err().contains("clock"));
        two.must("scale", "shop/tick", "1");
        await("and it goes on", () -> two.allReady("shop", 1));
    }
}
