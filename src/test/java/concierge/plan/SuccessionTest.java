package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Health;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import concierge.model.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a deployed tag needs, and an earlier one holds. */
class SuccessionTest {
    private static final ServiceSpec PLAIN =
            ServiceSpec.of("web").with().health(Health.of(Health.Kind.tcp, "/", List.of())).build();
    private static final ServiceSpec WEB = port(8080);
    private final World world = new World();

    private static ServiceSpec port(int host) {
        return PLAIN.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(host)))).build();
    }

    private static ServiceSpec memory(long mib) {
        return PLAIN.with().resources(new Resources(0, mib * World.MIB)).build();
    }

    private String pass() {
        return Rendered.plan(world.pass());
    }

    private World deploy(String tag, String... replaces) {
        return world.deployment(World.deployment("shop", tag, replaces));
    }

    @Test
    void theEarlierTagStopsFirstWhereItHoldsTheHostPort() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1);

        assertThat(pass()).isEqualTo("""
                stop shop/v1/web/1 on a: makes way for shop/v2/web/1
                note shop/v2/web/1: waits for shop/v1/web/1 to make way: 1 host: 1 with port 8080/tcp taken by shop/v1/web/1""");
        assertThat(pass()).as("waits for the agent").isEmpty();
        world.succeed();
        assertThat(pass()).as("the earlier tag stays wanted, but takes nothing back").isEqualTo("""
                place shop/v2/web/1 on a by docker: wanted 1, placed 0
                note shop/v1/web/1: 1 host: 1 with port 8080/tcp taken by shop/v2/web/1""");
        world.succeed();
        assertThat(pass()).isEqualTo("""
                withdraw shop/v1/web: replaced by tag v2
                conclude 1 succeeded: all of 1 service of v2 ready""");
        world.settle();
        assertThat(world.hosts("shop/v1/web")).isEmpty();
        assertThat(world.hosts("shop/v2/web")).isEqualTo("1=a");
    }

    private static ServiceSpec db(Volume... volumes) {
        return PLAIN.with().pinned(true).volumes(List.of(volumes)).build();
    }

    @Test
    void twoVersionsNeverRunOnOneVolume() {
        ServiceSpec db = db(new Volume(Optional.empty(), "/data"));
        world.host("a", 0).host("b", 0).want("shop/v1/db", db, 2).settle();
        deploy("v2", "v1").want("shop/v2/db", db, 2);

        assertThat(pass()).isEqualTo("""
                stop shop/v1/db/1 on a: makes way for shop/v2/db/1
                note shop/v2/db/1: waits for shop/v1/db/1 to make way: fixed on host a, where its volume /data is used by shop/v1/db/1
                note shop/v2/db/2: waits for shop/v1/db/2 to make way: fixed on host b, where its volume /data is used by shop/v1/db/2""");
        world.succeed();
        assertThat(pass()).isEqualTo("""
                place shop/v2/db/1 on a by docker pinned: wanted 2, placed 0
                note shop/v1/db/1: fixed on host a, where its volume /data is used by shop/v2/db/1""");
        world.settle();
        assertThat(world.hosts("shop/v1/db")).isEmpty();
        assertThat(world.hosts("shop/v2/db")).isEqualTo("1=a 2=b");
    }

    @Test
    void besideAnEarlierTagItsVolumeIsWaitedFor() {
        ServiceSpec db = db(new Volume(Optional.empty(), "/data"));
        world.host("a", 0).want("shop/v1/db", db, 1).settle();
        deploy("v2").want("shop/v2/db", db, 1);

        assertThat(pass()).isEqualTo("note shop/v2/db/1: fixed on host a, where its volume /data is used by shop/v1/db/1");
        world.drop("shop/v1/db").settle();
        assertThat(world.hosts("shop/v2/db")).isEqualTo("1=a");
    }

    @Test
    void otherPathsAndFoldersOfTheHostAreNobodysAlone() {
        world.host("a", 0).want("shop/v1/db", db(new Volume(Optional.empty(), "/data"), new Volume(Optional.of("/srv"), "/srv")), 1).settle();
        deploy("v2", "v1").want("shop/v2/db", db(new Volume(Optional.empty(), "/cache"), new Volume(Optional.of("/srv"), "/srv")), 1);

        assertThat(pass()).isEqualTo("place shop/v2/db/1 on a by docker pinned: wanted 1, placed 0");
    }

    @Test
    void versionsThatBeginTogetherDoNotShareAVolumeEither() {
        ServiceSpec db = db(new Volume(Optional.empty(), "/data"));
        world.host("a", 0).want("shop/v1/db", db, 1).want("shop/v2/db", db, 1);

        assertThat(pass()).isEqualTo("""
                place shop/v1/db/1 on a by docker pinned: wanted 1, placed 0
                note shop/v2/db/1: fixed on host a, where its volume /data is used by shop/v1/db/1""");
    }

    @Test
    void nothingStopsWhereAnotherHostHasRoom() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle().host("b", 0);
        deploy("v2", "v1").want("shop/v2/web", WEB, 1);

        assertThat(pass()).isEqualTo("place shop/v2/web/1 on b by docker: wanted 1, placed 0");
    }

    @Test
    void nothingStopsForATagThatIsDeployedBeside() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle();
        deploy("v2").want("shop/v2/web", WEB, 1);

        assertThat(pass()).isEqualTo("note shop/v2/web/1: 1 host: 1 with port 8080/tcp taken by shop/v1/web/1");
        assertThat(pass()).isEmpty();
    }

    @Test
    void nothingStopsWhenThatWouldNotMakeRoom() {
        world.host("a", 300).want("shop/v1/web", memory(100), 1).want("blog/default/web", memory(100), 1).settle();
        deploy("v2", "v1").want("shop/v2/web", memory(250), 1);

        assertThat(pass()).isEqualTo("note shop/v2/web/1: 1 host: 1 short of memory (need 250 MiB)");
    }

    @Test
    void nothingStopsWhileALinkedServiceIsNotReady() {
        ServiceSpec linked = WEB.with().links(List.of(new concierge.model.Link(Optional.empty(), "db"))).build();
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle();
        deploy("v2", "v1").want("shop/v2/db", PLAIN, 1).want("shop/v2/web", linked, 1);

        assertThat(pass()).doesNotContain("stop shop/v1/web/1").contains("note shop/v2/web/1: waits for db");
        world.succeed();
        assertThat(pass()).contains("stop shop/v1/web/1 on a: makes way for shop/v2/web/1");
    }

    @Test
    void memoryThatFitsOnceIsGivenUpByTheSameServiceFirst() {
        world.host("a", 500).want("shop/v1/api", memory(200), 1).want("shop/v1/web", memory(200), 1).settle();
        deploy("v2", "v1").want("shop/v2/web", memory(200), 1).want("shop/v2/api", memory(200), 1);

        assertThat(pass()).contains("stop shop/v1/web/1 on a: makes way for shop/v2/web/1", "stop shop/v1/api/1 on a: makes way for shop/v2/api/1");
        world.settle();
        assertThat(world.hosts("shop/v2/web") + " " + world.hosts("shop/v2/api")).isEqualTo("1=a 1=a");
    }

    @Test
    void roomThatIsFoundPieceByPieceIsNotTakenBack() {
        world.host("a", 500).want("shop/v1/api", memory(200), 1).want("shop/v1/db", memory(200), 1).settle();
        deploy("v2", "v1").want("shop/v2/web", memory(450), 1);

        assertThat(pass()).contains("stop shop/v1/api/1 on a: makes way for shop/v2/web/1", "stop shop/v1/db/1 on a: makes way for shop/v2/web/1");
        world.succeed("shop/v1/api");
        assertThat(pass()).as("half of the room").doesNotContain("place").contains("note shop/v1/api/1: makes way for shop/v2/web/1");
        world.succeed("shop/v1/db");
        assertThat(pass()).as("all of it").contains("place shop/v2/web/1 on a").doesNotContain("place shop/v1");
    }

    @Test
    void asFewStopAsMakeRoom() {
        world.host("a", 0).want("shop/v1/site", WEB, 1).want("shop/v1/web", PLAIN, 2).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1);

        assertThat(pass()).startsWith("stop shop/v1/site/1 on a: makes way for shop/v2/web/1").doesNotContain("stop shop/v1/web");
    }

    @Test
    void uniqueHostsOfTwoTagsDoNotWaitForEachOther() {
        ServiceSpec unique = PLAIN.with().uniqueHost(true).build();
        world.host("a", 0).want("shop/v1/web", unique, 1).settle();
        deploy("v2", "v1").want("shop/v2/web", unique, 1);

        assertThat(pass()).isEqualTo("place shop/v2/web/1 on a by docker: wanted 1, placed 0");
    }

    @Test
    void roomIsMadeOnAHostWhereTheEarlierTagHoldsIt() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle().host("b", 0);
        world.want("blog/default/web", WEB, 1).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1);

        assertThat(pass()).isEqualTo("""
                stop shop/v1/web/1 on a: makes way for shop/v2/web/1
                note shop/v2/web/1: waits for shop/v1/web/1 to make way: 2 hosts: 2 with port 8080/tcp taken""");
    }

    @Test
    void theNextStopsWhenTheSuccessorIsReady() {
        Update watched = new Update(Update.Order.stopFirst, 1, Duration.ZERO, Duration.ofSeconds(20), Update.OnFailure.pause);
        ServiceSpec web = WEB.with().update(watched).build();
        world.host("a", 0).host("b", 0).want("shop/v1/web", web, 2).settle();
        deploy("v2", "v1").want("shop/v2/web", web, 2);

        assertThat(pass()).contains("stop shop/v1/web/1 on a").doesNotContain("stop shop/v1/web/2");
        world.succeed();
        assertThat(pass()).contains("place shop/v2/web/1 on a").doesNotContain("stop");
        world.succeed();
        Plan waiting = world.pass();
        assertThat(waiting.actions()).isEmpty();
        assertThat(waiting.wakeAt()).contains(world.now.plusSeconds(20));
        world.later(Duration.ofSeconds(20)).intent("shop/v2/web", intent -> intent);
        assertThat(pass()).contains("stop shop/v1/web/2 on b: makes way for shop/v2/web/2");
    }

    @Test
    void oneOffsOfTheEarlierTagRunToTheirEnd() {
        world.host("a", 300).want("shop/v1/web-run-1", memory(200),
                new Intent(World.digest(memory(200)), 1, -1, false, 0, "0", new RunKind.ToCompletion(0, Optional.empty())));
        pass();
        deploy("v2", "v1").want("shop/v2/web", memory(200), 1);
        assertThat(pass()).isEqualTo("note shop/v2/web/1: 1 host: 1 short of memory (need 200 MiB)");

        world.succeed().settle();

        assertThat(world.hosts("shop/v2/web")).isEqualTo("1=a");
        assertThat(world.service("shop/v1/web-run-1").intent()).as("belongs to nobody's rollout").isPresent();
    }

    @Test
    void aFailedSuccessorLeavesTheEarlierTagWantedAndSaysHowItComesBack() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1).pass();
        world.succeed();
        pass();
        world.crash("shop/v2/web/1", 3);

        assertThat(pass()).isEqualTo("conclude 1 failed: shop/v2/web/1 keeps failing: exit code 1; "
                + "shop/v1/web made way and comes back with: concierge down shop --tag v2");
        world.drop("shop/v2/web").settle();
        assertThat(world.hosts("shop/v1/web")).isEqualTo("1=a");
        assertThat(world.instance("shop/v1/web/1").state()).isEqualTo(InstanceState.ready);
    }

    @Test
    void whatEndedForGoodGivesTheRoomBack() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1).pass();
        world.succeed();
        pass();
        world.report("shop/v2/web/1", InstanceState.failed);

        assertThat(pass()).contains("place shop/v1/web/1 on a", "conclude 1 failed: shop/v2/web/1 keeps failing");
    }

    @Test
    void theNewVersionOfARunningOneGetsItsRoomToo() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).want("shop/v2/web", port(8081), 1).settle();
        deploy("v2", "v1").want("shop/v2/web", WEB, 1);

        assertThat(pass()).isEqualTo("""
                stop shop/v1/web/1 on a: makes way for shop/v2/web/1
                note shop/v2/web/1: the new version is not placed: waits for shop/v1/web/1 to make way: \
                1 host: 1 with port 8080/tcp taken by shop/v1/web/1""");
        world.settle();
        assertThat(world.hosts("shop/v2/web")).isEqualTo("1=a");
        assertThat(world.service("shop/v1/web").intent()).isEmpty();
    }
}
