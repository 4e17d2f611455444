package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import tools.jackson.databind.JsonNode;

/** The main job without any engine: the real program, local processes. */
class ProcessesIT {
    @TempDir
    Path folder;

    @AutoClose
    private final Installation installation = Installation.withoutEngine();

    private void up(String file) {
        Path stack = Stacks.folder(folder, "stack", file);
        installation.must("up", stack.toString());
    }

    @Test
    void upReturnsWhenTheStackIsHealthyAndTheRouterServesIt() {
        Path stack = Stacks.folder(folder, "stack", Stacks.web("shop", 2, "hello"));
        Installation.Outcome up = installation.must("up", stack.toString());
        assertThat(up.out()).contains("shop").contains("web").contains("ready").contains("shop.localhost");
        assertThat(up.err()).as("says that no engine answers, and where it was looked for")
                .contains("no engine answers: web runs as a local process").contains("/nonexistent/docker.sock").contains("DOCKER_HOST");
        assertThat(installation.route("shop.localhost").body()).isEqualTo("hello\n");
    }

    @Test
    void aNameServerTellsWhereAServiceIsReady() throws Exception {
        up(Stacks.web("shop", 2, "hello"));
        int port = Installation.freePort();
        Process names = installation.start(folder, "dns", "--set", "dns.port=" + port);
        try {
            SimpleResolver resolver = new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            Message query = Message.newQuery(Record.newRecord(Name.fromString("web.shop.concierge."), Type.SRV, DClass.IN));
            Installation.await("both instances are named", Duration.ofSeconds(20), () -> {
                try {
                    return resolver.send(query).getSection(Section.ANSWER).size() == 2;
                } catch (IOException e) {
                    return false;
                }
            });
            SRVRecord first = (SRVRecord) resolver.send(query).getSection(Section.ANSWER).getFirst();
            assertThat(Installation.http("http://127.0.0.1:" + first.getPort() + "/", null).body()).isEqualTo("hello\n");
        } finally {
            names.destroy();
            names.waitFor();
        }
    }

    @Test
    void deployingTheSameAgainChangesNothing() {
        up(Stacks.web("shop", 2, "hello"));
        Set<Long> before = generations();
        Path stack = folder.resolve("stack");
        assertThat(installation.must("plan", stack.toString(), "--json").json().get("steps"))
                .allSatisfy(step -> assertThat(step.get("kind").asString()).isEqualTo("keep"));
        installation.must("deploy", stack.toString());
        assertThat(generations()).isEqualTo(before);
    }

    @Test
    void onlyWhatChangedIsReplaced() {
        up(Stacks.web("shop", 1, "one") + Stacks.sleepers("x", 1).replaceFirst("(?s).*deploy:\n", ""));
        long sleeper = generation("sleeper");
        long web = generation("web");
        up(Stacks.web("shop", 1, "two") + Stacks.sleepers("x", 1).replaceFirst("(?s).*deploy:\n", ""));
        assertThat(generation("sleeper")).isEqualTo(sleeper);
        assertThat(generation("web")).isGreaterThan(web);
        assertThat(installation.route("shop.localhost").body()).isEqualTo("two\n");
    }

    @Test
    void aSharedServiceThatEndsSoonFailsItsDeploymentAndTheCorrectedOneReplacesIt() {
        String file = """
                viking:
                  name: shop
                deploy:
                  db:
                    service: true
                    executor: process
                    restart: {policy: always, backoff: 100ms}
                    stop_grace: 1s
                    run: [sh, -c, '%s']
                """;
        Path stack = Stacks.folder(folder, "stack", file.formatted("sleep 2; echo no config; exit 3"));
        Installation.Outcome up = installation.concierge("up", stack.toString());
        assertThat(up.exit()).as("each of its runs outlives a second: %s", up).isEqualTo(5);
        assertThat(up.err()).contains("no config");
        long broken = generation("db");
        up(file.formatted("exec sleep 1000"));
        assertThat(generation("db")).isGreaterThan(broken);
        long corrected = generation("db");
        up(file.formatted("exec sleep 2000"));
        assertThat(generation("db")).as("serves, and is left running").isEqualTo(corrected);
    }

    @Test
    void scaleIsKeptUntilItIsResetOrTheFilesNumberChanges() {
        up(Stacks.sleepers("zoo", 1));
        installation.must("scale", "zoo/sleeper", "3");
        Installation.await("three", Duration.ofSeconds(20), () -> installation.allReady(3));
        installation.must("deploy", folder.resolve("stack").toString());
        assertThat(installation.instances()).hasSize(3);
        installation.must("scale", "--reset", "zoo/sleeper");
        Installation.await("one", Duration.ofSeconds(20), () -> installation.allReady(1));
    }

    @Test
    void theNextTagTakesOverAFixedHostPort() {
        String expose = "expose: [\"18080:8000\"]";
        Path stack = Stacks.folder(folder, "stack", Stacks.web("shop", 1, "one").replace("expose: [8000]", expose));
        installation.must("up", stack.toString(), "--tag", "v1");
        Stacks.folder(folder, "stack", Stacks.web("shop", 1, "two").replace("expose: [8000]", expose));

        assertThat(installation.must("plan", stack.toString(), "--tag", "v2").out())
                .containsSubsequence("shop/v1/web/1", "makes way for shop/v2/web/1", "place", "remove", "shop/v1/web");
        installation.must("deploy", stack.toString(), "--tag", "v2");

        assertThat(installation.route("shop.localhost").body()).isEqualTo("two\n");
        Installation.await("the earlier tag is gone", Duration.ofSeconds(20), () -> installation.instances().size() == 1);
    }

