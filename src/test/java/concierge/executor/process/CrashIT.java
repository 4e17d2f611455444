package concierge.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.executor.Running;
import concierge.model.InstanceId;
import concierge.model.Port;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that uses the executor is killed at random moments; the next one finds everything, and starts nothing twice. */
class CrashIT {
    private static final int INSTANCES = 20;

    @TempDir
    Path folder;

    /** The JVM that gets killed: makes all instances run, over and over. */
    static final class Victim {
        public static void main(String[] arguments) throws Exception {
            try (ProcessExecutor executor = new ProcessExecutor(Path.of(arguments[0]), "crash")) {
                ensureAll(executor, Path.of(arguments[0]));
                System.out.println("all run");
                Thread.currentThread().join();
            }
        }
    }

    private static void ensureAll(ProcessExecutor executor, Path folder) {
        for (int i = 1; i <= INSTANCES; i++) {
            // Each start leaves a line: two lines, or two living processes, would be a double start.
            String command = "echo $$ >> " + folder + "/starts." + i + "; exec sleep 1000" + i;
            executor.ensure(
                    ProcessExecutorTest.workload(
                            InstanceId.parse("shop/default/web/" + i), 5, spec -> spec.ports(List.of(Port.tcp(80))), "sh", "-c", command),
                    _ -> {});
        }
    }

    private Process victim() throws Exception {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(), "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                        Victim.class.getName(), folder.toString())
                .redirectError(folder.resolve("victim.log").toFile())
                .start();
    }

    @Test
    void twentyProcessesSurviveKilledServersAndAreStartedOnce() throws Exception {
        Files.writeString(folder.resolve("victim.log"), "", StandardOpenOption.CREATE);
        Random random = new Random(20260101);
        for (int round = 0; round < 4; round++) {
            Process victim = victim();
            // Somewhere within the starts: as soon as so many instances have begun.
            int enough = random.nextInt(1, 6) * (round + 1);
            await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(1)).until(() -> begun() >= Math.min(INSTANCES, enough));
            victim.destroyForcibly().waitFor();
        }
        Map<InstanceId, Long> alive = new HashMap<>();
        try (ProcessExecutor executor = new ProcessExecutor(folder, "crash")) {
            List<Running> told = new CopyOnWriteArrayList<>();
            executor.watch(ProcessExecutorTest.collect(told));
            ensureAll(executor, folder);
            List<Running> all = executor.list();
            assertThat(all).hasSize(INSTANCES).allMatch(running -> running.state() == Running.State.running);
            assertThat(all).extracting(running -> running.ports().get("80/tcp")).doesNotHaveDuplicates();
            for (int i = 1; i <= INSTANCES; i++) {
                Path starts = folder.resolve("starts." + i);
                await().until(() -> Files.exists(starts) && Files.size(starts) > 1);
                assertThat(Files.readAllLines(starts)).as("starts of " + i).hasSize(1);
                alive.put(InstanceId.parse("shop/default/web/" + i), Long.parseLong(Files.readString(starts).strip()));
            }
            assertThat(alive.values()).allMatch(pid -> ProcessTable.entry(pid).filter(entry -> !entry.zombie()).isPresent());
            // Adopted ones are watched like own ones.
            long one = alive.get(all.getFirst().instance());
            ProcessHandle.of(one).orElseThrow().destroy();
            await().until(() -> told.stream().anyMatch(running -> running.exitCode().equals(java.util.Optional.of(143))));
            for (Running running : all) executor.remove(running.instance());
            assertThat(executor.list()).isEmpty();
        }
        assertThat(alive.values()).noneMatch(pid -> ProcessTable.entry(pid).filter(entry -> !entry.zombie()).isPresent());
    }

    private int begun() throws Exception {
        try (var files = Files.list(folder)) {
            return (int) files.filter(file -> file.getFileName().toString().startsWith("starts.")).count();
        }
    }
}
