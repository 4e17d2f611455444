package concierge.cli.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.cli.client.Failure;
import concierge.cli.client.GoldenServer;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reset says and asks for, before anything is gone. */
class ResetCommandTest {
    @TempDir
    Path home;

    private GoldenServer server;
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home)
                .json("GET /v1/hosts", "[{\"name\": \"box\"}, {\"name\": \"h1\"}]")
                .json("GET /v1/stacks", "[]")
                .json("GET /v1/ps", "{\"instances\": []}")
                .json("GET /v1/version", "{\"installation\": \"" + GoldenServer.INSTALLATION + "\"}")
                .json("POST /v1/portier/drain", "{}")
                .json("GET /v1/portier/tasks", "{\"endpoint\": \"http://portier:8080\", \"tasks\": [{}, {}]}")
                .json("POST /v1/reset", "{\"hosts\": [{\"host\": \"h1\", \"removed\": [], \"kept\": [\"image x: in use\"]}], \"away\": [], \"staying\": []}")
                .json("POST /v1/server/stop", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ResetCommand reset(Duration givenBack) {
        Terminal terminal = new Terminal(InputStream.nullInputStream(), new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                new PrintStream(error, false, StandardCharsets.UTF_8), Terminal.Abilities.NONE);
        ResetCommand command = new ResetCommand(new Context(terminal, Map.of("CONCIERGE_HOME", home.toString()), home, new NoRoles()), givenBack);
        command.yes = true;
        return command;
    }

    @Test
    void tasksThatAreNotGivenBackAreToldAndMachinesThatAnEmbeddedStoreServesBelongToIt() {
        assertThat(reset(Duration.ofMillis(1)).run()).isZero();
        assertThat(error.toString(StandardCharsets.UTF_8))
                .contains("2 tasks were not given back in 0 s: their queue frees them when this identity stays silent")
                .contains("left behind on host h1: image x: in use");
        assertThat(server.requests()).filteredOn(it -> it.toString().equals("POST /v1/reset")).singleElement()
                .satisfies(it -> assertThat(it.body()).contains("\"volumes\":true").contains("\"members\":false"));
        assertThat(home.resolve("token")).doesNotExist();
    }

    @Test
    void whoInterruptsItWhileTasksAreGivenBackHasLostNothing() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> reset(Duration.ofMinutes(1)).run()).isInstanceOf(Failure.class).hasMessageContaining("no stack was removed");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(server.requests()).noneMatch(it -> it.toString().equals("POST /v1/reset"));
        assertThat(Files.exists(home.resolve("token"))).isTrue();
    }

    private record NoRoles() implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            throw new AssertionError("no test of a reset starts a " + role);
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, LongConsumer progress) {
            throw new AssertionError("no test of a reset brings a state anywhere");
        }
    }
}
