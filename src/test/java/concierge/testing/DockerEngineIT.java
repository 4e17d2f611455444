package concierge.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harness itself: what other suites rely on. */
class DockerEngineIT {
    @Test
    void runsBusyboxSurvivesAKillAndLeavesNothing() throws Exception {
        Path folder;
        try (DockerEngine engine = DockerEngine.start("--live-restore")) {
            folder = engine.socket().getParent();
            String id = engine.raw().run("one", Map.of("Image", "busybox:stable", "Cmd", List.of("sleep", "1000"), "NetworkMode", "none"));
            engine.kill();
            assertThat(engine.raw().answers()).isFalse();
            engine.startAgain();
            assertThat(engine.raw().get("/containers/" + id + "/json").json().at("/State/Running").asBoolean()).isTrue();
        }
        assertThat(folder).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(folder.toString());
        assertThat(ProcessHandle.allProcesses().filter(process -> process.info().commandLine().orElse("").contains(folder.toString())))
                .isEmpty();
    }
}
