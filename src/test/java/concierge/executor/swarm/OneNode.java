package concierge.executor.swarm;

import concierge.executor.docker.DockerSettings;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A Swarm of one node, whose ports are this machine's: shared by the tests that leave it as they found it. */
final class OneNode {
    static final DockerEngine ENGINE = start();

    private OneNode() {}

    private static DockerEngine start() {
        DockerEngine engine = DockerEngine.start();
        engine.raw().post("/swarm/init", Map.of(
                "ListenAddr", "127.0.0.1:2377", "AdvertiseAddr", "127.0.0.1", "DefaultAddrPool", List.of("10.79.0.0/16"), "SubnetSize", 24)).ok();
        return engine;
    }

    static RawDocker raw() {
        return ENGINE.raw();
    }

    static SwarmExecutor open(String installation, Path logs) {
        return new SwarmExecutor(DockerSettings.of(installation, logs.resolve(installation)).withEngine(ENGINE.address()));
    }

    /** Without the ten seconds that a script which does not listen would take to end. */
    static ServiceSpec shell(String script) {
        return ServiceSpec.of("busybox:stable").with().command(List.of("sh", "-c", script)).stopGrace(Duration.ofSeconds(1)).build();
    }
}
