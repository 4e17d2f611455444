package concierge.executor.swarm;

import concierge.executor.Executor;
import concierge.executor.HostExecutorContract;
import concierge.model.ServiceSpec;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The contract of every executor, on a real Swarm: at once, since Swarm takes seconds for what an engine does in one. */
@Execution(ExecutionMode.CONCURRENT)
class SwarmExecutorIT extends HostExecutorContract {
    @TempDir
    Path logs;

    /** Each test has installations of its own, whose first characters stand in names. */
    private final String test = String.format("%05x", ThreadLocalRandom.current().nextInt(1 << 20));

    @Override
    protected Executor open(String installation) {
        return OneNode.open(installation.charAt(0) + test + installation, logs);
    }

    /** A Swarm spans machines: the node that has it. */
    @Override
    protected String publishedEverywhere() {
        return "127.0.0.1";
    }

    @Override
    protected ServiceSpec shell(String script) {
        return OneNode.shell(script);
    }
}
