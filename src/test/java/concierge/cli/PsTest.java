package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import concierge.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class PsTest {
    private static final String NOTHING = "{\"instances\": [], \"idle\": [], \"sites\": [], \"deployments\": []}";

    @TempDir
    Path home;

    private GoldenServer server;

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
        server.json("GET /v1/ps", "{\"instances\": [" + instance("web", 1) + "," + instance("web", 2) + "," + instance("db", 1)
                + "], \"idle\": [], \"sites\": [{\"stack\": \"shop\", \"service\": \"help\", \"url\": \"http://help/\"}], \"deployments\": []}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String instance(String service, int n) {
        return "{\"instance\": \"shop/default/%1$s/%2$d\", \"stack\": \"shop\", \"tag\": \"default\", \"service\": \"%1$s\", \"n\": %2$d, \"state\": \"ready\"}"
                .formatted(service, n);
    }

    @Test
    void aServiceOrAnInstanceIsShownAlone() {
        assertThat(CliRun.of(home, "ps", "shop/web").out()).contains("shop/web/1", "shop/web/2").doesNotContain("db").doesNotContain("help");
        assertThat(CliRun.of(home, "ps", "shop/web/2").out()).contains("shop/web/2").doesNotContain("shop/web/1");
        assertThat(CliRun.of(home, "ps", "shop/help").out()).contains("shop/help").doesNotContain("web");
        JsonNode json = Json.mapper().readTree(CliRun.of(home, "ps", "--json", "shop/db").out());
        assertThat(json.at("/instances").size()).isEqualTo(1);
        assertThat(json.at("/sites").size()).isZero();
    }

    @Test
    void aNameThatIsNotThereIsAMistakeAndNotAnEmptyTable() {
        CliRun service = CliRun.of(home, "ps", "shop/wbe");
        assertThat(service.exit()).isEqualTo(4);
        assertThat(service.err()).contains("shop/wbe: nothing of that name").contains("did you mean shop/web?");
        server.json("GET /v1/ps", NOTHING);
        server.problem("GET /v1/stack/shpo", 404, "{\"title\": \"no stack shpo\", \"code\": \"not-found\", \"hint\": \"did you mean shop?\"}");
        CliRun stack = CliRun.of(home, "ps", "shpo");
        assertThat(stack.exit()).isEqualTo(4);
        assertThat(stack.err()).contains("no stack shpo").contains("did you mean shop?");
        server.problem("GET /v1/nodes/shop/v9", 404, "{\"title\": \"no tag shop/v9\", \"code\": \"not-found\", \"hint\": \"known: v1\"}");
        assertThat(CliRun.of(home, "ps", "shop", "--tag", "v9").err()).contains("no tag shop/v9").contains("known: v1");
    }

    @Test
    void whatTheServerSaysOfTheWholeStandsBelow() {
        server.json("GET /v1/ps", NOTHING.replace("}", ", \"remarks\": [\"the state takes no changes: the disk is full\"]}"));
        assertThat(CliRun.of(home, "ps").out()).contains("! the state takes no changes: the disk is full");
    }

    @Test
    void aDeploymentThatFailedIsToldUntilAllOfItIsReadyAfterAll() {
        String failed = "\"deployments\": [{\"stack\": \"shop\", \"tag\": \"default\", \"outcome\": \"failed\", \"reason\": \"no room for shop/default/web/2\"}]";
        String waiting = instance("web", 2).replace("ready", "pending");
        server.json("GET /v1/ps", "{\"instances\": [" + instance("web", 1) + "," + waiting + "], \"idle\": [], \"sites\": [], " + failed + "}");
        assertThat(CliRun.of(home, "ps").out()).contains("shop: deployment failed: no room for shop/default/web/2");
        server.json("GET /v1/ps", "{\"instances\": [" + instance("web", 1) + "," + instance("web", 2) + "], \"idle\": [], \"sites\": [], " + failed + "}");
        assertThat(CliRun.of(home, "ps").out()).contains("shop/web/2").doesNotContain("deployment failed");
        server.json("GET /v1/ps", NOTHING.replace("\"deployments\": []", failed));
        assertThat(CliRun.of(home, "ps").out()).as("of which nothing is there").contains("deployment failed");
    }

    @Test
    void nothingAtAllIsNoMistake() {
        server.json("GET /v1/ps", NOTHING);
        CliRun run = CliRun.of(home, "ps");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("nothing runs");
    }
}
