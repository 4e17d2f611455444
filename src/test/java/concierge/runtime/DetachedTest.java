package concierge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedTest {
    @TempDir
    Path folder;

    @Test
    void theSameProgramRunsWithItsOutputInTheLog() throws IOException {
        Path log = folder.resolve("a log");
        Files.writeString(log, "before\n");
        long pid = Detached.start(List.of("version"), log, Map.of("CONCIERGE_HOME", folder.toString()));
        ended(pid);
        assertThat(Files.readString(log)).startsWith("before\n").contains("concierge");
    }

    @Test
    void itLeadsASessionOfItsOwnUnderTheReturnedPid() throws IOException {
        long pid = Detached.start(List.of("version"), folder.resolve("log"), Map.of());
        // The fourth field after the closing parenthesis of the name is the session.
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            Path now = Path.of("/proc", Long.toString(pid), "stat");
            if (!Files.exists(now)) return true;
            String[] fields = Files.readString(now).replaceFirst("^.*\\) ", "").split(" ");
            return fields[3].equals(Long.toString(pid));
        });
        assertThat(stat).startsWith(pid + " ");
        ended(pid);
    }

    private static void ended(long pid) {
        ProcessHandle.of(pid).map(ProcessHandle::onExit).orElse(CompletableFuture.completedFuture(null))
                .orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join();
    }
}
