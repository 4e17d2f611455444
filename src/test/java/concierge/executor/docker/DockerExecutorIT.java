package concierge.executor.docker;

import concierge.executor.Executor;
import concierge.executor.ExecutorContract;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of every executor, on a real engine. */
class DockerExecutorIT extends ExecutorContract {
    private static DockerEngine engine;

    @TempDir
    Path logs;

    @BeforeAll
    static void startEngine() {
        engine = DockerEngine.start();
    }

    @AfterAll
    static void stopEngine() {
        if (engine != null) engine.close();
    }

    @Override
    protected Executor open(String installation) {
        return new DockerExecutor(DockerSettings.of(installation, logs.resolve(installation)).withEngine(engine.address()));
    }

    @Override
    protected ServiceSpec shell(String script) {
        return ServiceSpec.of("busybox:stable").with().command(List.of("sh", "-c", script)).build();
    }
}
