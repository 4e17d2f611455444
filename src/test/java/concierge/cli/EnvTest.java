package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvTest {
    @TempDir
    Path home;

    private GoldenServer server;

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
        server.json("GET /v1/stacks/shop/env", "{\"TOKEN\": \"abc\", \"MODE\": \"live\"}");
        server.json("PUT /v1/stacks/shop/env", "{}");
        server.json("DELETE /v1/stacks/shop/env/MODE", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void injectReadsWhatEnvFilesHold() {
        CliRun run = CliRun.with("# for the shop\n\nA=1\nexport B=\"two words\"\r\nC='x=y'\nD=\"\n", home, "env", "inject", "shop");
        assertThat(run.exit()).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"A\":\"1\",\"B\":\"two words\",\"C\":\"x=y\",\"D\":\"\\\"\"}");
    }

    @Test
    void aBadLineIsToldByItsNumberForItMayBeASecret() {
        CliRun run = CliRun.with("A=1\nmy password\n", home, "env", "inject", "shop");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("line 2: no variable").contains("nothing was set").doesNotContain("password");
        assertThat(server.requests()).noneMatch(request -> request.method().equals("PUT"));
    }

    @Test
    void removingOneThatIsNotThereRemovesNone() {
        CliRun run = CliRun.of(home, "env", "rm", "shop", "MODE", "TOKNE");
        assertThat(run.exit()).isEqualTo(4);
        assertThat(run.err()).contains("shop has no TOKNE; nothing was removed").contains("did you mean TOKEN?");
        assertThat(server.requests()).noneMatch(request -> request.method().equals("DELETE"));
        assertThat(CliRun.of(home, "env", "rm", "shop", "MODE").exit()).isZero();
    }

    @Test
    void aTokenThatDoesNotFitIsToldByItsFile() throws IOException {
        server.problem("GET /v1/stacks/shop/env", 401, "{\"title\": \"the token is not this installation's\", \"code\": \"unauthorized\", \"hint\": \"send Authorization\"}");
        CliRun wrong = CliRun.of(home, "env", "ls", "shop");
        assertThat(wrong.exit()).isEqualTo(4);
        assertThat(wrong.err()).contains("the token in " + home.resolve("token") + " is not the one").contains("concierge server stop").doesNotContain("Authorization");
        Files.deleteIfExists(home.resolve("token"));
        assertThat(CliRun.of(home, "env", "ls", "shop").err()).contains("the token " + home.resolve("token") + " is not there");
    }
}
