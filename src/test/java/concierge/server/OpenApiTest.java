package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.server.http.Access;
import concierge.server.http.Operation;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The description and the server say the same. */
class OpenApiTest extends ApiTest {
    private JsonNode document;

    @BeforeEach
    void read() {
        document = api.get("/v1/openapi.json").body();
    }

    @Test
    void describesEveryOperationWithItsRoleAndNoOther() {
        TreeSet<String> described = new TreeSet<>();
        document.path("paths").properties().forEach(path -> path.getValue().properties().forEach(method -> described.add(
                method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + method.getValue().at("/security/0/token/0").asString("nobody"))));
        TreeSet<String> served = new TreeSet<>();
        for (Operation operation : Operations.of(api.parts)) {
            assertThat(Access.lists(operation)).as(operation.path() + " is listed in Access").isTrue();
            served.add(operation.method() + " " + operation.path() + " " + Access.of(operation).role().map(Enum::name).orElse("nobody"));
        }
        assertThat(described).isEqualTo(served);
    }

    @Test
    void answersAreAsDescribed() {
        ServiceSpec spec = ServiceSpec.of("nginx");
        api.host();
        api.want("shop/default/web", spec, 2);
        api.run("shop/default/web/1", spec, InstanceState.ready, "");
        for (String path : List.of("/v1/ping", "/v1/hosts", "/v1/network", "/v1/stacks", "/v1/ps", "/v1/version", "/v1/config", "/v1/routes", "/v1/info", "/v1/rebalance", "/v1/rebalance/moves")) {
            conforms(path, path);
        }
        conforms("/v1/hosts/{name}/drain", "/v1/hosts/" + Api.HOST + "/drain");
        conforms("/v1/instances/{stack}/{tag}/{service}/{n}", "/v1/instances/shop/default/web/1");
        conforms("/v1/allocate/{stack}/{tag}/{service}", "/v1/allocate/shop/default/web");
        conforms("/v1/tags/{stack}", "/v1/tags/shop");
        check("/v1/stack/none", document.at("/components/schemas/Problem"), api.get("/v1/stack/none").body());
    }

    private void conforms(String template, String path) {
        JsonNode schema = document.path("paths").path(template).path("get").at("/responses/200/content").path("application/json").path("schema");
        check(path, schema, api.get(path).body());
    }

    /** The part of JSON Schema that the document uses. */
    private void check(String where, JsonNode schema, JsonNode value) {
        if (schema.has("$ref")) {
            check(where, document.at(schema.path("$ref").asString().substring(1)), value);
            return;
        }
        assertThat(schema.has("type")).as(where + " has a schema").isTrue();
        boolean fits = switch (schema.path("type").asString()) {
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> throw new AssertionError(where + ": " + schema);
        };
        assertThat(fits).as(where + ": " + value + " is " + schema.path("type")).isTrue();
        if (schema.has("enum")) assertThat(schema.path("enum").toString()).as(where).contains(value.toString());
        schema.path("required").forEach(name -> assertThat(value.has(name.asString())).as(where + " has " + name).isTrue());
        schema.path("properties").properties().forEach(property -> {
            if (value.has(property.getKey())) check(where + "." + property.getKey(), property.getValue(), value.path(property.getKey()));
        });
        if (schema.has("items")) value.forEach(item -> check(where + "[]", schema.path("items"), item));
    }
}
