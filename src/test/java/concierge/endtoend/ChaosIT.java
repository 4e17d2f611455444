package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Twenty containers, and everything killed at random moments of deploys: containers run on, all is
 * adopted, nothing is started twice, deploys go on, no acknowledged change is lost. The same with the engine
 * killed, away or hanging. {@code -Dchaos.seed=N} repeats a run, {@code -Dchaos.rounds=N} is the long mode:
 * more rounds, and an engine that is gone for a minute.
 * One engine with one installation for all, so they have an order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChaosIT {
    private static final int SLEEPERS = 15;
    private static final int WEBS = 5;

    /** As ./check runs it: a kill of the server, of the router, of both. */
    private static final int SHORT = 3;

    /** A deploy takes about two seconds; so both its uploads and its last steps are hit. */
    private static final int LATEST_KILL_MILLIS = 3000;

    /** Longer than the silence after which people are told that an engine does not answer. */
    private static final Duration HANG = Duration.ofSeconds(22);

    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());
    private final int rounds = Integer.getInteger("chaos.rounds", SHORT);

    private Path folder;
    private DockerEngine engine;
    private Installation installation;
    private Starts starts;

    /** Of the shop: the last that was accepted, and the last that was tried. */
    private int served;

    private int tried;

    @BeforeAll
    void deploy(@TempDir Path folder) {
        this.folder = folder;
        engine = DockerEngine.start("--live-restore");
        installation = new Installation(engine.address());
        installation.must("up", Stacks.folder(folder, "calm", Stacks.sleepers("calm", SLEEPERS)).toString());
        installation.must("up", version(0, WEBS).toString());
    }

    @AfterAll
    void stop() throws IOException {
        if (installation != null) installation.close();
        if (engine != null) engine.close();
    }

    @BeforeEach
    void watch() {
        starts = new Starts(engine.raw());
    }

    @AfterEach
    void unwatch() {
        starts.close();
    }

    /** Begins to deploy the next version. */
    private Process deploy(int parallel) throws IOException {
        return installation.startInto(folder.resolve("deploy.out"), "deploy", version(++tried, parallel).toString());
    }

    private void awaitDeployed(Process deploy) throws InterruptedException {
        if (!deploy.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("the client hangs: " + output());
        assertThat(deploy.exitValue()).as(output()).isZero();
        served = tried;
    }

    private Path version(int number, int parallel) {
        String file = Stacks.web("shop", WEBS, "version " + number).replace("    stop_grace: 2s", "    update: {parallel: " + parallel + "}\n    stop_grace: 0s");
        return Stacks.folder(folder, "shop", file);
    }

    @Test
    @Order(1)
    void killsAtRandomMomentsOfDeploysLoseAndDoubleNothing() throws Exception {
        Random random = new Random(seed);
        Map<String, String> calm = containers("calm-");
        Victim first = Victim.values()[random.nextInt(Victim.values().length)];
        try (Changes changes = new Changes(installation)) {
            for (int round = 1; round <= rounds; round++) {
                String when = "seed " + seed + " round " + round;
                int deployments = deployments().size();
                Process deploy = deploy(WEBS);
                pause(Duration.ofMillis(random.nextInt(LATEST_KILL_MILLIS)));
                Victim victim = Victim.values()[(first.ordinal() + round) % Victim.values().length];
                kill(victim);
                assertThat(containers("calm-")).as("%s: %s was killed, containers run on", when, victim).isEqualTo(calm);
                if (!deploy.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError(when + ": the client hangs: " + output());
                if (victim == Victim.router) assertThat(deploy.exitValue()).as("%s: %s", when, output()).isZero();
                installation.must("server", "start");
                boolean accepted = deployments().size() > deployments;
                if (output().contains("up and ready")) assertThat(accepted).as("%s: an acknowledged deploy stays", when).isTrue();
                if (accepted) served = tried;
                converged(when);
                assertThat(containers("calm-")).as("%s: bystanders are untouched", when).isEqualTo(calm);
                assertThat(changes.lost()).as("%s: acknowledged changes that are lost", when).isEmpty();
            }
        }
        assertThat(starts.started().values()).as("seed %d: starts of one generation", seed).allMatch(count -> count == 1);
        assertThat(starts.started().keySet()).as("seed %d: only the shop was deployed", seed).allMatch(key -> key.startsWith("shop/"));
        assertThat(starts.twice()).as("seed %d: ran twice at one time", seed).isEmpty();
    }

    private enum Victim {
        server,
        router,
        both
    }

    private void kill(Victim victim) {
        if (victim != Victim.router) Installation.kill9(installation.serverPid());
        if (victim != Victim.server) Installation.kill9(installation.routerPid());
    }

    @Test
    @Order(2)
    void anEngineWithLiveRestoreThatIsKilledComesBackToEverythingUntouched() throws Exception {
        Map<String, String> before = containers("");
        engine.kill();
        awaitPs("says that the engine is away", "docker is away");
        Process deploy = deploy(WEBS);
        pause(rounds > SHORT ? Duration.ofMinutes(1) : Duration.ofSeconds(5));
        assertThat(installation.must("ps").out()).as("keeps what it knew").contains("calm").contains("ready");
        engine.startAgain();
        awaitDeployed(deploy);
        converged("live restore");
        assertThat(containers("calm-")).isEqualTo(filtered(before, "calm-"));
        assertThat(starts.started().keySet()).allMatch(key -> key.startsWith("shop/"));
        assertThat(starts.twice()).isEmpty();
    }

    @Test
    @Order(3)
    void anEngineThatHangsIsWaitedForAndNothingIsAssumedDead() throws Exception {
        Map<String, String> before = containers("");
        engine.hang();
        Process deploy;
        try {
            deploy = deploy(1);
            pause(HANG);
            awaitPs("says that the engine does not answer", "docker is away");
            assertThat(installation.route("shop.localhost").body()).as("what runs is served on").isEqualTo("version " + served + "\n");
        } finally {
            engine.resume();
        }
        awaitDeployed(deploy);
        converged("hang");
        assertThat(containers("calm-")).isEqualTo(filtered(before, "calm-"));
        assertThat(starts.twice()).isEmpty();
    }

    @Test
    @Order(4)
    void anEngineThatTakesItsContainersAlongGetsThemStartedAgainOnce() {
        engine.kill();
        awaitPs("says that the engine is away", "docker is away");
        engine.startAgainWith();
        converged("restart");
        assertThat(starts.twice()).isEmpty();
        assertThat(starts.started()).hasSize(SLEEPERS + WEBS);
        assertThat(starts.started().values()).allMatch(count -> count == 1);
    }

    private void awaitPs(String what, String text) {
        Installation.await(what, Duration.ofSeconds(30), () -> installation.must("ps").out().contains(text));
    }

    /** All instances are ready, the engine has exactly as many containers, and the router serves this version only. */
    private void converged(String when) {
        String[] seen = {""};
        try {
            Installation.await(when + " converged", Duration.ofSeconds(60), () -> {
                seen[0] = difference("version " + served + "\n");
                return seen[0].isEmpty();
            });
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(when + ": " + seen[0] + "\n" + installation.concierge("ps") + "\n" + installation.log() + "\n--- engine\n" + engine.log(), e);
        }
    }

    private String difference(String version) {
        int ready = 0;
        try {
            for (JsonNode one : installation.api("/v1/ps").get("instances")) if (one.get("state").asString().equals("ready")) ready++;
            if (ready != SLEEPERS + WEBS) return ready + " instances are ready";
            int all = engine.raw().get("/containers/json?all=1").ok().json().size();
            if (all != SLEEPERS + WEBS) return "the engine has " + all + " containers";
            for (JsonNode deployment : deployments()) {
                if (deployment.get("outcome").asString().equals("active")) return "active: " + deployment;
            }
            for (int i = 0; i < WEBS; i++) {
                String answer = installation.route("shop.localhost").body();
                if (!answer.equals(version)) return "the router answers " + answer;
            }
            return "";
        } catch (UncheckedIOException e) {
            return e.toString();
        }
    }

    private List<JsonNode> deployments() {
        List<JsonNode> all = new ArrayList<>();
        installation.api("/v1/deployments/shop").forEach(all::add);
        return all;
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("deploy.out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Running containers whose name starts so: name to id. */
    private Map<String, String> containers(String prefix) {
        Map<String, String> all = new TreeMap<>();
        for (JsonNode container : engine.raw().get("/containers/json").ok().json()) {
            all.put(container.get("Names").get(0).asString().substring(1), container.get("Id").asString());
        }
        return filtered(all, prefix);
    }

    private static Map<String, String> filtered(Map<String, String> all, String prefix) {
        Map<String, String> some = new TreeMap<>(all);
        some.keySet().removeIf(name -> !name.startsWith(prefix));
        return some;
    }

    /** The chosen moment of a fault; not a wait for a condition. */
    private static void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) LockSupport.parkNanos(end - System.nanoTime());
    }

    /** Small changes, one after the other as fast as the server takes them; which were acknowledged. */
    private static final class Changes implements AutoCloseable {
        private final Installation installation;
        private final Set<String> acknowledged = java.util.concurrent.ConcurrentHashMap.newKeySet();
        private final Thread thread;
        private volatile boolean closed;

        Changes(Installation installation) {
            this.installation = installation;
            this.thread = Thread.ofVirtual().start(this::change);
        }

        private void change() {
            for (int number = 1; !closed; number++) {
                String key = "KEY_" + number;
                try {
                    if (installation.send("PUT", "/v1/stacks/calm/env", "{\"" + key + "\": \"" + number + "\"}").statusCode() == 200) acknowledged.add(key);
                } catch (UncheckedIOException _) {
                    pause(Duration.ofMillis(50)); // it was killed: this one may be in, or not
                }
            }
        }

        Set<String> lost() {
            Set<String> lost = new TreeSet<>(acknowledged);
            assertThat(lost).as("changes were made").isNotEmpty();
            Map<String, String> kept = new HashMap<>();
            concierge.json.Json.mapper().readTree(installation.send("GET", "/v1/stacks/calm/env", "").body()).properties()
                    .forEach(entry -> kept.put(entry.getKey(), entry.getValue().asString()));
            lost.removeAll(kept.keySet());
            return lost;
        }

        @Override
        public void close() {
            closed = true;
            Installation.await("the last change", Duration.ofSeconds(20), () -> !thread.isAlive());
        }
    }
}
