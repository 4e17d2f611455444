package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinksTest {
    private static final ServiceSpec MONGO = ServiceSpec.of("mongo").with().ports(List.of(Port.tcp(27017))).build();
    private final World world = new World();

    private static ServiceSpec linked(String... services) {
        return ServiceSpec.of("web").with()
                .links(java.util.Arrays.stream(services).map(LinksTest::link).toList())
                .build();
    }

    private static Link link(String name) {
        int slash = name.indexOf('/');
        return slash < 0
                ? new Link(Optional.empty(), name)
                : new Link(Optional.of(name.substring(0, slash)), name.substring(slash + 1));
    }

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @Test
    void linkedServicesAreReadyFirst() {
        world.host("a", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", linked("mongo"), 1);
        assertThat(pass()).isEqualTo("""
                place shop/default/mongo/1 on a by docker: wanted 1, placed 0
                note shop/default/web/1: waits for mongo: 0 of 1 ready""");
        world.succeed();
        assertThat(pass()).isEqualTo("place shop/default/web/1 on a by docker: wanted 1, placed 0");
    }

    @Test
    void givesTheAliasOnOneEngine() {
        world.host("a", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", linked("mongo"), 1).settle();
        assertThat(world.instance("shop/default/web/1").assignment().links()).isEqualTo(Map.of(
                "MONGO_PORT", "tcp://mongo.default.shop:27017",
                "MONGO_PORT_27017_TCP", "tcp://mongo.default.shop:27017",
                "MONGO_PORT_27017_TCP_ADDR", "mongo.default.shop",
                "MONGO_PORT_27017_TCP_PORT", "27017",
                "MONGO_PORT_27017_TCP_PROTO", "tcp"));
    }

    @Test
    void givesTheEndpointAcrossHosts() {
        world.host("a", 0).host("b", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", linked("mongo"), 1).settle();
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=b");
        String target = world.instance("shop/default/mongo/1").endpoints().getFirst().target();
        assertThat(world.instance("shop/default/web/1").assignment().links())
                .containsEntry("MONGO_PORT", "tcp://" + target)
                .containsEntry("MONGO_PORT_27017_TCP_ADDR", "10.0.0.1");
    }

    @Test
    void givesTheEndpointToProcessesOnTheSameHost() {
        ServiceSpec web = linked("mongo").with().executors(List.of(ExecutorKind.process)).build();
        world.host(World.host("a", ExecutorKind.docker, ExecutorKind.process));
        world.want("shop/default/mongo", MONGO, 1).want("shop/default/web", web, 1).settle();
        String target = world.instance("shop/default/mongo/1").endpoints().getFirst().target();
        assertThat(world.instance("shop/default/web/1").assignment().links()).containsEntry("MONGO_PORT", "tcp://" + target);
    }

    @Test
    void namesAnotherStacksServiceWithItsStack() {
        world.host("a", 0).stack("Data_1", "v2").want("Data_1/v2/mongo", MONGO, 1).want("shop/default/web", linked("Data_1/mongo"), 1).settle();
        assertThat(world.instance("shop/default/web/1").assignment().links())
                .containsEntry("DATA_1_MONGO_PORT", "tcp://mongo.v2.data-1:27017");
    }

    @Test
    void leadsEachVersionToItsOwn() {
        world.host("a", 0).stack("shop", "v1").want("shop/v1/mongo", MONGO, 1).want("shop/v1/web", linked("mongo"), 1);
        world.want("shop/v2/mongo", MONGO, 1).want("shop/v2/web", linked("mongo"), 1).settle();
        assertThat(world.instance("shop/v1/web/1").assignment().links()).containsEntry("MONGO_PORT", "tcp://mongo.v1.shop:27017");
        assertThat(world.instance("shop/v2/web/1").assignment().links()).containsEntry("MONGO_PORT", "tcp://mongo.v2.shop:27017");
    }

    @Test
    void findsAServiceThatAllTagsShare() {
        world.host("a", 0).want("shop/static/mongo", MONGO.with().shared(true).build(), 1).want("shop/v7/web", linked("mongo"), 1).settle();
        assertThat(world.instance("shop/v7/web/1").assignment().links()).containsKey("MONGO_PORT");
    }

    @Test
    void waitsForAServiceThatIsNotDeployed() {
        world.host("a", 0).want("shop/default/web", linked("mongo"), 1);
        assertThat(pass()).isEqualTo("note shop/default/web/1: waits for mongo: no such service is deployed");
    }

    @Test
    void aRestartOfTheTargetReplacesNobody() {
        world.host("a", 0).host("b", 0).want("shop/default/mongo", MONGO, 2).want("shop/default/web", linked("mongo"), 1).settle();
        world.report("shop/default/mongo/1", InstanceState.starting);
        assertThat(pass()).isEmpty();
        world.succeed();
        assertThat(pass()).isEmpty();
    }

    @Test
    void aTargetThatEndedForGoodIsLeftForAnother() {
        world.host("a", 0).host("b", 0).want("shop/default/mongo", MONGO, 2).want("shop/default/web", linked("mongo"), 1).settle();
        String neighbour = world.hosts("shop/default/web").equals("1=a") ? "shop/default/mongo/1" : "shop/default/mongo/2";
        world.report(neighbour, InstanceState.completed);
        assertThat(pass()).contains("stop shop/default/web/1").contains("the endpoints it is linked to changed");
        world.settle();
        assertThat(world.instance("shop/default/web/1").assignment().links().get("MONGO_PORT")).doesNotContain("//mongo.");
    }

    @Test
    void aTargetWhoseSuccessorIsNotPlacedIsLeftForAnother() {
        ServiceSpec apart = MONGO.with().uniqueHost(true).build();
        world.host("a", 0).host("b", 0).want("shop/default/mongo", apart, 2).want("shop/default/web", linked("mongo"), 1).settle();
        assertThat(world.hosts("shop/default/web") + " " + world.hosts("shop/default/mongo")).isEqualTo("1=a 1=a 2=b");
        world.intent("shop/default/mongo", Intent::nextEpoch);
        assertThat(pass()).isEqualTo("stop shop/default/mongo/1 on a: restart asked for");
        world.report("shop/default/mongo/1", InstanceState.stopped);
        world.changeHost("a", host -> new concierge.model.HostRecord(
                host.name(), host.addresses(), host.tags(), host.capacity(), host.executors(), true));
        assertThat(pass()).startsWith("note shop/default/mongo/1: ");
        assertThat(pass()).contains("stop shop/default/web/1 on a: the endpoints it is linked to changed");
    }

    @Test
    void aMovedEndpointReplacesConsumersOnceItIsReady() {
        world.host("a", 0).host("b", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", linked("mongo"), 1).settle();
        assertThat(world.hosts("shop/default/mongo")).isEqualTo("1=a");
        world.host("c", 0).away("a", true);
        assertThat(pass()).isEqualTo("""
                release shop/default/mongo/1 on a: host a is lost
                place shop/default/mongo/1 on c by docker: host a is lost""");
        assertThat(pass()).as("not while it has no ready instance").isEmpty();
        world.succeed();
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on b: the endpoints it is linked to changed");
    }

    @Test
    void doesNotStopAConsumerWhileItsTargetIsAway() {
        world.host("a", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", linked("mongo"), 1).settle();
        world.report("shop/default/mongo/1", InstanceState.starting).intent("shop/default/web", Intent::nextEpoch);
        assertThat(pass()).isEqualTo(
                "note shop/default/web/1: the new version is not placed: waits for mongo: 0 of 1 ready");
    }

    @Test
    void nobodyWaitsInACircle() {
        ServiceSpec a = linked("b").with().ports(List.of(Port.tcp(80))).build();
        ServiceSpec b = linked("a").with().ports(List.of(Port.tcp(81))).build();
        world.host("h", 0).want("shop/default/a", a, 1).want("shop/default/b", b, 1);

        world.settle();

        assertThat(world.instance("shop/default/a/1").assignment().links()).containsKey("B_PORT");
        assertThat(world.instance("shop/default/b/1").assignment().links()).containsKey("A_PORT");
    }

    @Test
    void twoLinksWithOnePrefixDoNotReplaceForEver() {
        world.host("h", 0).want("shop/default/my-db", MONGO, 1).want("shop/default/my_db", MONGO, 1);
        world.want("shop/default/web", linked("my-db", "my_db"), 1).settle();
        assertThat(pass()).isEmpty();
    }
}
