package concierge.executor.docker;

import concierge.executor.Executor;
import concierge.executor.HostExecutorContract;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The contract of every executor, on a real engine. */
class DockerExecutorIT extends HostExecutorContract {
    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path logs;

    @Override
    protected Executor open(String installation) {
        return new DockerExecutor(DockerSettings.of(installation, logs.resolve(installation)).withEngine(engine.address()));
    }

    @Override
    protected ServiceSpec shell(String script) {
        return ServiceSpec.of("busybox:stable").with().command(List.of("sh", "-c", script)).build();
    }
}
