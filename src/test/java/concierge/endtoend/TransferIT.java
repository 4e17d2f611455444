package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.EtcdServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state moves, what runs does not: the real program on real stores. */
class TransferIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private EtcdServers etcd() throws IOException {
        return EtcdServers.start(Files.createDirectory(folder.resolve("etcd")), 1);
    }

    private static void start(Installation installation, int instances) {
        installation.must("server", "start");
        Installation.await("all ready", LONG, () -> installation.allReady(instances));
    }

    private void up(Installation installation, String name, String file) {
        installation.must("up", Stacks.folder(folder, name, file).toString());
    }

    private static void forget(Installation installation) throws IOException {
        try (Stream<Path> files = Files.list(installation.home())) {
            for (Path file : files.filter(it -> it.getFileName().toString().startsWith("state.db")).toList()) Files.delete(file);
        }
    }

    @Test
    void whatRunsGoesOnWhenTheStateMovesToEtcdAndBack() throws IOException {
        try (EtcdServers etcd = etcd(); Installation installation = Installation.withoutEngine()) {
            String there = etcd.address("/shop");
            up(installation, "shop", Stacks.web("shop", 2, "one"));
            up(installation, "zoo", Stacks.sleepers("zoo", 3));
            Map<String, Long> running = installation.processes();
            assertThat(running).hasSize(5);
            assertThat(installation.concierge("store", "copy", "embedded", there).err()).contains("in use by process");
            installation.must("server", "stop");

            installation.with("CONCIERGE_STORE__URL", there);
            assertThat(installation.concierge("server", "start").err()).contains("empty, but this home holds a state").contains("store copy embedded " + there);
            installation.with("CONCIERGE_STORE__URL", "");
            assertThat(installation.must("store", "copy", "embedded", there).err()).contains("is copied to " + there).contains("entries");
            assertThat(installation.concierge("store", "copy", "embedded", there).err()).contains("was moved from here to " + there);
            assertThat(installation.concierge("server", "start").err()).contains("was moved from here to " + there);
            installation.with("CONCIERGE_STORE__URL", there);
            start(installation, 5);
            assertThat(installation.processes()).isEqualTo(running);
            assertThat(etcd.control("get", "--prefix", "/shop/leader")).contains("/shop/leader");
            assertThat(installation.concierge("store", "copy", there, "embedded").err()).contains("leads").contains("server stop");

            // One that ends is started again under the generation that it has, and nothing else is touched.
            Map.Entry<String, Long> victim = running.entrySet().iterator().next();
            Installation.kill9(victim.getValue());
            Installation.await("started again", LONG, () -> !installation.processes().getOrDefault(victim.getKey(), victim.getValue()).equals(victim.getValue()));
            Installation.await("all ready", LONG, () -> installation.allReady(5));
            Map<String, Long> then = installation.processes();
            Map<String, Long> others = new HashMap<>(running);
            others.remove(victim.getKey());
            assertThat(then).hasSize(5).containsAllEntriesOf(others);

            installation.must("server", "stop");
            forget(installation);
            installation.must("store", "copy", there, "embedded");
            installation.with("CONCIERGE_STORE__URL", "");
            start(installation, 5);
            assertThat(installation.processes()).isEqualTo(then);
            up(installation, "shop", Stacks.web("shop", 2, "two"));
            assertThat(installation.route("shop.localhost").body()).isEqualTo("two\n");
            Installation.await("the old ones gone", LONG, () -> installation.processes().size() == 5);
            assertThat(installation.processes().values()).filteredOn(then::containsValue).as("the stack that was not deployed").hasSize(3);
        }
    }

    @Test
    void aBackupBringsTheStateBackToWhatStillRuns() throws IOException {
        try (Installation installation = Installation.withoutEngine()) {
            up(installation, "zoo", Stacks.sleepers("zoo", 3));
            Map<String, Long> running = installation.processes();
            Path file = folder.resolve("zoo.backup");
            Installation.Outcome early = installation.concierge("backup", file.toString());
            assertThat(early.exit()).isEqualTo(1);
            assertThat(early.err()).contains("in use by process");
            installation.must("server", "stop");
            assertThat(installation.must("backup", file.toString()).err()).contains("saved in");
            assertThat(installation.concierge("restore", file.toString()).err()).contains("holds data already");
            forget(installation);
            installation.must("restore", file.toString());
            start(installation, 3);
            assertThat(installation.processes()).isEqualTo(running);
        }
    }

    @Test
    void aServerOnEtcdOutlivesItsAbsence() throws IOException {
        try (EtcdServers etcd = etcd(); Installation installation = Installation.withoutEngine()) {
            installation.with("CONCIERGE_STORE__URL", etcd.address("/zoo"));
            up(installation, "zoo", Stacks.sleepers("zoo", 2));
            Map<String, Long> running = installation.processes();
            long server = installation.serverPid();
            etcd.kill(0);
            Map.Entry<String, Long> victim = running.entrySet().iterator().next();
            Installation.kill9(victim.getValue());
            Installation.await("started again without the store", LONG,
                    () -> installation.processes().size() == 2 && !installation.processes().get(victim.getKey()).equals(victim.getValue()));
            etcd.start(0);
            etcd.awaitHealthy();
            Installation.await("scaled", Duration.ofSeconds(120), () -> installation.concierge("scale", "zoo/sleeper", "3").exit() == 0);
            Installation.await("all ready", LONG, () -> installation.allReady(3));
            assertThat(installation.serverPid()).isEqualTo(server);
            assertThat(installation.processes()).hasSize(3);
            assertThat(List.copyOf(installation.processes().values())).containsAll(running.values().stream().filter(pid -> !pid.equals(victim.getValue())).toList());
            installation.must("reset", "--yes");
            assertThat(etcd.control("get", "--prefix", "--keys-only", "/zoo/")).isBlank();
        }
    }
}