    @Test
    void killingTheServerLeavesInstancesRunningAndTheNextOneAdoptsThem() {
        up(Stacks.web("shop", 3, "hello"));
        Set<Long> before = generations();
        int restarts = restarts();
        Installation.kill9(installation.serverPid());
        assertThat(installation.route("shop.localhost").body()).as("the router serves on").isEqualTo("hello\n");
        installation.must("server", "start");
        Installation.await("adopted", Duration.ofSeconds(20), () -> installation.allReady(3));
        assertThat(generations()).isEqualTo(before);
        assertThat(restarts()).isEqualTo(restarts);
    }

    @Test
    void killingTheRouterBringsItBackWithTheSameRoutes() {
        up(Stacks.web("shop", 1, "hello"));
        long router = installation.routerPid();
        Installation.kill9(router);
        Installation.await("a new router", Duration.ofSeconds(30), () -> {
            try {
                return installation.routerPid() != router && installation.route("shop.localhost").body().equals("hello\n");
            } catch (RuntimeException e) {
                return false;
            }
        });
    }

    @Test
    void anInstanceThatDiesIsStartedAgain() {
        up(Stacks.web("shop", 1, "hello"));
        installation.concierge("exec", "shop/web", "--", "sh", "-c", "kill -9 $(pgrep -f \"httpd -f -p $PORT \")");
        Installation.await("restarted", Duration.ofSeconds(20), () -> restarts() == 1 && installation.allReady(1));
        assertThat(installation.route("shop.localhost").body()).isEqualTo("hello\n");
    }

    @Test
    void aCrashLoopIsShownWithItsLastLinesAndDeployedAgainBeginsAnew() throws IOException {
        Path database = folder.resolve("database");
        Path stack = Stacks.folder(folder, "stack", """
                viking:
                  name: broken
                deploy:
                  app:
                    executor: process
                    run: [sh, -c, 'cat %s || { echo cannot open database; exit 3; }; exec sleep 1000']
                    update: {monitor: 1s}
                """.formatted(database));
        Installation.Outcome up = installation.concierge("up", stack.toString());
        assertThat(up.exit()).as(up.toString()).isEqualTo(5);
        assertThat(up.out() + up.err()).contains("cannot open database");
        JsonNode app = installation.instances().getFirst();
        assertThat(app.get("crashing").asBoolean()).isTrue();
        assertThat(app.get("exitCode").asInt()).isEqualTo(3);

        Files.writeString(database, "");
        installation.must("up", stack.toString());
        assertThat(installation.allReady(1)).as("the same file, deployed again once the cause is gone").isTrue();
    }

    @Test
    void aBadFileChangesNothingAndTellsAllItsErrors() {
        up(Stacks.web("shop", 1, "hello"));
        Set<Long> before = generations();
        Path bad = Stacks.folder(folder, "bad", Stacks.web("shop", 1, "x").replace("scale: 1", "scail: 1").replace("expose: [8000]", "expose: [99999]"));
        Installation.Outcome outcome = installation.concierge("up", bad.toString());
        assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err()).contains("viking.yml:7:").contains("scail").contains("scale").contains("99999");
        assertThat(generations()).isEqualTo(before);
    }

    @Test
    void aOneOffPassesItsExitCodeOn() {
        up(Stacks.sleepers("zoo", 1));
        Installation.Outcome run = installation.concierge("run", "zoo/sleeper", "--", "sh", "-c", "echo from $VIKING_STACK; exit 7");
        assertThat(run.exit()).as(run.toString()).isEqualTo(7);
        assertThat(run.out()).contains("from zoo");
    }

    @Test
    void impossibleResourcesAreExplained() {
        installation.must("server", "start");
        Path stack = Stacks.folder(folder, "stack", Stacks.sleepers("zoo", 1) + "    resources: {memory: 4096GiB}\n");
        Installation.Outcome plan = installation.concierge("plan", stack.toString());
        assertThat(plan.out() + plan.err()).contains("short of memory");
    }

    @Test
    void downTakesTheStackAway() {
        up(Stacks.web("shop", 2, "hello"));
        installation.must("down", "shop");
        assertThat(installation.instances()).isEmpty();
        assertThat(installation.route("shop.localhost").statusCode()).isEqualTo(404);
    }

    private Set<Long> generations() {
        Set<Long> all = new HashSet<>();
        for (JsonNode one : installation.instances()) all.add(one.get("generation").asLong());
        return all;
    }

    private long generation(String service) {
        return installation.instances().stream()
                .filter(one -> one.get("service").asString().equals(service))
                .findFirst()
                .orElseThrow()
                .get("generation")
                .asLong();
    }

    private int restarts() {
        return installation.instances().stream().mapToInt(one -> one.get("restarts").asInt()).sum();
    }
}
