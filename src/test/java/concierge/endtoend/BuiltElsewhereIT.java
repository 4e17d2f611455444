package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import concierge.testing.EtcdServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that is built on a server's engine and runs on another machine's, with no registry between them. */
class BuiltElsewhereIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final EtcdServers etcd = EtcdServers.start(folder(), 1);
    private final DockerEngine engine = DockerEngine.start();
    private final Installation server = home(DockerEngine.shared().address(), "10.214.0.0/16").with("CONCIERGE_HOST__NAME", "one");
    private final Installation other = home(engine.address(), "10.215.0.0/16");
    private Process agent;

    private static Path folder() {
        try {
            return Files.createTempDirectory("etcd");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Installation home(String dockerHost, String pool) {
        return new Installation(dockerHost)
                .with("CONCIERGE_STORE__URL", etcd.address("/test"))
                .with("CONCIERGE_EXECUTORS", "docker")
                .with("CONCIERGE_DOCKER__POOL", pool);
    }

    @AfterEach
    void stop() throws IOException {
        try {
            if (agent != null) Installation.kill9(agent.pid());
            server.close();
            other.close();
        } finally {
            etcd.close();
            engine.close();
        }
    }

    private String stack(String text) {
        return """
                viking:
                  name: shop
                build:
                  app: |
                    FROM busybox:stable
                    RUN echo %s > /text
                deploy:
                  web:
                    image: viking:shop/app
                    filter: [far]
                    stop_grace: 1s
                    update: {monitor: 1s}
                    run: [sh, -c, 'cat /text; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
                """.formatted(text);
    }

    @Test
    void theHostThatNeedsAnImageFetchesItFromTheOneThatBuiltIt() throws Exception {
        server.must("server", "start");
        Files.copy(server.home().resolve("secrets.key"), other.home().resolve("secrets.key"), StandardCopyOption.COPY_ATTRIBUTES);
        Path log = folder.resolve("agent.log");
        agent = other.startInto(log, "agent", "--name", "two", "--tags", "far", "--set", "bind=127.0.0.2");
        Installation.await("two is there", LIMIT, () -> server.must("hosts").out().contains("two"));
        for (String text : new String[] {"hello", "changed"}) {
            Installation.Outcome up = server.concierge("up", Stacks.folder(folder, "shop", stack(text)).toString());
            assertThat(up.exit()).as(up + "\n" + Files.readString(log) + "\n" + server.log()).isZero();
            assertThat(server.instance("shop", "web").get("host").asString()).isEqualTo("two");
            assertThat(server.must("logs", "shop").out()).contains(text);
            assertThat(server.must("exec", "shop/web", "--", "cat", "/text").out()).isEqualTo(text + "\n");
        }
        assertThat(Files.readString(log)).contains("image fetched image=concierge/shop-app:").contains("from=one");
    }
}
