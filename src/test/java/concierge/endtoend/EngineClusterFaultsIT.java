package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three machines with a Docker engine and an agent each, two servers and three etcd members, while a client asks the
 * routed service all the time: whatever dies, everything converges and nothing runs twice.
 */
class EngineClusterFaultsIT {
    private static final int WEB = 24;
    private static final int DATA = 3;
    private static final int ALL = WEB + 2 * DATA;

    /** Thirty containers on a busy machine. */
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private static final String STACK = """
            viking:
              name: shop
            deploy:
              web:
                image: busybox:stable
                scale: %d
                expose: [8000]
                health: http:/
                stop_grace: 2s
                run: [sh, -c, 'mkdir /www && echo hello > /www/index.html && exec busybox httpd -f -p 8000 -h /www']
                domains: [shop.localhost]
              data:
                image: busybox:stable
                scale: %d
                volume: [/data]
                stop_grace: 1s
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
              single:
                image: busybox:stable
                scale: %d
                stop_grace: 1s
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
            """.formatted(WEB, DATA, DATA);

    @TempDir
    static Path folder;

    private static Machines cluster;
    private static Hammer client;

    @BeforeAll
    static void deploy() {
        long began = System.nanoTime();
        cluster = Machines.start(folder, List.of("s1", "s2"), 3);
        report("three machines, two servers and etcd started", began);
        began = System.nanoTime();
        cluster.server("s2").must("up", Stacks.folder(folder, "shop", STACK).toString());
        report("thirty instances deployed", began);
        await("the router of s1", () -> cluster.server("s1").route("shop.localhost").statusCode() == 200);
        client = new Hammer(cluster.server("s1").server().get("router").asString(), "shop.localhost", "hello\n");
    }

    @AfterAll
    static void stop() {
        if (client != null) client.close();
        if (cluster != null) cluster.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + cluster.anyServer().concierge("ps") + cluster.spread() + cluster.running() + "\n" + cluster.logs(), e);
        }
    }

    /** All are ready where the state says so, and nothing else runs anywhere. */
    private static boolean converged() {
        if (!cluster.anyServer().allReady("shop", ALL)) return false;
        Map<String, List<Instant>> running = cluster.running();
        return running.size() == ALL && running.values().stream().allMatch(starts -> starts.size() == 1);
    }

    private static void report(String what, long began) {
        System.out.println("faults: " + what + ": " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
    }

    /** What the client has seen since it was last asked. */
    private static Map<String, Integer> seen(String during) {
        Hammer.Tally tally = client.next();
        System.out.println("faults: " + during + ": " + tally);
        return tally.failed();
    }

    @Test
    void whatAMachineRanRunsElsewhereAfterItsDeath() {
        await("deployed", EngineClusterFaultsIT::converged);
        seen("undisturbed");
        Machines.Machine dead = cluster.machine("node2");
        long began = System.nanoTime();
        dead.node().crash();
        await("replacements ready", () -> cluster.anyServer().instances("shop").stream().filter(it -> it.get("state").asString().equals("ready") && !it.get("host").asString().equals("node2")).count() >= ALL - DATA);
        report("a machine dead to its instances ready elsewhere", began);
        seen("a machine dead");
        dead.boot();
        await("back", EngineClusterFaultsIT::converged);
        report("booted", began);
        seen("a machine booted");
    }
}
