package concierge.executor.process;

import concierge.executor.Executor;
import concierge.executor.HostExecutorContract;
import concierge.model.ExecutorKind;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** What every executor promises, held by processes. */
class ProcessContractTest extends HostExecutorContract {
    @TempDir
    Path home;

    @Override
    protected Executor open(String installation) throws Exception {
        return new ProcessExecutor(home.resolve("processes"), installation);
    }

    @Override
    protected ServiceSpec shell(String script) {
        return new SpecBuilder().executors(List.of(ExecutorKind.process)).command(List.of("sh", "-c", script)).build();
    }
}
