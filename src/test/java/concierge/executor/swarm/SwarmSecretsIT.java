package concierge.executor.swarm;

import concierge.executor.Executor;
import concierge.executor.Running;
import concierge.executor.SecretsContract;
import concierge.model.ServiceSpec;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Secrets are Swarm's own. Each test is an installation of its own, beside the others. */
@Execution(ExecutionMode.CONCURRENT)
class SwarmSecretsIT extends SecretsContract {
    @TempDir
    Path logs;

    private final String installation = String.format("%06x-secret-tests", ThreadLocalRandom.current().nextInt(1 << 24));

    @Override
    protected Executor open() {
        return OneNode.open(installation, logs);
    }

    @Override
    protected ServiceSpec shell(String script) {
        return OneNode.shell(script);
    }

    @Override
    protected String told(Running running) {
        return OneNode.raw().get("/services/" + running.name()).ok().text() + OneNode.raw().get("/tasks").ok().text() + OneNode.raw().get("/secrets").ok().text();
    }
}
