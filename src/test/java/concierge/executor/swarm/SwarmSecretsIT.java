package concierge.executor.swarm;

import concierge.executor.Executor;
import concierge.executor.Running;
import concierge.executor.SecretsContract;
import concierge.model.ServiceSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Secrets are Swarm's own. */
class SwarmSecretsIT extends SecretsContract {
    @TempDir
    Path logs;

    @Override
    protected Executor open() {
        return OneNode.open("secret-tests", logs);
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
