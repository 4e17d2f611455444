package concierge.server.http;

import static concierge.security.access.Role.admin;
import static concierge.security.access.Role.deploy;
import static concierge.security.access.Role.read;

import concierge.security.access.Role;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What every operation needs, and what the audit calls it: the one place that says so. */
public final class Access {
    /**
     * @param role empty: nobody has to say who he is
     * @param action what the audit calls a change; empty: it changes nothing that runs or is kept
     */
    public record Rule(Optional<Role> role, String action) {
        boolean isChange() {
            return !action.isEmpty();
        }
    }

    private static final Map<String, Rule> RULES = new TreeMap<>();

    static {
        // Clients look whether a server is there, and whose, before they know what to show it.
        RULES.put("GET /v1/ping", new Rule(Optional.empty(), ""));

        see("/v1/info", "/v1/network", "/v1/hosts", "/v1/server/{name}", "/v1/stacks", "/v1/stack/{stack}", "/v1/tags/{stack}",
                "/v1/nodes/{stack}/{tag}", "/v1/allocate/{stack}/{tag}/{service}", "/v1/deployments/{stack}", "/v1/deployments/{stack}/{id}",
                "/v1/ps", "/v1/watch", "/v1/instances/{stack}/{tag}/{service}/{n}", "/v1/logs", "/v1/events", "/v1/routes", "/v1/version",
                "/v1/config", "/v1/openapi.json", "/v1/audit", "/v1/names", "/v1/hosts/{name}/drain", "/v1/rebalance", "/v1/rebalance/moves");
        rule("HEAD /v1/blobs/{digest}", read, "");

        rule("PUT /v1/blobs/{digest}", deploy, "");
        rule("POST /v1/stackfile/check", deploy, "");
        rule("POST /v1/plan", deploy, "");
        rule("POST /v1/build", deploy, "build");
        rule("POST /v1/deploy", deploy, "deploy");
        rule("POST /v1/stacks/{stack}/scale", deploy, "scale");
        rule("POST /v1/stacks/{stack}/start", deploy, "start");
        rule("POST /v1/stacks/{stack}/stop", deploy, "stop");
        rule("POST /v1/stacks/{stack}/restart", deploy, "restart");
        rule("POST /v1/stacks/{stack}/run", deploy, "run");
        rule("DELETE /v1/stacks/{stack}", deploy, "down");
        rule("DELETE /v1/stacks/{stack}/services/{service}", deploy, "rm");
        rule("GET /v1/stacks/{stack}/env", deploy, "");
        rule("PUT /v1/stacks/{stack}/env", deploy, "env set");
        rule("DELETE /v1/stacks/{stack}/env/{key}", deploy, "env rm");
        rule("GET /v1/stacks/{stack}/secrets", deploy, "");
        rule("PUT /v1/stacks/{stack}/secrets/{name}", deploy, "secret set");
        rule("DELETE /v1/stacks/{stack}/secrets/{name}", deploy, "secret rm");
        rule("GET /v1/exec/{stack}/{tag}/{service}/{n}", deploy, "exec");
        rule("GET /v1/attach/{stack}/{tag}/{service}/{n}", deploy, "attach");
        rule("GET /v1/input/{stack}/{tag}/{service}/{n}", deploy, "input");

        see("/v1/portier/types", "/v1/portier/tasks");
        rule("POST /v1/portier/drain", deploy, "portier drain");
        rule("DELETE /v1/portier/drain", deploy, "portier resume");
        // Configurations hold stream keys, and an identity is all that a claim needs.
        rule("GET /v1/queue/tasks", deploy, "");
        rule("POST /v1/queue/tasks", deploy, "queue add");
        rule("GET /v1/queue/tasks/{task}", deploy, "");
        rule("DELETE /v1/queue/tasks/{task}", deploy, "queue rm");
        rule("POST /v1/queue/removal", deploy, "queue rm");
        rule("GET /v1/queue/identities", admin, "");
        rule("POST /v1/queue/identities", admin, "queue admit");
        rule("DELETE /v1/queue/identities/{identity}", admin, "queue expel");

        rule("POST /v1/hosts/{name}/cordon", admin, "host cordon");
        rule("DELETE /v1/hosts/{name}/cordon", admin, "host uncordon");
        rule("DELETE /v1/hosts/{name}", admin, "host forget");
        rule("POST /v1/reset", admin, "reset");
        rule("POST /v1/rebalance", admin, "rebalance");
        rule("DELETE /v1/rebalance", admin, "rebalance cancel");
        rule("POST /v1/server/stop", admin, "server stop");
        rule("GET /v1/tokens", admin, "");
        rule("POST /v1/tokens", admin, "token create");
        rule("DELETE /v1/tokens/{name}", admin, "token revoke");
        // A router stands beside its server and reads the file in the home.
        rule("POST /v1/routes/ack", admin, "");
    }

    private Access() {}

    private static void see(String... paths) {
        for (String path : paths) rule("GET " + path, read, "");
    }

    private static void rule(String operation, Role role, String action) {
        RULES.put(operation, new Rule(Optional.of(role), action));
    }

    public static boolean lists(Operation operation) {
        return RULES.containsKey(name(operation));
    }

    /** What is not listed is the administrators': forgetting a line lets nobody in. */
    public static Rule of(Operation operation) {
        return RULES.getOrDefault(name(operation), new Rule(Optional.of(admin), ""));
    }

    private static String name(Operation operation) {
        return operation.method() + " " + operation.path();
    }
}
