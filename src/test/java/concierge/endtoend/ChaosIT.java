package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Twenty containers, and everything of ours killed at random moments of deploys: containers run on, all is
 * adopted, nothing is started twice, no acknowledged change is lost. {@code -Dchaos.seed=N} repeats a run,
 * {@code -Dchaos.rounds=N} makes it longer.
 */
class ChaosIT {
    private static final int SLEEPERS = 15;
    private static final int WEBS = 5;

    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());
    private final int rounds = Integer.getInteger("chaos.rounds", 4);

    @TempDir
    Path folder;

    private DockerEngine engine;
    private Installation installation;

    @BeforeEach
    void start() {
        engine = DockerEngine.start();
        installation = new Installation(engine.address());
        up("calm", Stacks.sleepers("calm", SLEEPERS));
        up("shop", version(0));
    }

    @AfterEach
    void stop() throws IOException {
        installation.close();
        engine.close();
    }

    private void up(String name, String file) {
        installation.must("up", Stacks.folder(folder, name, file).toString());
    }

    private static String version(int number) {
        return Stacks.web("shop", WEBS, "version " + number).replace("    stop_grace", "    update: {parallel: 5}\n    stop_grace");
    }

    @Test
    void killsAtRandomMomentsOfDeploysLoseAndDoubleNothing() throws Exception {
        Random random = new Random(seed);
        Map<String, String> calm = containers("calm-");
        int acknowledged = 0;
        for (int round = 1; round <= rounds; round++) {
            Process deploy = installation.startInto(folder.resolve("deploy.out"), "deploy", Stacks.folder(folder, "shop", version(round)).toString());
            pause(Duration.ofMillis(random.nextInt(4000)));
            int victim = random.nextInt(3);
            if (victim != 1) Installation.kill9(installation.serverPid());
            if (victim != 0) Installation.kill9(installation.routerPid());
            deploy.waitFor(60, TimeUnit.SECONDS);
            installation.must("server", "start");
            int newest = newestDeployed();
            assertThat(newest).as("seed %d round %d: acknowledged changes stay", seed, round).isGreaterThanOrEqualTo(acknowledged);
            acknowledged = newest;
            converged(round);
            assertThat(containers("calm-")).as("seed %d round %d: bystanders are untouched", seed, round).isEqualTo(calm);
        }
    }

    @Test
    void anEngineThatIsKilledAndComesBackGetsEverythingStartedAgainOnce() {
        engine.kill();
        pause(Duration.ofSeconds(3));
        assertThat(installation.must("ps").out()).as("says that the engine is away").contains("docker");
        engine.startAgain();
        converged(0);
        assertThat(containers("calm-")).hasSize(SLEEPERS);
    }

    @Test
    void anEngineThatHangsIsWaitedForAndNothingIsAssumedDead() {
        Map<String, String> before = containers("");
        engine.hang();
        pause(Duration.ofSeconds(20));
        engine.resume();
        converged(0);
        assertThat(containers("")).isEqualTo(before);
    }

    /** All instances are ready, of one version, and the engine runs exactly as many containers. */
    private void converged(int round) {
        Installation.await("seed " + seed + " round " + round + " converged", Duration.ofSeconds(90), () -> {
            Installation.Outcome ps = installation.concierge("ps", "--json");
            if (ps.exit() != 0) return false;
            int ready = 0;
            for (JsonNode one : ps.json().get("instances")) if (one.get("state").asString().equals("ready")) ready++;
            return ready == SLEEPERS + WEBS && containers("").size() == SLEEPERS + WEBS && answers();
        });
    }

    private boolean answers() {
        try {
            return installation.route("shop.localhost").body().startsWith("version ");
        } catch (RuntimeException e) {
            return false;
        }
    }

    private int newestDeployed() {
        int newest = 0;
        for (JsonNode deployment : installation.api("/v1/deployments/shop")) newest = Math.max(newest, Integer.parseInt(deployment.get("id").asString()));
        return newest;
    }

    /** Running containers whose name starts so: name to id. */
    private Map<String, String> containers(String prefix) {
        Map<String, String> all = new TreeMap<>();
        for (JsonNode container : engine.raw().get("/containers/json").ok().json()) {
            String name = container.get("Names").get(0).asString().substring(1);
            if (name.startsWith(prefix)) all.put(name, container.get("Id").asString());
        }
        return all;
    }

    /** The chosen moment of a fault; not a wait for a condition. */
    private static void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) LockSupport.parkNanos(end - System.nanoTime());
    }
}
