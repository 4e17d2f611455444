package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretCommandTest {
    @TempDir
    Path home;

    private GoldenServer server;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();
    private String input = "";

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
        server.json("PUT /v1/stacks/shop/secrets/db", "{\"name\": \"db\", \"digest\": \"0a1b\", \"changed\": true, \"usedBy\": ["
                + "{\"service\": \"shop/default/web\", \"current\": false}, {\"service\": \"shop/default/db\", \"current\": true}]}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int run(String... arguments) {
        Terminal terminal = new Terminal(new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(error, false, StandardCharsets.UTF_8), Terminal.Abilities.NONE);
        return new Cli(new Context(terminal, Map.of("CONCIERGE_HOME", home.toString()), home, new NoRoles())).run(arguments);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return error.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            pass word,   pass word
            pass\\n,     pass
            pass\\r\\n,  pass
            a\\nb\\n,    a\\nb\\n
            '\\0\\n\\0', '\\0\\n\\0'
            pass\\n\\n,  pass\\n\\n
            """)
    void readsTheValueAsItIsLessTheEndOfASingleLine(String given, String sent) {
        input = given.replace("\\n", "\n").replace("\\r", "\r").replace("\\0", "\0");

        assertThat(run("secret", "set", "shop", "db")).isZero();

        assertThat(server.requests()).singleElement()
                .extracting(GoldenServer.Request::body).isEqualTo(sent.replace("\\n", "\n").replace("\\0", "\0"));
    }

    @Test
    void saysThatADeployAloneDoesNotReplaceSharedServices() {
        server.json("PUT /v1/stacks/shop/secrets/db", "{\"name\": \"db\", \"digest\": \"0a1b\", \"changed\": true, \"usedBy\": ["
                + "{\"service\": \"shop/default/web\", \"current\": false}, {\"service\": \"shop/static/db\", \"current\": false}]}");
        input = "hush";
        assertThat(run("secret", "set", "shop", "db")).isZero();
        assertThat(err()).contains("the next deploy replaces shop/default/web\n")
                .contains("a deploy leaves shared services running; after it: concierge restart shop/db\n");
    }

    @Test
    void saysWhoIsReplacedByTheNextDeployAndNeverTheValue() {
        input = "hush";
        assertThat(run("secret", "set", "shop", "db")).isZero();
        assertThat(err()).contains("shop: set db").contains("the next deploy replaces shop/default/web\n");
        assertThat(run("secret", "set", "shop", "db", "--json")).isZero();
        assertThat(out()).contains("\"digest\"");
        assertThat(out() + err()).doesNotContain("hush");
    }

    @Test
    void aValueOnTheCommandLineIsRefusedAndNotRepeated() {
        assertThat(run("secret", "set", "shop", "db=hush")).isEqualTo(2);
        assertThat(err()).contains("db=…: a value (expected: the NAME alone)").contains("standard input").doesNotContain("hush");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void listsNamesAndUsers() {
        server.json("GET /v1/stacks/shop/secrets", "[{\"name\": \"db\", \"set\": \"2026-01-01T00:00:00Z\", \"digest\": \"0a1b2c3d4e5f\", "
                + "\"usedBy\": [{\"service\": \"shop/default/web\", \"current\": false}]}, "
                + "{\"name\": \"old\", \"set\": \"2026-01-01T00:00:00Z\", \"digest\": \"1a1b2c3d4e5f\", \"usedBy\": [], \"problem\": \"was sealed elsewhere\"}]");
        assertThat(run("secret", "ls", "shop")).isZero();
        assertThat(out()).containsPattern("NAME +SET +DIGEST +USED BY").containsPattern("db +.*ago +0a1b2c3d4e5f +shop/default/web \\(an earlier value\\)")
                .contains("✗ was sealed elsewhere");
        assertThat(run("secret", "ls", "shop", "--json")).isZero();
        assertThat(out()).contains("\"usedBy\"");
        server.json("GET /v1/stacks/shop/secrets", "[]");
        assertThat(run("secret", "ls", "shop")).isZero();
        assertThat(err()).contains("no secrets");
    }

    @Test
    void removesByNameAndByForce() {
        server.json("GET /v1/stacks/shop/secrets", "[{\"name\": \"a\"}, {\"name\": \"b\"}]");
        server.json("DELETE /v1/stacks/shop/secrets/a", "{\"removed\": \"a\"}").json("DELETE /v1/stacks/shop/secrets/b", "{\"removed\": \"b\"}");
        assertThat(run("secret", "rm", "shop", "a", "b")).isZero();
        assertThat(run("secret", "rm", "--force", "shop", "a")).isZero();
        assertThat(server.requests()).filteredOn(request -> request.method().equals("DELETE")).extracting(GoldenServer.Request::target).containsExactly(
                "/v1/stacks/shop/secrets/a", "/v1/stacks/shop/secrets/b", "/v1/stacks/shop/secrets/a?force=true");
        assertThat(run("secret", "rm", "shop")).isEqualTo(2);
        assertThat(run("secret", "sett", "shop")).isEqualTo(2);
        assertThat(run("secret", "set", "shop")).isEqualTo(2);
    }

    private record NoRoles() implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            return 42 + role.ordinal();
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, java.util.function.LongConsumer progress) {
            return 44;
        }
    }

    @Test
    void removingOneThatIsNotThereRemovesNone() {
        server.json("GET /v1/stacks/shop/secrets", "[{\"name\": \"db_password\"}]").json("DELETE /v1/stacks/shop/secrets/db_password", "{}");
        assertThat(run("secret", "rm", "shop", "db_password", "db_pasword")).isEqualTo(4);
        assertThat(err()).contains("shop has no db_pasword; nothing was removed").contains("did you mean db_password?");
        assertThat(server.requests()).noneMatch(request -> request.method().equals("DELETE"));
    }

    @Test
    void whatIsInUseIsAskedForFirstSoThatARefusalLeavesAll() {
        server.json("GET /v1/stacks/shop/secrets", "[{\"name\": \"a\", \"usedBy\": []}, {\"name\": \"b\", \"usedBy\": [{\"service\": \"shop/default/web\"}]}]")
                .json("DELETE /v1/stacks/shop/secrets/a", "{}")
                .problem("DELETE /v1/stacks/shop/secrets/b", 409, "{\"title\": \"shop/b: used by shop/default/web (expected: nobody)\", \"code\": \"conflict\"}");
        assertThat(run("secret", "rm", "shop", "a", "b")).isEqualTo(4);
        assertThat(server.requests()).filteredOn(request -> request.method().equals("DELETE")).singleElement()
                .extracting(GoldenServer.Request::target).isEqualTo("/v1/stacks/shop/secrets/b");
    }
}
