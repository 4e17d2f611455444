package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.Running;
import concierge.json.Json;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from an engine's description of a container. */
class ContainersTest {
    private static final String CONTAINER = """
            {"Id": "c1", "Name": "/shop-default-web-1", "State": {"Status": "running", "StartedAt": "2026-01-01T00:00:00Z"},
             "Config": {"Labels": {"concierge.installation": "inst-1", "concierge.instance": "shop/default/web/1", "concierge.generation": "7"},
                        "Env": ["PATH=/bin", "VIKING_HEALTH=http:/up?a=b", "VIKING_HEALTHY=no"]},
             "HostConfig": {"NetworkMode": "net", "PortBindings": {"80/tcp": [{"HostIp": "BIND", "HostPort": "20001"}]}},
             "NetworkSettings": {"Networks": {"net": {"IPAddress": "10.231.0.2"}}}}""";

    private static Containers of(String engine) {
        return new Containers(new Engine(EngineAddress.of(engine, Optional.empty(), "test")), "inst-1", _ -> true);
    }

    private static Running running(String engine, String bind) {
        return of(engine).running(Json.mapper().readTree(CONTAINER.replace("BIND", bind))).orElseThrow();
    }

    @Test
    void theVariablesThatAskForHealthAreTold() {
        assertThat(running("unix:///x.sock", "127.0.0.1").health()).isEqualTo(Map.of("VIKING_HEALTH", "http:/up?a=b"));
    }

    @ParameterizedTest
    @CsvSource({"unix:///x.sock, 127.0.0.1", "tcp://localhost:2375, 127.0.0.1", "tcp://127.0.0.1:2375, 127.0.0.1"})
    void whatAnEngineHerePublishesIsReached(String engine, String bind) {
        assertThat(running(engine, bind).remark()).isEmpty();
        assertThat(running(engine, bind).address()).isEqualTo("10.231.0.2");
        assertThat(of(engine).unreachable(bind)).isEmpty();
    }

    @Test
    void whatAnEngineElsewherePublishesOnItsLoopbackIsNot() {
        Running running = running("tcp://10.1.2.3:2376", "127.0.0.1");
        assertThat(running.remark()).isEqualTo("ports are published on 127.0.0.1 of 10.1.2.3, where the engine is, and nobody reaches them from here"
                + " (set bind to 0.0.0.0 or to an address of 10.1.2.3, and deploy again)");
        assertThat(of("tcp://10.1.2.3:2376").unreachable("127.0.0.1")).contains(running.remark());
    }

    @Test
    void whatAnEngineElsewherePublishesOnAllAddressesIsReachedAtItsOwnAlone() {
        Running running = running("tcp://10.1.2.3:2376", "0.0.0.0");
        assertThat(running.remark()).isEmpty();
        assertThat(running.address()).as("its containers' networks end there").isEmpty();
        assertThat(running.ports()).isEqualTo(Map.of("80/tcp", "10.1.2.3:20001"));
        assertThat(of("tcp://10.1.2.3:2376").unreachable("0.0.0.0")).isEmpty();
    }
}
