package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Move;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.state.Codec;
import concierge.state.Keys;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RebalanceHandlersTest extends ApiTest {
    private static final String WEB = "shop/default/web/";
    private static final ServiceSpec SPEC = ServiceSpec.of("nginx");

    private final long[] generations = new long[3];

    @BeforeEach
    void twoInstancesStandOnOneHostAndAnotherIsEmpty() {
        api.host();
        HostRecord other = new HostRecord("other", List.of("127.0.0.2"), Set.of(), new Resources(4000, 8L << 30), Set.of(ExecutorKind.docker), false);
        api.settle(to -> to.put(Keys.host("other"), Codec.value(other)));
        api.want("shop/default/web", SPEC, 2);
        for (int n = 1; n <= 2; n++) generations[n] = api.run(WEB + n, SPEC, InstanceState.ready, "");
    }

    private Map<String, Object> move(int n, long generation, String to) {
        return Map.of("instance", WEB + n, "generation", generation, "to", to);
    }

    private Api.Answer ask(Object... moves) {
        return api.post("/v1/rebalance", Map.of("moves", List.of(moves), "atOnce", 2));
    }

    private JsonNode stored(int n) {
        return api.get("/v1/rebalance/moves").body().path(n);
    }

    @Test
    void thePlanSaysWhatWouldMoveAndHowFullTheHostsWouldBe() {
        JsonNode plan = api.get("/v1/rebalance").body();
        assertThat(plan.path("moves").toString()).isEqualTo("[{\"instance\":\"shop/default/web/1\",\"generation\":" + generations[1]
                + ",\"from\":\"" + Api.HOST + "\",\"to\":\"other\",\"because\":\"" + Api.HOST + " has 2 of it, other none\"}]");
        assertThat(plan.at("/hosts/1/before/instances").asInt() + plan.at("/hosts/0/before/instances").asInt()).isEqualTo(2);
        assertThat(plan.at("/hosts/0/after/instances").asInt()).isOne();
        assertThat(api.get("/v1/rebalance?stack=shop&service=web&host=other").body().path("moves").size()).isOne();
        assertThat(api.get("/v1/rebalance?stack=ship").body().path("hint").asString()).isEqualTo("did you mean shop?");
        assertThat(api.get("/v1/rebalance?host=oter").body().path("hint").asString()).isEqualTo("did you mean other?");
        assertThat(api.get("/v1/rebalance/moves").body().size()).as("asking changes nothing").isZero();
    }

    @Test
    void whatIsAskedForStandsInTheStateAndNobodyAsksTwice() {
        Api.Answer answer = ask(move(1, generations[1], "other"));
        assertThat(answer.body().toString()).isEqualTo("{\"moves\":[\"shop/default/web/1\"],\"dropped\":[]}");
        Move move = Codec.move(api.store.find(Keys.move(InstanceId.parse(WEB + 1))).orElseThrow().value());
        assertThat(move).isEqualTo(new Move(InstanceId.parse(WEB + 1), generations[1], Api.HOST, "other", 0, 2, Move.Outcome.active, ""));
        await().until(() -> api.get("/v1/rebalance").body().path("active").asInt() == 1);
        assertThat(api.get("/v1/rebalance").body().path("moves").size()).as("it is being moved").isZero();
        assertThat(ask(move(2, generations[2], "other")).body().path("title").asString()).isEqualTo("1 instance is being moved already");
        assertThat(api.delete("/v1/rebalance").body().toString()).isEqualTo("{\"dropped\":[\"shop/default/web/1\"]}");
        assertThat(stored(0).path("reason").asString()).isEqualTo("taken back");
        assertThat(ask(move(1, generations[1], "other"), move(2, generations[2], "other")).body().path("moves").size()).as("ended ones make way").isEqualTo(2);
    }

    @Test
    void whatIsNotAsItWasShownStays() {
        Api.Answer answer = ask(move(1, generations[1] + 1, "other"), move(2, generations[2], "oter"), move(2, generations[2], Api.HOST));
        assertThat(answer.body().path("moves").size()).isZero();
        assertThat(answer.body().path("dropped").findValuesAsString("reason")).containsExactly(
                "is another one now, or gone", "no host oter; did you mean other?", "is on host " + Api.HOST + " already");
        assertThat(ask().code()).isEqualTo("bad-request");
        assertThat(api.post("/v1/rebalance", Map.of("moves", List.of(move(1, 1, "other")), "atOnce", 0)).code()).isEqualTo("bad-request");
        assertThat(ask(Map.of("instance", "web", "generation", 1, "to", "other")).code()).isEqualTo("bad-request");
    }
}
