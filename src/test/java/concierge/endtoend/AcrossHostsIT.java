package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What instances on other hosts than the server's are asked, through the real command line. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AcrossHostsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Cluster cluster;
    private static Installation server;

    @BeforeAll
    static void start() {
        cluster = new Cluster(shared, List.of("s1", "s2"), List.of("a", "b"));
        server = cluster.server("s1");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + server.concierge("ps") + "\n" + cluster.logs(), e);
        }
    }

    private void up(String name, String file) {
        server.must("up", Stacks.folder(folder, name, file).toString());
    }

    @Test
    void outputOfAllHostsIsReadAndFollowedAlsoOfInstancesThatAreGone() throws Exception {
        String talker = Stacks.sleepers("talk", 2).replace("run: [sh, -c, '", "run: [sh, -c, 'echo I am $VIKING_ID; ");
        up("talk", talker);
        assertThat(cluster.server("s2").must("logs", "talk").out()).contains("I am talk/default/sleeper/1", "I am talk/default/sleeper/2");
        Process following = server.startInto(folder.resolve("followed"), "logs", "-f", "talk");
        try {
            await("followed", () -> read("followed").contains("I am talk/default/sleeper/2"));
            server.must("restart", "talk/sleeper");
            await("followed further", () -> read("followed").split("I am talk/default/sleeper/1", -1).length > 2);
        } finally {
            Installation.kill9(following.pid());
        }
        server.must("down", "talk");
        assertThat(server.must("logs", "talk").out()).as("kept output").contains("I am talk/default/sleeper/1", "I am talk/default/sleeper/2");
    }

    private String read(String file) {
        try {
            return Files.exists(folder.resolve(file)) ? Files.readString(folder.resolve(file)) : "";
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void commandsRunInInstancesOfOtherHostsWithInputExitCodeAndTerminal() {
        up("zoo", Stacks.sleepers("zoo", 2));
        for (String instance : List.of("1", "2")) {
            Installation.Outcome outcome = server.concierge(folder, "given\n", "exec", "-i", "zoo/sleeper/" + instance, "--", "sh", "-c", "cat; echo $VIKING_ID; echo oops >&2; exit 42");
            assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(42);
            assertThat(outcome.out()).isEqualTo("given\nzoo/default/sleeper/" + instance + "\n");
            assertThat(outcome.err()).contains("oops");
        }
        Installation.Outcome terminal = server.onTerminal("stty rows 31 cols 101; " + Path.of("concierge").toAbsolutePath() + " exec -it zoo/sleeper -- sh -c 'test -t 0 && echo on a terminal'");
        assertThat(terminal.out()).contains("on a terminal");
        Installation.Outcome once = server.concierge(folder, "given\n", "run", "-i", "zoo/sleeper", "--", "sh", "-c", "cat; exit 5");
        assertThat(once.exit()).as(once.toString()).isEqualTo(5);
        assertThat(once.out()).contains("given");
        server.must("down", "zoo");
    }

    @Test
    void volumesGoWithTheirStackOnWhateverHost() {
        String file = Stacks.sleepers("data", 2).replace("    scale: 2\n", "    scale: 2\n    volume: [/data/kept]\n");
        up("data", file);
        long before = volumes();
        assertThat(before).isPositive();
        Installation.Outcome down = server.must("down", "--volumes", "data");
        assertThat(volumes()).as(down.toString()).isZero();
    }

    private static long volumes() {
        long count = 0;
        for (String host : List.of("a", "b")) {
            Path volumes = cluster.host(host).homeFolder().resolve("processes/volumes");
            if (!Files.isDirectory(volumes)) continue;
            try (var all = Files.list(volumes)) {
                count += all.count();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return count;
    }

    /** Last, since it takes a server away. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aSiteIsServedByEveryServersRouterAlsoWhenTheOneThatWasSentItIsGone() throws Exception {
        Path stack = Stacks.folder(folder, "pages", """
                viking:
                  name: pages
                deploy:
                  www:
                    type: website
                    document_root: ./www
                    domains: [pages.localhost]
                """);
        Files.createDirectories(stack.resolve("www"));
        Files.writeString(stack.resolve("www/index.html"), "served by all\n");
        server.must("up", stack.toString());
        Installation second = cluster.server("s2");
        await("the other router", () -> second.route("pages.localhost").body().equals("served by all\n"));
        Installation.kill9(server.serverPid());
        assertThat(second.route("pages.localhost").body()).isEqualTo("served by all\n");
        second.must("up", stack.toString());
        server.must("server", "start");
    }

    @Test
    void anAgentWithoutTheKeyRunsInstancesAndSaysWhatCannotBeAsked() {
        Cluster.Host stranger = cluster.addStranger("z");
        stranger.start();
        await("z is there", () -> cluster.up().contains("z"));
        assertThat(cluster.logs()).contains("not a member of the installation").contains("copy secrets.key from the home of one of them");
        up("far", Stacks.sleepers("far", 1).replace("    scale: 1\n", "    scale: 1\n    filter: [tag-z]\n"));
        Installation.Outcome refused = server.concierge("exec", "far/sleeper", "--", "true");
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("host z answers no other hosts").contains("secrets.key");
        assertThat(server.must("logs", "far").out() + server.must("logs", "far").err()).contains("its output is out of reach").contains("host z");
        server.must("down", "far");
        stranger.crash();
    }
}
