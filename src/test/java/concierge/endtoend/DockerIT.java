package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import concierge.testing.Registry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The main job on a real Docker engine: the real program, its examples, and what users do with them. One
 * installation serves all tests, each with stacks of its own.
 */
class DockerIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Obeys TERM at once, and is not watched for long: whether it stays up is not what is asked here. */
    private static final String SLEEP = "update: {monitor: 1s}\n    run: [sh, -c, 'trap \"exit 0\" TERM; while :; do sleep 1 & wait $!; done']";

    private static DockerEngine engine;
    private static Installation installation;

    @TempDir
    Path folder;

    @BeforeAll
    static void install() {
        engine = DockerEngine.start();
        installation = new Installation(engine.address());
    }

    @AfterAll
    static void remove() throws IOException {
        try {
            installation.close();
        } finally {
            engine.close();
        }
    }

    private String stack(String name, String services) {
        return Stacks.folder(folder, name, "viking:\n  name: " + name + "\n" + services).toString();
    }

    private static String state(String stack, String service) {
        return installation.instance(stack, service).get("state").asString();
    }

    private static String reason(String stack, String service) {
        return installation.instance(stack, service).get("reason").asString();
    }

    @Test
    void theHelloExampleAnswersThroughTheRouter() {
        Installation.Outcome up = installation.must("up", "examples/hello");
        assertThat(up.out()).contains("hello").contains("ready").contains("http://hello.localhost:");
        assertThat(installation.route("hello.localhost").body()).contains("hello from hello/default/web/1");
        assertThat(installation.instance("hello", "web").get("executor").asString()).isEqualTo("docker");
        installation.must("scale", "hello/web", "2");
        Installation.await("two", SOON, () -> installation.allReady("hello", 2));
        installation.must("scale", "hello/web", "--reset");
        Installation.await("one", SOON, () -> installation.allReady("hello", 1));
        installation.must("down", "hello");
        assertThat(installation.route("hello.localhost").statusCode()).isEqualTo(404);
    }

    @Test
    void theContractsExampleIsBuiltLinkedAndRouted() {
        installation.must("up", "examples/ragnar");
        assertThat(installation.instances("ragnar")).hasSize(8);
        assertThat(installation.route("www.thetracktube.com").statusCode()).isEqualTo(200);
        assertThat(installation.route("anything.help.thetracktube.com").statusCode()).isEqualTo(200);
        JsonNode pins = installation.api("/v1/info").get("fixed");
        assertThat(pins.get("ragnar").get("db")).as("volumes pin").isNotNull();
        assertThat(installation.must("exec", "ragnar/logic/2", "--", "sh", "-c", "echo $REDIS_PORT $VIKING_ID").out())
                .isEqualTo("tcp://redis.static.ragnar:6379 ragnar/default/logic/2\n");
        String mongo = installation.instance("ragnar", "mongo").get("generation").asString();
        installation.must("up", "examples/ragnar", "--tag", "v2");
        Installation.await("the former version to go", SOON, () -> installation.allReady("ragnar", 8));
        assertThat(installation.instances("ragnar")).noneSatisfy(one -> assertThat(one.get("tag").asString()).isEqualTo("default"));
        assertThat(installation.instance("ragnar", "mongo").get("generation").asString()).as("a static service is left alone").isEqualTo(mongo);
        assertThat(installation.route("www.thetracktube.com").statusCode()).isEqualTo(200);
        assertThat(installation.must("down", "ragnar", "--volumes").err()).contains("3 volumes are gone");
    }

    @Test
    void servicesOfAStackReachEachOtherByNameAndByLink() {
        Path stack = Stacks.folder(folder, "pair", Stacks.web("pair", 1, "from web") + """
                  client:
                    image: busybox:stable
                    link: [web]
                    stop_grace: 1s
                    %s
                """.formatted(SLEEP));
        installation.must("up", stack.toString());
        assertThat(installation.must("exec", "pair/client", "--", "wget", "-qO-", "http://web:8000/").out()).isEqualTo("from web\n");
        assertThat(installation
                        .must("exec", "pair/client", "--", "sh", "-c", "wget -qO- http://$WEB_PORT_8000_TCP_ADDR:$WEB_PORT_8000_TCP_PORT/")
                        .out())
                .isEqualTo("from web\n");
        installation.must("up", stack("visitor", """
                deploy:
                  client:
                    image: busybox:stable
                    link: [pair/web]
                    stop_grace: 1s
                    %s
                """.formatted(SLEEP)));
        assertThat(installation.must("exec", "visitor/client", "--", "sh", "-c", "wget -qO- http://${PAIR_WEB_PORT#tcp://}/").out()).isEqualTo("from web\n");
        installation.must("down", "visitor");
        installation.must("down", "pair");
    }

    @Test
    void commandsPassInputOutputAndExitCodesOn() {
        installation.must("up", Stacks.folder(folder, "zoo", Stacks.sleepers("zoo", 1)).toString());
        Installation.Outcome cat = installation.concierge(folder, "over the wire", "exec", "-i", "zoo/sleeper", "--", "cat");
        assertThat(cat.out()).isEqualTo("over the wire");
        assertThat(installation.concierge("exec", "zoo/sleeper", "--", "sh", "-c", "exit 9").exit()).isEqualTo(9);
        Installation.Outcome run = installation.concierge("run", "-e", "WORD=said", "zoo/sleeper", "--", "sh", "-c", "echo $WORD; echo wrong >&2; exit 5");
        assertThat(run.exit()).isEqualTo(5);
        assertThat(run.out()).isEqualTo("said\n");
        assertThat(run.err()).contains("wrong");
        String detached = installation.must("run", "-d", "zoo/sleeper", "--", "true").out().strip();
        Installation.await("its end", SOON, () -> installation.api("/v1/instances/" + detached).get("state").asString().equals("completed"));
        installation.must("down", "zoo");
    }

    @Test
    void imagesAreBuiltWhenTheirInputsChangeAndPushed() throws Exception {
        Path stack = Path.of(stack("built", """
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
                    %s
                """.formatted(SLEEP)));
        Files.writeString(stack.resolve("page"), "one");
        installation.must("up", stack.toString());
        assertThat(installation.must("plan", stack.toString(), "--json").json().get("steps"))
                .noneSatisfy(step -> assertThat(step.get("kind").asString()).isEqualTo("build"));
        Files.writeString(stack.resolve("page"), "two");
        assertThat(installation.must("plan", stack.toString()).out()).contains("build");
        installation.must("up", stack.toString());
        assertThat(installation.must("exec", "built/app", "--", "cat", "/built").out()).isEqualTo("two");
        try (Registry registry = Registry.start(folder)) {
            Installation.Outcome push = installation.must("push", registry.host() + "/shop", stack.toString());
            assertThat(push.out() + push.err()).contains(registry.host() + "/shop");
            assertThat(folder.resolve("data/docker/registry/v2/repositories/shop")).isNotEmptyDirectory();
        }
        installation.must("down", "built");
    }

    @Test
    void aFailingBuildStepIsShownWithItsOutputAndChangesNothing() {
        String stack = stack("failing", """
                build:
                  app: |
                    FROM busybox:stable
                    RUN echo the disk is on fire && exit 4
                deploy:
                  app:
                    image: viking:failing/app
                    run: sleep 1000
                """);
        Installation.Outcome up = installation.concierge("up", stack);
        assertThat(up.exit()).as(up.toString()).isEqualTo(5);
        assertThat(up.out() + up.err()).contains("the disk is on fire").contains("RUN echo");
        assertThat(installation.instances("failing")).isEmpty();
    }

    @Test
    void volumesOutliveDownUnlessTheyAreToGo() {
        String stack = Stacks.folder(folder, "keeper", Stacks.sleepers("keeper", 1) + "    volume: [/data]\n").toString();
        installation.must("up", stack);
        installation.must("exec", "keeper/sleeper", "--", "sh", "-c", "echo kept > /data/file");
        installation.must("down", "keeper");
        assertThat(installation.instances("keeper")).isEmpty();
        installation.must("up", stack);
        assertThat(installation.must("exec", "keeper/sleeper", "--", "cat", "/data/file").out()).isEqualTo("kept\n");
        installation.must("down", "keeper", "--volumes");
        installation.must("up", stack);
        assertThat(installation.concierge("exec", "keeper/sleeper", "--", "cat", "/data/file").exit()).isEqualTo(1);
        installation.must("down", "keeper", "--volumes");
    }

    @Test
    void whatDoesNotWorkIsExplained() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Installation.Outcome up = installation.concierge("up", stack("trouble", """
                    deploy:
                      crash:
                        image: busybox:stable
                        run: [sh, -c, 'echo "no config at /etc/app" >&2; exit 7']
                      hungry:
                        image: busybox:stable
                        resources: {memory: 16M}
                        run: tail /dev/zero
                      command:
                        image: busybox:stable
                        run: /no/such/program
                      large:
                        image: busybox:stable
                        resources: {memory: 900GiB}
                        run: sleep 1000
                      picky:
                        image: busybox:stable
                        filter: gpu
                        run: sleep 1000
                      port:
                        image: busybox:stable
                        expose: ["%d:80"]
                        run: httpd -f -p 80
                      image:
                        image: 127.0.0.1:1/no/such:image
                        run: sleep 1000
                      healthy:
                        image: busybox:stable
                        stop_grace: 1s
                        health: {exec: [test, -f, /tmp/ok], interval: 1s}
                        run: [sh, -c, 'trap "exit 0" TERM; touch /tmp/ok; while :; do sleep 1 & wait $!; done']
                      listening:
                        image: busybox:stable
                        expose: [7000]
                        stop_grace: 1s
                        health: tcp
                        run: nc -ll -p 7000 -e cat
                    """.formatted(taken.getLocalPort())));
            assertThat(up.exit()).as(up.toString()).isEqualTo(5);
            Installation.await("a crash loop", SOON, () -> reason("trouble", "crash").contains("crash loop: exited with 7"));
            assertThat(installation.instance("trouble", "crash").get("lastLog").toString()).contains("no config at /etc/app");
            Installation.await("want of memory", SOON, () -> installation.instance("trouble", "hungry").get("oomKilled").asBoolean());
            Installation.await("no program", SOON, () -> reason("trouble", "command").contains("/no/such/program"));
            Installation.await("no port", SOON, () -> reason("trouble", "port").contains("host port " + taken.getLocalPort()));
            Installation.await("no image", SOON, () -> reason("trouble", "image").contains("127.0.0.1:1/no/such:image"));
            assertThat(reason("trouble", "large")).isEqualTo("1 host: 1 short of memory (need 900 GiB)");
            assertThat(reason("trouble", "picky")).isEqualTo("1 host: 1 without tag gpu");
            Installation.await("health", SOON, () -> state("trouble", "healthy").equals("ready") && state("trouble", "listening").equals("ready"));
            Installation.Outcome run = installation.concierge("run", "trouble/image", "--", "true");
            assertThat(run.exit()).as("it is not tried for ever: %s", run).isEqualTo(5);
            assertThat(run.err()).contains("127.0.0.1:1/no/such:image");
        }
        installation.must("down", "trouble");
        assertThat(installation.instances("trouble")).isEmpty();
    }

    @Test
    void aStopDuringAStartTakesAwayWhatItLeft() {
        installation.must("up", Stacks.folder(folder, "herd", Stacks.sleepers("herd", 1)).toString());
        installation.must("scale", "herd/sleeper", "6");
        installation.must("scale", "herd/sleeper", "--reset");
        Installation.await("one", SOON, () -> installation.allReady("herd", 1));
        installation.must("down", "herd");
    }

    @Test
    void logsOutliveTheirInstance() {
        installation.must("up", Stacks.folder(folder, "talker", Stacks.sleepers("talker", 1).replace("'trap", "'echo first words; trap")).toString());
        Installation.await("words", SOON, () -> installation.must("logs", "talker").out().contains("first words"));
        installation.must("restart", "talker/sleeper");
        Installation.await("the next one's", SOON, () -> installation.must("logs", "talker").out().split("first words", -1).length >= 3);
        installation.must("down", "talker");
        assertThat(installation.must("logs", "talker").out()).contains("first words");
    }

    @Test
    void stacksThatDoNotFitAreRefusedByName() {
        String needy = stack("needy", "  require: [provider]\ndeploy:\n  one:\n    image: busybox:stable\n    stop_grace: 1s\n    " + SLEEP + "\n");
        Installation.Outcome refused = installation.concierge("up", needy);
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("provider is not deployed");
        installation.must("up", Stacks.folder(folder, "provider", Stacks.sleepers("provider", 1)).toString());
        installation.must("up", needy);
        Installation.Outcome collision = installation.concierge("up", Stacks.folder(folder, "Provider", Stacks.sleepers("Provider", 1)).toString());
        assertThat(collision.exit()).isEqualTo(4);
        assertThat(collision.err()).contains("both provider in container names");
        installation.must("down", "needy");
        installation.must("down", "provider");
    }

    @Test
    void versionsRunSideBySideOrReplaceEachOther() {
        String stack = Stacks.folder(folder, "versions", Stacks.web("versions", 1, "one")).toString();
        installation.must("up", stack, "--tag", "one");
        String next = Stacks.folder(folder, "next", Stacks.web("versions", 1, "two")).toString();
        installation.must("deploy", next, "--tag", "two", "--beside");
        assertThat(installation.instances("versions")).hasSize(2);
        assertThat(installation.route("versions.localhost").body()).as("domains belong to the one that is not beside").isEqualTo("one\n");
        String broken = Stacks.folder(folder, "broken", Stacks.web("versions", 1, "three").replace("exec busybox", "exit 1; exec busybox")).toString();
        assertThat(installation.concierge("deploy", broken, "--tag", "three").exit()).isEqualTo(5);
        assertThat(installation.route("versions.localhost").body()).as("a version that does not work never takes the domains").isEqualTo("one\n");
        installation.must("down", "versions", "--tag", "three");
        installation.must("deploy", next, "--tag", "two");
        Installation.await("the first to go", SOON, () -> installation.allReady("versions", 1));
        assertThat(installation.route("versions.localhost").body()).isEqualTo("two\n");
        installation.must("down", "versions");
    }

    @Test
    void storedEnvironmentReachesContainers() {
        installation.must("env", "set", "secretive", "TOKEN=a secret");
        Installation.Outcome up = installation.must("up", stack("secretive", """
                deploy:
                  one:
                    image: busybox:stable
                    stop_grace: 1s
                    env: {TOKEN: "_secretive:TOKEN", OTHER: "_secretive:NOT_THERE"}
                    dockerargs: ["--hostname=inside", "--cap-add=NET_ADMIN"]
                    %s
                """.formatted(SLEEP)));
        assertThat(up.err()).contains("NOT_THERE");
        assertThat(installation.must("exec", "secretive/one", "--", "sh", "-c", "echo $TOKEN ${OTHER-unset} $(hostname)").out())
                .isEqualTo("a secret unset inside\n");
        installation.must("down", "secretive");
    }

    @Test
    void aOneOffReadsStandardInputToItsEndAndPassesBytesAndExitCodeOn() {
        installation.must("up", Stacks.folder(folder, "stack", Stacks.sleepers("zoo", 1)).toString());
        Path here = Path.of("").toAbsolutePath();
        Installation.Outcome cat = installation.concierge(here, "x\nno line end", "run", "zoo/sleeper", "--", "cat");
        assertThat(cat.out()).as(cat.toString()).isEqualTo("x\nno line end");
        assertThat(cat.exit()).isZero();
        String much = "0123456789abcde\n".repeat(100_000);
        Installation.Outcome count = installation.concierge(here, much, "run", "-i", "zoo/sleeper", "--", "sh", "-c", "wc -c; echo done >&2; exit 3");
        assertThat(count.out().strip()).isEqualTo(Integer.toString(much.length()));
        assertThat(count.err()).contains("done");
        assertThat(count.exit()).isEqualTo(3);
    }

    @Test
    void aOneOffOnATerminalHasOneAndPassesItsExitCodeOn() {
        installation.must("up", Stacks.folder(folder, "stack", Stacks.sleepers("zoo", 1)).toString());
        Installation.Outcome shell = installation.onTerminal(
                "stty rows 33 cols 99; exec ./concierge run -it zoo/sleeper -- sh -c 'echo a terminal; for i in $(seq 100); do [ \"$(stty size)\" = \"33 99\" ] && exit 9; sleep 0.1; done; stty size'");
        assertThat(shell.out()).as(shell.toString()).contains("a terminal");
        assertThat(shell.exit()).isEqualTo(9);
    }

    @Test
    void termEndsAnAttachedOneOff() throws Exception {
        installation.must("up", Stacks.folder(folder, "stack", Stacks.sleepers("zoo", 1)).toString());
        Process run = installation.start(Path.of("").toAbsolutePath(), "run", "-i", "zoo/sleeper", "--", "sh", "-c", "echo up; trap 'exit 0' TERM; cat");
        assertThat(run.inputReader().readLine()).isEqualTo("up");
        run.destroy();
        assertThat(run.waitFor()).isEqualTo(143);
        Installation.await("one-off gone", Duration.ofSeconds(40), () -> installation.instances().size() == 1);
    }

    @Test
    void twoInstallationsOnOneEngineDoNotTouchEachOther() throws IOException {
        installation.must("up", Stacks.folder(folder, "shop", Stacks.web("shop", 2, "first")).toString());
        try (Installation other = new Installation(engine.address())) {
            Path second = Stacks.folder(folder, "second", Stacks.web("shop", 2, "second"));
            other.must("up", second.toString());
            assertThat(other.route("shop.localhost").body()).isEqualTo("second\n");
            assertThat(installation.route("shop.localhost").body()).isEqualTo("first\n");
            other.must("down", "shop");
        }
        assertThat(installation.allReady("shop", 2)).isTrue();
        assertThat(installation.route("shop.localhost").body()).isEqualTo("first\n");
        installation.must("down", "shop");
    }
}
