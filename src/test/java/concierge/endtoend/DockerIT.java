package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The main job on a real Docker engine: the real program, its examples, and what users do with them. */
class DockerIT {
    private static DockerEngine engine;

    @TempDir
    Path folder;

    private Installation installation;

    @BeforeAll
    static void startEngine() {
        engine = DockerEngine.start();
    }

    @AfterAll
    static void stopEngine() {
        engine.close();
    }

    @BeforeEach
    void install() {
        installation = new Installation(engine.address());
    }

    @AfterEach
    void remove() throws IOException {
        installation.close();
    }

    @Test
    void theHelloExampleAnswersThroughTheRouter() {
        Installation.Outcome up = installation.must("up", "examples/hello");
        assertThat(up.out()).contains("hello").contains("ready").contains("http://hello.localhost:");
        assertThat(installation.route("hello.localhost").statusCode()).isEqualTo(200);
        assertThat(installation.instances()).allSatisfy(one -> assertThat(one.get("executor").asString()).isEqualTo("docker"));
    }

    @Test
    void theContractsExampleIsBuiltLinkedAndRouted() {
        installation.must("up", "examples/ragnar");
        assertThat(installation.instances()).hasSize(8);
        assertThat(installation.route("www.thetracktube.com").statusCode()).isEqualTo(200);
        assertThat(installation.route("anything.help.thetracktube.com").statusCode()).isEqualTo(200);
        JsonNode env = installation.api("/v1/info").get("fixed");
        assertThat(env.get("ragnar").get("db")).as("volumes pin").isNotNull();
    }

    @Test
    void servicesOfAStackReachEachOtherByNameAndByLink() {
        Path stack = Stacks.folder(folder, "pair", Stacks.web("pair", 1, "from web") + """
                  client:
                    image: busybox:stable
                    link: [web]
                    stop_grace: 1s
                    run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
                """);
        installation.must("up", stack.toString());
        assertThat(installation.must("exec", "pair/client", "--", "wget", "-qO-", "http://web:8000/").out()).isEqualTo("from web\n");
        assertThat(installation
                        .must("exec", "pair/client", "--", "sh", "-c", "wget -qO- http://$WEB_PORT_8000_TCP_ADDR:$WEB_PORT_8000_TCP_PORT/")
                        .out())
                .isEqualTo("from web\n");
    }

    @Test
    void execPassesInputAndExitCodesOn() {
        installation.must("up", Stacks.folder(folder, "zoo", Stacks.sleepers("zoo", 1)).toString());
        Installation.Outcome cat = installation.concierge(folder, "over the wire", "exec", "-i", "zoo/sleeper", "--", "cat");
        assertThat(cat.out()).isEqualTo("over the wire");
        assertThat(installation.concierge("exec", "zoo/sleeper", "--", "sh", "-c", "exit 9").exit()).isEqualTo(9);
    }

    @Test
    void anUnchangedImageIsNotBuiltAgainAndAChangedFileIs() throws IOException {
        Path stack = Stacks.folder(folder, "built", """
                viking:
                  name: built
                build:
                  base: |
                    FROM busybox:stable
                    COPY page /page
                  app: |
                    FROM viking:built/base
                    RUN cat /page > /built
                deploy:
                  app:
                    image: viking:built/app
                    stop_grace: 1s
                    run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
                """);
        Files.writeString(stack.resolve("page"), "one");
        installation.must("up", stack.toString());
        assertThat(installation.must("plan", stack.toString(), "--json").json().get("steps"))
                .noneSatisfy(step -> assertThat(step.get("kind").asString()).isEqualTo("build"));
        Files.writeString(stack.resolve("page"), "two");
        assertThat(installation.must("plan", stack.toString()).out()).contains("build");
        installation.must("up", stack.toString());
        assertThat(installation.must("exec", "built/app", "--", "cat", "/built").out()).isEqualTo("two");
    }

    @Test
    void aFailingBuildStepIsShownWithItsOutputAndChangesNothing() {
        Path stack = Stacks.folder(folder, "failing", """
                viking:
                  name: failing
                build:
                  app: |
                    FROM busybox:stable
                    RUN echo the disk is on fire && exit 4
                deploy:
                  app:
                    image: viking:failing/app
                    run: sleep 1000
                """);
        Installation.Outcome up = installation.concierge("up", stack.toString());
        assertThat(up.exit()).as(up.toString()).isEqualTo(4);
        assertThat(up.out() + up.err()).contains("the disk is on fire").contains("RUN echo");
        assertThat(installation.instances()).isEmpty();
    }

    @Test
    void volumesOutliveDownAndComeBack() {
        String file = Stacks.sleepers("keeper", 1) + "    volume: [/data]\n";
        Path stack = Stacks.folder(folder, "keeper", file);
        installation.must("up", stack.toString());
        installation.must("exec", "keeper/sleeper", "--", "sh", "-c", "echo kept > /data/file");
        installation.must("down", "keeper");
        assertThat(installation.instances()).isEmpty();
        installation.must("up", stack.toString());
        assertThat(installation.must("exec", "keeper/sleeper", "--", "cat", "/data/file").out()).isEqualTo("kept\n");
    }

    @Test
    void aMissingImageIsExplained() {
        Path stack = Stacks.folder(folder, "zoo", Stacks.sleepers("zoo", 1).replace("busybox:stable", "127.0.0.1:1/no/such:image").replace("[docker, process]", "docker"));
        try {
            Process up = installation.start(folder, "up", stack.toString());
            Installation.await("the reason", Duration.ofSeconds(60), () -> installation.home().resolve("server.json").toFile().exists()
                    && installation.concierge("ps").out().contains("no/such:image"));
            up.destroy();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void logsOutliveTheirInstance() {
        Path stack = Stacks.folder(folder, "talker", Stacks.sleepers("talker", 1).replace("'trap", "'echo first words; trap"));
        installation.must("up", stack.toString());
        Installation.await("words", Duration.ofSeconds(10), () -> installation.must("logs", "talker").out().contains("first words"));
        installation.must("restart", "talker/sleeper");
        Installation.await("the next one", Duration.ofSeconds(30), () -> installation.allReady(1));
        assertThat(installation.must("logs", "talker").out().split("first words", -1)).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void twoInstallationsOnOneEngineDoNotTouchEachOther() throws IOException {
        Path stack = Stacks.folder(folder, "shop", Stacks.web("shop", 2, "first"));
        installation.must("up", stack.toString());
        try (Installation other = new Installation(engine.address())) {
            Path second = Stacks.folder(folder, "second", Stacks.web("shop", 2, "second"));
            other.must("up", second.toString());
            assertThat(other.route("shop.localhost").body()).isEqualTo("second\n");
            assertThat(installation.route("shop.localhost").body()).isEqualTo("first\n");
            other.must("down", "shop");
        }
        assertThat(installation.allReady(2)).isTrue();
        assertThat(installation.route("shop.localhost").body()).isEqualTo("first\n");
    }
}
