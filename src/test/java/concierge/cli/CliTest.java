package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import concierge.cli.command.Context;
import concierge.cli.command.Entry;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
    private static final String WEB = """
            {"instance": "shop/default/web/1", "stack": "shop", "tag": "default", "service": "web", "n": 1, "host": "box",
             "executor": "docker", "state": "ready", "since": "2026-01-01T00:00:00Z", "restarts": 0,
             "ports": {"80/tcp": "127.0.0.1:20001"}, "urls": ["http://shop.localhost:8080/"]}""";
    private static final String DB = """
            {"instance": "shop/static/db/1", "stack": "shop", "tag": "static", "service": "db", "n": 1, "host": "", "state": "pending",
             "reason": "3 hosts: 3 without tag ssd"}""";
    private static final String PS = "{\"instances\": [" + WEB + "," + DB + "], \"sites\": [{\"stack\": \"shop\", \"service\": \"help\", "
            + "\"domain\": \"help.localhost\", \"url\": \"http://help.localhost:8080/\"}], \"deployments\": []}";

    @TempDir
    Path home;

    @TempDir
    Path folder;

    private GoldenServer server;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private Terminal.Abilities abilities = Terminal.Abilities.NONE;
    private String input = "";

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
        server.json("GET /v1/ps", PS);
        environment.put("CONCIERGE_HOME", home.toString());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    // --- the frame

    @Test
    void withoutACommandItListsThemAndCallsThatAMistake() {
        assertThat(run()).isEqualTo(2);
        assertThat(err()).contains("Usage:").contains("up ").contains("completion");
    }

    @Test
    void helpIsAResultAndExitsWell() {
        for (String[] line : new String[][] {{"--help"}, {"-h"}, {"help"}, {"help", "deploy"}, {"deploy", "--help"}, {"deploy", "-h"}}) {
            assertThat(run(line)).isZero();
        }
        assertThat(out()).contains("Usage: concierge deploy [--tag TAG]").contains("concierge deploy --tag git").contains("--beside");
        assertThat(err()).isEmpty();
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (Entry entry : Catalog.ENTRIES) {
            out.reset();
            assertThat(run(entry.name(), "--help")).as(entry.name()).isZero();
            assertThat(out()).as(entry.name()).contains("Usage: concierge " + entry.name()).contains("Examples").contains("--help");
        }
    }

    @Test
    void aTypoNamesTheNearestCommandOrOption() {
        assertThat(run("dpeloy")).isEqualTo(2);
        assertThat(err()).contains("error: no such command: dpeloy").contains("did you mean deploy?");
        error.reset();
        assertThat(run("ps", "--jsn")).isEqualTo(2);
        assertThat(err()).contains("no such option: --jsn").contains("did you mean --json?");
        error.reset();
        assertThat(run("ps", "a", "b")).isEqualTo(2);
        assertThat(err()).contains("unexpected: b");
    }

    @Test
    void noServerIsSaidWithTheWayOut() throws IOException {
        Files.delete(home.resolve("server.json"));
        assertThat(run("ps")).isEqualTo(3);
        assertThat(err()).contains("error: no server runs for " + home).contains("hint: concierge up").contains("concierge server start");
    }

    @Test
    void aServerOfAnotherInstallationIsNone() throws IOException {
        Files.writeString(home.resolve("server.json"), "{\"pid\": 1, \"installation\": \"other\", \"api\": \"" + server.address() + "\"}");
        assertThat(run("ps")).isEqualTo(3);
        assertThat(server.requests()).as("nothing, least of all a token, went to it").isEmpty();
    }

    @Test
    void problemsOfTheServerAreShownWithTheirHintsAndExit4() {
        server.problem("GET /v1/ps", 503, "{\"title\": \"the engine does not answer\", \"code\": \"engine-unavailable\", \"detail\": \"unix:///x\", \"hint\": \"start docker\"}");
        assertThat(run("ps")).isEqualTo(4);
        assertThat(err()).isEqualTo("error: the engine does not answer: unix:///x\n  hint: start docker\n");
    }

    @Test
    void hostsTellsWhatShouldBeKnownOfAnEngine() {
        server.json("GET /v1/hosts", """
                [{"name": "far", "addresses": ["10.0.0.1"], "tags": [], "capacity": {"cpuMillis": 0, "memoryBytes": 0},
                  "usage": {"cpuMillis": 0, "memoryBytes": 0}, "executors": ["docker"], "cordoned": false, "draining": false,
                  "lost": false, "instances": 0, "remarks": ["docker: ports are published on 127.0.0.1 of 10.1.2.3"]}]""");
        assertThat(run("hosts")).isZero();
        assertThat(out()).contains("far").doesNotContain("published");
        assertThat(err()).isEqualTo("! far: docker: ports are published on 127.0.0.1 of 10.1.2.3\n");
    }

    @Test
    void hostsShowsTheMachinesOfACluster() {
        server.json("GET /v1/hosts", """
                [{"name": "swarm", "addresses": ["10.0.0.1"], "tags": [], "capacity": {"cpuMillis": 4000, "memoryBytes": 2147483648},
                  "usage": {"cpuMillis": 500, "memoryBytes": 0}, "executors": ["swarm"], "cordoned": false, "draining": false,
                  "lost": false, "instances": 2, "remarks": [], "nodes": [
                  {"name": "m1", "address": "10.0.0.1", "manager": true, "usable": true, "said": "", "capacity": {"cpuMillis": 4000, "memoryBytes": 2147483648}, "tags": ["ssd"]},
                  {"name": "m2", "address": "10.0.0.2", "manager": false, "usable": false, "said": "down: heartbeat failure", "capacity": {"cpuMillis": 4000, "memoryBytes": 2147483648}, "tags": []}]}]""");
        assertThat(run("hosts")).isZero();
        assertThat(out()).containsPattern("swarm +● up +2 +0.5 / 4").containsPattern("m1 +● up +4 .*manager +ssd +10.0.0.1")
                .containsPattern("m2 +✗ down: heartbeat failure");
    }

    // --- ps

    @Test
    void psShowsInstancesSitesAndReasons() {
        assertThat(run("ps")).isZero();
        assertThat(out()).contains("INSTANCE").contains("shop/web/1").contains("● ready").contains("http://shop.localhost:8080/")
                .contains("shop/db/1").contains("○ pending").contains("3 hosts: 3 without tag ssd").contains("shop/help").contains("● site");
        assertThat(out()).as("no colour in a pipe").doesNotContain("\u001b");
        assertThat(server.requests()).extracting(Object::toString).containsExactly("GET /v1/ps");
    }

    @Test
    void psIsColouredOnATerminalAndFitsIt() {
        abilities = Terminal.Abilities.of("12", "60", Map.of("TERM", "xterm"));
        assertThat(run("ps")).isZero();
        assertThat(out()).contains("\u001b[32m● ready");
        assertThat(out().lines()).allSatisfy(line -> assertThat(concierge.cli.terminal.Cells.width(line)).isLessThanOrEqualTo(60));
    }

    @Test
    void aReasonThatDoesNotFitStandsBelowItsLine() {
        String reason = "3 hosts: 3 without tag ssd and many more words than fit there";
        server.json("GET /v1/ps", PS.replace("3 hosts: 3 without tag ssd", reason));
        abilities = new Terminal.Abilities(false, true, true, false, false, 72);
        assertThat(run("ps")).isZero();
        assertThat(out()).contains("shop/db/1   ○ pending\n    " + reason);
    }

    @Test
    void aReasonTakesTheFreePlaceInItsLine() {
        abilities = new Terminal.Abilities(false, true, true, false, false, 72);
        assertThat(run("ps")).isZero();
        assertThat(out()).contains("URL").contains("shop/db/1   ○ pending                      3 hosts: 3 without tag ssd\n");
    }

    @Test
    void psAsJsonIsWhatTheServerSaid() {
        assertThat(run("ps", "shop", "--tag", "v 1", "--json")).isZero();
        assertThat(out()).contains("\"instances\"").contains("\"shop/default/web/1\"");
        assertThat(server.requests().getFirst()).hasToString("GET /v1/ps?stack=shop&tag=v%201");
    }

    @Test
    void watchShowsEachPicture() {
        server.events("GET /v1/watch", "ps", PS, "ps", "{\"instances\": []}");
        assertThat(run("ps", "-w")).isZero();
        assertThat(out()).contains("shop/web/1").contains("nothing runs");
    }

    @Test
    void aStoppedServiceIsShownWithTheWayBack() {
        server.json("GET /v1/ps", "{\"instances\": [], \"idle\": [{\"stack\": \"shop\", \"tag\": \"default\", \"service\": \"web\", \"stopped\": true}], \"sites\": []}");
        assertThat(run("ps")).isZero();
        assertThat(out()).contains("shop/web").contains("○ stopped").contains("concierge start shop/web");
    }

    // --- deploying

    @Test
    void deployChecksUploadsAndFollowsToTheEnd() throws IOException {
        stackFile();
        Files.createDirectories(folder.resolve("www"));
        server.json("POST /v1/stackfile/check", "{\"stack\": \"shop\", \"builds\": [\"src\"], \"sites\": [\"./www\"], \"warnings\": "
                + "[{\"code\": \"w\", \"message\": \"env FOO does not resolve\", \"hint\": \"concierge env set\"}]}");
        server.events("POST /v1/deploy", "step", "{\"text\": \"building shop/src\"}", "progress", "{\"image\": \"src\", \"line\": \"STEP 1/2\"}",
                "accepted", "{\"stack\": \"shop\", \"id\": \"1\", \"tag\": \"v1\"}", "instance", WEB,
                "done", "{\"outcome\": \"succeeded\", \"reason\": \"\", \"ps\": " + PS + "}");
        assertThat(run("deploy", folder.toString(), "--tag", "v1")).isZero();
        assertThat(err()).contains("warning: env FOO does not resolve").contains("• building shop/src").contains("src │ STEP 1/2")
                .contains("shop/web/1  ● ready").contains("✓ up and ready");
        assertThat(out()).contains("http://shop.localhost:8080/");
        GoldenServer.Request last = server.requests().getLast();
        assertThat(last.token()).isEqualTo("Bearer s3cret");
        List<String> blobs = server.requests().stream().filter(request -> request.target().startsWith("/v1/blobs/"))
                .map(request -> request.method() + " " + request.target().substring("/v1/blobs/".length())).toList();
        String context = blobs.getFirst().substring("HEAD ".length());
        assertThat(blobs).as("context, then site, each asked for and sent").hasSize(4).startsWith("HEAD " + context, "PUT " + context);
        assertThat(last.body()).contains("\"tag\":\"v1\"").contains("\"context\":\"" + context).contains("\"./www\":").contains("\"beside\":false");

        assertThat(run("deploy", folder.toString())).isZero();
        assertThat(server.requests()).filteredOn(request -> request.method().equals("PUT")).as("nothing is sent twice").hasSize(2);
    }

    @Test
    void aFailedDeploymentTellsWhyAndExits5() throws IOException {
        stackFile();
        server.json("POST /v1/stackfile/check", "{\"builds\": [], \"sites\": []}");
        server.events("POST /v1/deploy", "accepted", "{\"stack\": \"shop\"}",
                "instance", WEB.replace("\"ready\"", "\"starting\", \"crashing\": true, \"reason\": \"exit code 3\", \"lastLog\": [\"no such table\"]"),
                "done", "{\"outcome\": \"failed\", \"reason\": \"web crashes\", \"ps\": {}}");
        assertThat(run("deploy", folder.toString())).isEqualTo(5);
        assertThat(err()).contains("↻ crashing").contains("exit code 3").contains("│ no such table").contains("error: the deployment failed: web crashes");
    }

    @Test
    void mistakesInTheFileAreShownAllAtOnceInPlace() throws IOException {
        stackFile();
        server.problem("POST /v1/stackfile/check", 422, "{\"title\": \"2 errors\", \"code\": \"bad-stack-file\", \"problems\": ["
                + "{\"code\": \"unknown-key\", \"message\": \"scal: no such key\", \"hint\": \"did you mean scale?\", \"location\": {\"file\": \"viking.yml\", \"line\": 5, \"column\": 5}},"
                + "{\"code\": \"x\", \"message\": \"second\", \"hint\": \"\", \"location\": {\"file\": \"viking.yml\", \"line\": 99, \"column\": 1}}]}");
        assertThat(run("deploy")).isEqualTo(2);
        assertThat(err()).contains("error: viking.yml:5:5: scal: no such key\n  5 │     scal: 2\n    │     ^\n  hint: did you mean scale?\n")
                .contains("error: viking.yml:99:1: second\n");
    }

    @Test
    void aBrokenBuildShowsTheServersProblem() throws IOException {
        stackFile();
        server.json("POST /v1/stackfile/check", "{}");
        server.events("POST /v1/build", "failed", "{\"title\": \"step 2 failed\", \"code\": \"build-failed\", \"detail\": \"npm: not found\"}");
        assertThat(run("build")).isEqualTo(5);
        assertThat(err()).contains("error: step 2 failed: npm: not found");
    }

    @Test
    void inAPipeEachThingIsSaidOnce() throws IOException {
        Files.writeString(folder.resolve("viking.yml"), "viking: {name: shop}\n");
        String warning = "{\"code\": \"no-engine\", \"message\": \"no engine answers: web runs as a local process\", \"hint\": \"\"}";
        server.json("POST /v1/stackfile/check", "{\"stack\": \"shop\", \"builds\": [], \"sites\": [], \"warnings\": [" + warning + "]}");
        String crash = WEB.replace("\"ready\"", "\"starting\", \"crashing\": true, \"reason\": \"exited with 3, N times in a row\"");
        server.events("POST /v1/deploy", "warning", warning, "accepted", "{\"stack\": \"shop\"}",
                "instance", WEB.replace("\"ready\"", "\"assigned\""), "instance", WEB.replace("\"ready\"", "\"preparing\""),
                "instance", crash.replace("N", "3"), "instance", crash.replace("N", "4"),
                "instance", WEB.replace("\"ready\"", "\"preparing\", \"reason\": \"" + "long ".repeat(100) + "\""),
                "instance", WEB, "done", "{\"outcome\": \"succeeded\", \"ps\": " + PS + "}");
        assertThat(run("deploy", folder.toString())).isZero();
        assertThat(err()).containsOnlyOnce("no engine answers").containsOnlyOnce("↻ crashing").contains("3 times").doesNotContain("assigned");
        assertThat(err().lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(200));
    }

    @Test
    void messagesBreakAtBlanksWhereTheTerminalEnds() {
        abilities = new Terminal.Abilities(false, true, true, false, false, 40);
        server.problem("GET /v1/ps", 503, "{\"title\": \"the engine does not answer for a long time now\", \"code\": \"x\", \"hint\": \"/a/very/long/path/" + "x".repeat(60) + "\"}");
        assertThat(run("ps")).isEqualTo(4);
        assertThat(err()).contains("error: the engine does not answer for\n  a long time now\n");
        assertThat(err().lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(40));
        assertThat(err().replace("\n        ", "")).as("nothing is cut off").contains("/a/very/long/path/" + "x".repeat(60));
    }

    @Test
    void planIsSignedLinesAndChangesNothing() throws IOException {
        stackFile();
        server.json("POST /v1/stackfile/check", "{}");
        server.json("POST /v1/plan", "{\"stack\": \"shop\", \"tag\": \"default\", \"steps\": ["
                + "{\"kind\": \"create\", \"subject\": \"shop/web\", \"text\": \"2 instances\", \"reason\": \"new\"},"
                + "{\"kind\": \"stop\", \"subject\": \"shop/old/1\", \"text\": \"stop\", \"reason\": \"\"}],"
                + "\"refusals\": [{\"instance\": \"shop/default/db/1\", \"reason\": \"1 host: 1 without tag db\"}]}");
        assertThat(run("plan")).isZero();
        assertThat(out()).contains("+ create  shop/web    2 instances  (new)").contains("- stop    shop/old/1  stop")
                .contains("! wait    db/1        1 host: 1 without tag db").contains("2 steps; nothing has been changed");
    }

    @Test
    void aFolderWithoutAStackFileIsAMistake() {
        assertThat(run("up")).isEqualTo(2);
        assertThat(err()).contains("no viking.yml in " + folder);
        assertThat(run("up", "nowhere")).isEqualTo(2);
        assertThat(err()).contains("no such file or folder: nowhere");
    }

    // --- changing

    @Test
    void scaleSendsTheNumberAndAVersionWhereOneIsSaid() {
        server.json("POST /v1/stacks/shop/scale", "{}");
        assertThat(run("scale", "shop/web", "3")).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"scale\":3,\"service\":\"web\"}");
        assertThat(run("scale", "shop/v1/web", "0")).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"scale\":0,\"service\":\"web\",\"tag\":\"v1\"}");
        assertThat(run("scale", "shop/web", "--reset")).isZero();
        assertThat(server.requests().getLast().body()).contains("\"reset\":true");
        assertThat(run("scale", "shop/web")).isEqualTo(2);
        assertThat(run("scale", "shop", "2")).isEqualTo(2);
        assertThat(run("scale", "shop/web", "many")).isEqualTo(2);
    }

    @Test
    void startStopRestartAndRemovalGoWhereTheyBelong() throws IOException {
        stackFile();
        for (String verb : List.of("start", "stop", "restart")) server.json("POST /v1/stacks/shop/" + verb, "{}");
        server.json("DELETE /v1/stacks/shop/services/web", "{}").json("DELETE /v1/stacks/shop", "{}");
        assertThat(run("stop", "shop/web")).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"service\":\"web\"}");
        assertThat(run("start")).as("the stack of this folder").isZero();
        assertThat(run("restart", "./web")).isZero();
        assertThat(run("rm", "shop/web")).isZero();
        assertThat(run("down", "--no-wait")).isZero();
        assertThat(server.requests().getLast()).hasToString("DELETE /v1/stacks/shop?wait=false");
        assertThat(err()).contains("is going down");
        assertThat(run("down", "--volumes", "--no-wait")).as("nothing can go while it is used").isEqualTo(2);
    }

    @Test
    void downAsksAgainUntilNothingIsLeftAndSaysWhatItWaitsFor() {
        server.first("DELETE /v1/stacks/shop", "{\"remaining\": [\"shop/default/web/1\"], \"volumes\": [], \"warnings\": []}")
                .json("GET /v1/instances/shop/default/web/1", "{\"instance\": \"shop/default/web/1\", \"stack\": \"shop\", \"tag\": \"default\", \"service\": \"web\", \"n\": 1, \"state\": \"stopping\", \"reason\": \"Docker does not answer\"}")
                .json("DELETE /v1/stacks/shop", "{\"remaining\": [], \"volumes\": [\"v\"], \"warnings\": []}");
        assertThat(run("down", "shop", "--volumes")).isZero();
        assertThat(err()).contains("waiting for shop/web/1 (stopping: Docker does not answer)").contains("its volume is gone");
    }

    @Test
    void downIsDoneWhenTheRestHasGoneMeanwhile() {
        server.first("DELETE /v1/stacks/shop", "{\"remaining\": [\"shop/default/web/1\"]}");
        assertThat(run("down", "shop")).isZero();
        assertThat(run("down", "shop")).as("nothing was there from the start").isEqualTo(4);
    }

    @Test
    void volumesThatCouldNotBeRemovedAreTold() {
        server.json("DELETE /v1/stacks/shop", "{\"remaining\": [], \"volumes\": [], \"warnings\": [\"volume v: in use\"]}");
        assertThat(run("down", "shop", "--volumes")).isEqualTo(1);
        assertThat(err()).contains("volume v: in use").doesNotContain("gone");
    }

    @Test
    void environmentIsSetInjectedReadAndRemoved() {
        server.json("PUT /v1/stacks/shop/env", "{}").json("GET /v1/stacks/shop/env", "{\"TOKEN\": \"a=b\"}").json("DELETE /v1/stacks/shop/env/TOKEN", "");
        assertThat(run("env", "set", "shop", "TOKEN=a=b", "EMPTY=")).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"EMPTY\":\"\",\"TOKEN\":\"a=b\"}");
        input = "# comment\nexport A=1\n\nB=2\n";
        assertThat(run("env", "inject", "shop")).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"A\":\"1\",\"B\":\"2\"}");
        out.reset();
        assertThat(run("env", "get", "shop", "TOKEN")).isZero();
        assertThat(out()).isEqualTo("a=b\n");
        assertThat(run("env", "get", "shop", "TOKN")).isEqualTo(1);
        assertThat(err()).contains("did you mean TOKEN?").doesNotContain("a=b");
        assertThat(run("env", "ls", "shop")).isZero();
        assertThat(run("env", "rm", "shop", "TOKEN")).isZero();
        assertThat(run("env", "set", "shop", "1X=2")).isEqualTo(2);
        assertThat(run("env", "sett", "shop")).isEqualTo(2);
    }

    // --- looking

    @Test
    void logsAreInterleavedWithPrefixes() {
        server.events("GET /v1/logs", "line", "{\"instance\": \"shop/default/web/1\", \"at\": \"2026-01-01T00:00:00Z\", \"error\": false, \"text\": \"\\u001b[31mhello\"}",
                "line", "{\"instance\": \"shop/default/worker/12\", \"text\": \"working\"}");
        assertThat(run("logs", "shop", "--tail", "5", "--since", "2026-01-01T00:00:00Z")).isZero();
        assertThat(out()).isEqualTo("web/1 │ hello\nworker/12 │ working\n");
        assertThat(server.requests().getLast()).hasToString("GET /v1/logs?stack=shop&since=2026-01-01T00%3A00%3A00Z&tail=5");
        out.reset();
        assertThat(run("logs", "shop/web/1")).isZero();
        assertThat(out()).as("one instance needs no prefix").isEqualTo("hello\n");
        assertThat(run("logs", "shop", "--since", "10m")).isZero();
        assertThat(server.requests().getLast()).as("counted by the server's clock").hasToString("GET /v1/logs?stack=shop&since=PT10M");
        assertThat(run("logs", "shop", "--since", "yesterday")).isEqualTo(2);
    }

    @Test
    void logsOfAnInstanceThatNeverWasAreAMistake() {
        server.events("GET /v1/logs");
        assertThat(run("logs", "shop/web/1")).as("it is there and silent").isZero();
        assertThat(err()).contains("no output of shop/web/1");
        assertThat(run("logs", "shop/web/9")).isEqualTo(4);
        assertThat(err()).contains("shop/web/9: no such instance, and no output of one").contains("there are shop/web/1");
        server.events("GET /v1/logs", "line", "{\"instance\": \"shop/default/web/9\", \"text\": \"last words\"}");
        assertThat(run("logs", "shop/web/9")).as("gone, with its output kept").isZero();
    }

    @Test
    void hostsAndEventsAreTables() {
        server.json("GET /v1/hosts", "[{\"name\": \"box\", \"addresses\": [\"10.0.0.1\"], \"tags\": [\"db\"], \"executors\": [\"docker\"], "
                + "\"capacity\": {\"cpuMillis\": 2000, \"memoryBytes\": 4294967296}, \"usage\": {\"cpuMillis\": 500, \"memoryBytes\": 0}}]");
        server.events("GET /v1/events", "event", "{\"at\": \"2026-01-01T00:00:00Z\", \"kind\": \"started\", \"subject\": \"shop/default/web/1\", \"text\": \"on box\", \"level\": \"info\"}");
        assertThat(run("hosts")).isZero();
        assertThat(out()).contains("box").contains("0.5 / 2").contains("0 / 4.0 GiB").contains("docker").contains("db");
        assertThat(run("events", "shop")).isZero();
        assertThat(out()).contains("started").contains("on box");
        out.reset();
        assertThat(run("hosts", "--json")).isZero();
        assertThat(out()).startsWith("[");
    }

    @Test
    void configShowTellsWhereValuesComeFrom() throws IOException {
        environment.put("CONCIERGE_API__PORT", "9000");
        assertThat(run("config", "show")).isZero();
        assertThat(out()).containsPattern("api.port +9000 +environment CONCIERGE_API__PORT");
        Files.writeString(home.resolve("config.yml"), "rooter: 1\n");
        assertThat(run("config", "show")).isEqualTo(2);
        assertThat(err()).contains("config.yml:1:1: rooter: no such setting").contains("did you mean router?");
    }

    @Test
    void aOneOffPassesItsOutputAndExitCodeOn() {
        server.json("POST /v1/stacks/shop/run", "{\"instance\": \"shop/default/web-run-abc123/1\"}");
        server.json("GET /v1/instances/shop/default/web-run-abc123/1", "{\"state\": \"failed\", \"exitCode\": 7, \"stack\": \"shop\"}");
        server.events("GET /v1/logs", "line", "{\"instance\": \"shop/default/web-run-abc123/1\", \"text\": \"one\", \"error\": false}",
                "line", "{\"instance\": \"shop/default/web-run-abc123/1\", \"text\": \"two\", \"error\": true}");
        assertThat(run("run", "-e", "A=1", "shop/web", "--", "make", "-j")).isEqualTo(7);
        assertThat(out()).isEqualTo("one\n");
        assertThat(err()).isEqualTo("two\n");
        assertThat(server.requests()).filteredOn(request -> request.method().equals("POST")).first().extracting(GoldenServer.Request::body).asString()
                .contains("\"command\":[\"make\",\"-j\"]").contains("\"environment\":{\"A\":\"1\"}").contains("\"service\":\"web\"")
                .contains("\"stdin\":true");
        out.reset();
        assertThat(run("run", "-d", "shop/web")).isZero();
        assertThat(out()).isEqualTo("shop/default/web-run-abc123/1\n");
        assertThat(server.requests()).filteredOn(request -> request.method().equals("POST")).last().extracting(GoldenServer.Request::body).asString()
                .contains("\"stdin\":false");
        assertThat(run("run", "-i", "-d", "shop/web")).isEqualTo(2);
        assertThat(run("run", "-it", "shop/web")).isEqualTo(2);
        assertThat(err()).contains("nobody would be there to type").contains("-t: standard input is no terminal");
    }

    @Test
    void execRefusesWhatDoesNotRun() {
        assertThat(run("exec", "shop/db", "sh")).isEqualTo(4);
        assertThat(err()).contains("shop/db/1 is pending: 3 hosts: 3 without tag ssd");
        assertThat(run("exec", "shop/wbe", "sh")).isEqualTo(4);
        assertThat(err()).contains("did you mean shop/web?");
        assertThat(run("exec", "shop/web")).isEqualTo(2);
        assertThat(run("exec", "-t", "shop/web", "sh")).isEqualTo(2);
        assertThat(err()).contains("-t: standard input is no terminal");
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        for (String shell : List.of("bash", "zsh", "fish")) {
            out.reset();
            assertThat(run("completion", shell)).isZero();
            assertThat(out()).contains("deploy").contains("beside").contains("scale");
        }
        assertThat(run("completion", "tcsh")).isEqualTo(2);
    }

    @Test
    void rolesAreGivenTheirConfiguration() {
        assertThat(run("server", "--set", "api.port=9001")).isEqualTo(42);
        assertThat(run("router")).isEqualTo(44);
        assertThat(run("dns")).isEqualTo(45);
        assertThat(run("server", "--set", "api.prot=1")).isEqualTo(2);
        assertThat(err()).contains("did you mean api.port?");
        assertThat(run("server", "strat")).isEqualTo(2);
    }

    @Test
    void serverStatusSaysWhatRuns() throws IOException {
        server.json("GET /v1/version", "{\"version\": \"1.2\", \"pid\": 77, \"api\": \"x\"}");
        assertThat(run("server", "status")).isZero();
        assertThat(out()).contains("1.2").contains("77");
        assertThat(run("version")).isZero();
        Files.delete(home.resolve("server.json"));
        assertThat(run("server", "status")).isEqualTo(3);
        assertThat(run("server", "stop")).isZero();
    }

    @Test
    void resetAsksAndWithoutATerminalRefuses() {
        server.json("GET /v1/stacks", "[{\"name\": \"shop\"}]").json("GET /v1/hosts", "[]").json("GET /v1/ps", "{}").json("GET /v1/version", "{}");
        assertThat(run("reset")).isEqualTo(2);
        abilities = Terminal.Abilities.of("0", "", Map.of());
        input = "no\n";
        assertThat(run("reset")).isEqualTo(1);
        assertThat(err()).contains("the stacks shop with their volumes and images").contains("nothing was reset");
        assertThat(server.requests()).noneMatch(request -> request.method().equals("DELETE"));
    }

    @Test
    void resetOfSeveralHostsTellsWhatGoesWhereAndTakesAWordForIt() {
        environment.put("CONCIERGE_STORE__URL", "etcd://127.0.0.1:1/x");
        server.json("GET /v1/stacks", "[{\"name\": \"shop\"}]").json("GET /v1/version", "{\"installation\": \"id-1\"}")
                .json("GET /v1/hosts", "[{\"name\": \"one\"}, {\"name\": \"two\"}, {\"name\": \"gone\", \"lost\": true}]")
                .json("GET /v1/ps", "{\"instances\": [{\"instance\": \"shop/default/web/1\", \"host\": \"two\"}, {\"instance\": \"shop/default/db/1\", \"host\": \"gone\"}]}");
        assertThat(run("reset", "--yes")).isEqualTo(1);
        assertThat(err()).contains("the state is shared by the hosts one, two").contains("concierge reset --all-hosts");
        abilities = Terminal.Abilities.of("0", "", Map.of());
        input = "no\n";
        assertThat(run("reset")).isEqualTo(1);
        assertThat(err()).contains("  host one: no instances;", "  host two: 1 instance (shop/default/web/1);", "volumes stay (--volumes removes them)",
                "Host gone is not there: 1 instance (shop/default/db/1) and whatever else is on it stay.", "nothing was reset");
        assertThat(server.requests()).allMatch(request -> request.method().equals("GET"));
    }

    private void stackFile() throws IOException {
        Files.writeString(folder.resolve("viking.yml"), "viking:\n  name: shop\ndeploy:\n  web:\n    scal: 2\n");
    }

    private int run(String... arguments) {
        Terminal terminal = new Terminal(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(error, false, StandardCharsets.UTF_8), abilities);
        return new Cli(new Context(terminal, environment, folder, new Numbers())).run(arguments);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return error.toString(StandardCharsets.UTF_8);
    }

    private record Numbers() implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            return 42 + role.ordinal();
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, java.util.function.LongConsumer progress) {
            return 44;
        }
    }
}
