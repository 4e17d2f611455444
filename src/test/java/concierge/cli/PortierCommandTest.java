package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortierCommandTest {
    private static final String TASKS = "GET /v1/portier/tasks";

    @TempDir
    Path home;

    private GoldenServer server;

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
        server.json("POST /v1/portier/drain", "{\"drained\": true, \"revision\": 7}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String tasks(boolean drained, boolean idle, String trouble, String tasks, String unclaimed) {
        return "{\"endpoint\": \"http://q:8080\", \"identity\": \"12345\", \"drained\": %s, \"idle\": %s, \"trouble\": \"%s\", \"tasks\": [%s], \"unclaimed\": [%s], \"more\": 0}"
                .formatted(drained, idle, trouble, tasks, unclaimed);
    }

    private static String task(String name, String instance, String reason) {
        return "{\"task\": \"%s\", \"type\": \"clock\", \"identity\": \"12345\", \"instance\": \"%s\", \"host\": \"a\", \"state\": \"ready\", \"reason\": \"%s\", \"restarts\": 0, \"lastLog\": []}".formatted(name, instance, reason);
    }

    @Test
    void whatIsNotClaimedIsShownWithItsReason() {
        String again = Instant.now().plusSeconds(25).toString();
        server.json(TASKS, tasks(false, false, "", task("t1", "portier/clock/t1/1", ""),
                "{\"task\": \"x1\", \"type\": \"probe\", \"reason\": \"no such type here\"}, {\"task\": \"t2\", \"type\": \"clock\", \"reason\": \"image gone\", \"again\": \"" + again + "\"}"));
        CliRun run = CliRun.of(home, "portier", "tasks");
        assertThat(run.out()).containsPattern("t1 +clock +● ready").containsPattern("NOT CLAIMED +TYPE +BECAUSE").containsPattern("x1 +probe +no such type here")
                .containsPattern("t2 +clock +image gone; tried again in 2[0-9]s");
    }

    @Test
    void aTroubleWithTheQueueIsShownFirst() {
        server.json(TASKS, tasks(false, false, "the queue does not answer: refused", "", ""));
        CliRun run = CliRun.of(home, "portier", "tasks");
        assertThat(run.err()).contains("! the queue does not answer: refused").contains("no tasks of http://q:8080 as 12345");
    }

    @Test
    void drainWaitsUntilEverythingIsStoppedAndGivenBack() {
        server.first(TASKS, tasks(true, false, "", task("t1", "portier/clock/t1/1", "is given back: drained") + "," + task("t2", "", "is given back: drained"), ""));
        server.json(TASKS, tasks(true, true, "", "", ""));
        CliRun run = CliRun.of(home, "portier", "drain");
        assertThat(run.exit()).isZero();
        assertThat(run.err()).contains("waiting for t1 to stop, and for the queue to take back t2").contains("✓ every task is stopped and given back");
    }

    @Test
    void drainNeedNotBeWaitedFor() {
        CliRun run = CliRun.of(home, "portier", "drain", "--no-wait");
        assertThat(run.err()).contains("tasks are being stopped and given back").contains("portier tasks tells how far it is");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aDrainThatSomebodyTakesBackIsNotWaitedForAnyLonger() {
        server.json(TASKS, tasks(false, false, "", task("t1", "portier/clock/t1/1", ""), ""));
        CliRun run = CliRun.of(home, "portier", "drain");
        assertThat(run.exit()).isNotZero();
        assertThat(run.err()).contains("somebody has it claim again");
    }

    @Test
    void typesAreThoseOfAServerStartedNowUnlessTheRunningOnesAreAskedFor() {
        server.json("GET /v1/portier/types", "[{\"type\": \"clock\", \"key\": \"image\", \"value\": \"clock:9\", \"from\": \"config.yml:1:1\"}]");
        CliRun own = CliRun.of(home, "portier", "types", "--set", "types.probe.image=a:1");
        assertThat(own.out()).containsPattern("clock +image +concierge-clock:latest +built-in").containsPattern("probe +image +a:1 +option --set types.probe.image");
        assertThat(own.err()).contains("the server that runs has other definitions");
        CliRun running = CliRun.of(home, "portier", "types", "--server");
        assertThat(running.out()).contains("clock:9").doesNotContain("restream");
        assertThat(CliRun.of(home, "portier", "tasks", "--server").exit()).isEqualTo(2);
    }

    @Test
    void wordsAndOptionsThatMeanNothingHereAreRefused() {
        assertThat(CliRun.of(home, "portier", "drain", "now").err()).contains("unexpected: now");
        assertThat(CliRun.of(home, "portier", "tasks", "--endpoint", "http://q").err()).contains("--endpoint: not with concierge portier tasks (expected: with concierge portier alone");
        assertThat(CliRun.of(home, "portier", "drain", "--set", "portier.interval=5s").exit()).isEqualTo(2);
        assertThat(CliRun.of(home, "portier", "tasks", "--no-wait").err()).contains("--no-wait: not with concierge portier tasks (expected: with concierge portier drain)");
        assertThat(CliRun.of(home, "portier", "--json").err()).contains("--json: not with concierge portier (expected: with tasks, types, drain or resume)");
        assertThat(server.requests()).isEmpty();
    }
}
