package concierge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void whatNeverRanIsDead() throws Exception {
        assertThat(Processes.alive(0)).isFalse();
        assertThat(Processes.alive(-1)).isFalse();
        assertThat(Processes.awaitEnd(Integer.MAX_VALUE, Duration.ZERO)).isTrue();
        assertThat(Processes.alive(ProcessHandle.current().pid())).isTrue();
    }

    @Test
    void whatRunsOnIsSaidToAfterTheLimit() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            assertThat(Processes.awaitEnd(process.pid(), Duration.ofMillis(50))).isFalse();
            process.destroy();
            assertThat(Processes.awaitEnd(process.pid(), SOON)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Its parent has become a program that never asks how a child ended. */
    @Test
    void aZombieIsDead() throws Exception {
        Path pid = Files.createTempFile("zombie", ".pid");
        Process parent = new ProcessBuilder("sh", "-c", "exec 3<&0; sh -c 'read _ <&3' & echo $! > \"$0\"; exec sleep 60", pid.toString()).start();
        try {
            await().atMost(SOON).until(() -> Files.readString(Path.of("/proc/" + parent.pid() + "/comm")).strip().equals("sleep"));
            parent.getOutputStream().write('\n');
            parent.getOutputStream().flush();
            long child = Long.parseLong(Files.readString(pid).strip());
            assertThat(Processes.awaitEnd(child, SOON)).isTrue();
            assertThat(ProcessHandle.of(child)).as("still in the table").isPresent();
            assertThat(parent.isAlive()).isTrue();
        } finally {
            parent.destroyForcibly();
            Files.delete(pid);
        }
    }
}
