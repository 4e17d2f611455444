package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
    @TempDir
    Path home;

    @Test
    void namesOfStacksAndServicesComeFromTheServer() throws Exception {
        GoldenServer server = new GoldenServer(home);
        try {
            server.json("GET /v1/ps", """
                    {"instances": [{"stack": "shop", "service": "web"}, {"stack": "shop", "service": "web"}],
                     "idle": [{"stack": "blog", "service": "db"}], "sites": [], "deployments": []}""");
            assertThat(CliRun.of(home, "completion", "stacks").out()).isEqualTo("blog\nshop\n");
            assertThat(CliRun.of(home, "completion", "services").out()).isEqualTo("blog\nblog/db\nshop\nshop/web\n");
        } finally {
            server.close();
        }
    }

    @Test
    void withoutAServerThereIsNothingAndNoComplaint() {
        assertThat(CliRun.of(home, "completion", "services")).isEqualTo(new CliRun(0, "", ""));
    }

    @Test
    void theShellAsksForThem() throws Exception {
        assertThat(CliRun.of(home, "completion", "fish").out())
                .contains("__fish_seen_subcommand_from logs' -a '(env CONCIERGE_NO_BUILD=1 concierge completion services 2>/dev/null)'")
                .contains("__fish_seen_subcommand_from down' -a '(env CONCIERGE_NO_BUILD=1 concierge completion stacks 2>/dev/null)'");
        Path program = Files.writeString(home.resolve("fake"), "#!/bin/sh\n[ \"$2\" = services ] && echo shop/web && echo blog\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Path script = Files.writeString(home.resolve("bash"), CliRun.of(home, "completion", "bash").out()
                + "COMP_WORDS=(" + program + " logs sh); COMP_CWORD=2; _concierge; echo \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
        assertThat(new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)).isEqualTo("shop/web\n");
    }
}
