package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Health;
import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RolloutsTest {
    private static final ServiceSpec WEB =
            ServiceSpec.of("web").with().health(Health.of(Health.Kind.tcp, "/", List.of())).build();
    private final World world = new World();

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @Test
    void succeedsWhenAllIsReady() {
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", WEB, 2);
        assertThat(pass()).startsWith("place").doesNotContain("conclude");
        world.report("shop/default/web/1", InstanceState.ready);
        assertThat(pass()).isEmpty();
        world.succeed();
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 1 service of default ready");
        assertThat(pass()).isEmpty();
    }

    @Test
    void withoutAHealthCheckReadyCountsOnlyAfterAQuietTime() {
        ServiceSpec blind = ServiceSpec.of("web");
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", blind, 1).pass();
        world.succeed();
        Plan plan = world.pass();
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.wakeAt()).contains(world.now.plus(ServiceSpec.BLIND_MONITOR));

        world.crash("shop/default/web/1", 3);
        assertThat(pass()).isEqualTo("conclude 1 failed: shop/default/web/1 keeps failing: exit code 1");
    }

    @Test
    void withoutAHealthCheckTheMonitorThatIsWrittenCounts() {
        ServiceSpec hasty = ServiceSpec.of("web").with()
                .update(new Update(Update.Order.stopFirst, 1, Duration.ZERO, Duration.ofSeconds(1), Update.OnFailure.pause))
                .build();
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", hasty, 1).pass();
        world.succeed();
        assertThat(world.pass().wakeAt()).contains(world.now.plusSeconds(1));
        ServiceSpec asked = ServiceSpec.of("web").with().environment(java.util.Map.of("VIKING_HEALTH_80", "tcp")).build();
        assertThat(asked.settling(Optional.empty())).as("the environment asks for a check").isZero();
    }

    @Test
    void aHealthCheckThatOnlyTheAgentKnowsOfCounts() {
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", ServiceSpec.of("web"), 1).pass();
        world.checked("shop/default/web/1");
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 1 service of default ready");
    }

    @Test
    void aSharedServiceThatServesNobodyIsReplacedByTheCorrectedDeploymentOnly() {
        ServiceSpec broken = WEB.with().shared(true).pinned(true).command(List.of("tpyo")).build();
        ServiceSpec corrected = WEB.with().shared(true).pinned(true).command(List.of("typo")).build();
        world.host("a", 0).want("shop/static/db", broken, 1).settle().crash("shop/static/db/1", 3);
        world.want("shop/static/db", corrected, 1);
        assertThat(pass()).as("nobody deploys").isEmpty();
        world.deployment(World.deployment("shop", "default")).want("shop/static/db", corrected, 1);
        assertThat(pass()).isEqualTo("stop shop/static/db/1 on a: its specification changed");
        world.succeed();
        assertThat(pass()).startsWith("release shop/static/db/1").contains("place shop/static/db/1 on a").doesNotContain("conclude");
        world.succeed();
        assertThat(pass()).startsWith("conclude 1 succeeded");
    }

    @Test
    void aSharedServiceThatServesIsLeftRunningByADeployment() {
        ServiceSpec before = WEB.with().shared(true).pinned(true).command(List.of("one")).build();
        ServiceSpec after = WEB.with().shared(true).pinned(true).command(List.of("two")).build();
        world.host("a", 0).want("shop/static/db", before, 1).settle();
        world.deployment(World.deployment("shop", "default")).want("shop/static/db", after, 1);
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 1 service of default ready");
    }

    @Test
    void aMonitoredInstanceHasToStayReadyAsLong() {
        ServiceSpec watched = WEB.with()
                .update(new Update(Update.Order.stopFirst, 1, Duration.ZERO, Duration.ofSeconds(20), Update.OnFailure.pause))
                .build();
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", watched, 1).pass();
        world.succeed();
        assertThat(world.pass().wakeAt()).contains(world.now.plusSeconds(20));
        world.later(Duration.ofSeconds(20)).intent("shop/default/web", intent -> intent);
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 1 service of default ready");
    }

    @Test
    void withdrawsReplacedTagsOnlyThen() {
        world.host("a", 0).want("shop/v1/web", WEB, 1).want("shop/v3/web", WEB, 1).settle();
        world.deployment(World.deployment("shop", "v2", "v1")).want("shop/v2/web", WEB, 1);
        assertThat(pass()).isEqualTo("place shop/v2/web/1 on a by docker: wanted 1, placed 0");
        world.succeed();
        assertThat(pass()).isEqualTo("""
                withdraw shop/v1/web: replaced by tag v2
                conclude 1 succeeded: all of 1 service of v2 ready""");
        assertThat(pass()).isEqualTo("stop shop/v1/web/1 on a: removed");
    }

    @Test
    void failsWhenAnInstanceOfItKeepsFailing() {
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", WEB, 1).pass();
        world.crash("shop/default/web/1", 3);
        assertThat(pass()).isEqualTo("conclude 1 failed: shop/default/web/1 keeps failing: exit code 1");
    }

    @Test
    void isPatientWithWhatFailedBeforeIt() {
        world.host("a", 0).want("shop/default/old", WEB, 1).settle().crash("shop/default/old/1", 3);
        world.deployment(new concierge.model.Deployment(
                "shop", "2", "default", java.util.List.of(), concierge.model.Deployment.Outcome.active, "",
                world.now.getEpochSecond()));
        Plan plan = world.pass();
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.wakeAt()).contains(world.now.plus(Rollouts.PATIENCE));

        world.later(Rollouts.PATIENCE).intent("shop/default/old", intent -> intent);

        assertThat(pass()).isEqualTo("conclude 2 failed: shop/default/old/1 keeps failing: exit code 1");
    }

    private static ServiceSpec memory(long mib) {
        return WEB.with().resources(new concierge.model.Resources(0, mib * World.MIB)).build();
    }

    /** Plans again although nothing changed, as a wake-up does. */
    private String wake(String service) {
        world.intent(service, intent -> intent);
        return pass();
    }

    @Test
    void failsWhenNothingMovesForTooLong() {
        world.host("a", 100).away("a", false).deployment(World.deployment("shop", "default")).want("shop/default/web", WEB, 1);
        Plan plan = world.pass();
        assertThat(plan.wakeAt()).as("the host may be back").contains(World.START.plus(Rollouts.PROGRESS_LIMIT));
        world.later(Duration.ofMinutes(10));
        assertThat(wake("shop/default/web")).isEqualTo("conclude 1 failed: nothing became ready for 10 minutes: "
                + "shop/default/web/1: 1 host: 1 away");
    }

    @Test
    void failsSoonWhenAllThatIsMissingHasNoPlace() {
        world.host("a", 100).deployment(World.deployment("shop", "default")).want("shop/default/web", memory(200), 1);
        assertThat(world.pass().wakeAt()).contains(World.START.plus(Rollouts.ROOM_LIMIT));
        world.later(Rollouts.ROOM_LIMIT.minusMillis(1));
        assertThat(wake("shop/default/web")).isEmpty();
        world.later(Duration.ofMillis(1));
        assertThat(wake("shop/default/web")).isEqualTo("conclude 1 failed: no room for shop/default/web/1 in 30 s: "
                + "1 host: 1 short of memory (need 200 MiB); still wanted, and placed as soon as there is");
        world.host("b", 0);
        assertThat(pass()).as("the intent stayed").startsWith("place shop/default/web/1 on b");
    }

    @Test
    void whatHasNoPlaceIsCounted() {
        ServiceSpec alone = WEB.with().uniqueHost(true).build();
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/web", alone, 4).pass();
        world.succeed().later(Rollouts.ROOM_LIMIT.plusSeconds(1));
        assertThat(wake("shop/default/web")).contains("no room for shop/default/web/2 and 2 more in 30 s: 1 host: 1 with an instance of it already");
    }

    @Test
    void aDeploymentOfWhichSomethingIsOnItsWayIsNotStuck() {
        world.host("a", 100).deployment(World.deployment("shop", "default"))
                .want("shop/default/api", WEB, 1).want("shop/default/web", memory(200), 1).pass();
        world.report("shop/default/api/1", InstanceState.preparing).later(Duration.ofMinutes(5));
        assertThat(wake("shop/default/api")).as("an image is being pulled").isEmpty();
        world.report("shop/default/api/1", InstanceState.ready);
        assertThat(pass()).as("now it is stuck").isEmpty();
        world.later(Rollouts.ROOM_LIMIT);
        assertThat(wake("shop/default/api")).as("though another service is looked at").contains("no room for shop/default/web/1");
    }

    @Test
    void whatWaitsForALinkIsStuckWithWhatItWaitsFor() {
        ServiceSpec client = ServiceSpec.of("web").with().links(List.of(new concierge.model.Link(java.util.Optional.empty(), "db"))).build();
        world.host("a", 100).deployment(World.deployment("shop", "default"))
                .want("shop/default/api", client, 1).want("shop/default/db", memory(200), 1);
        assertThat(pass()).contains("waits for db: 0 of 1 ready");
        world.later(Rollouts.ROOM_LIMIT);
        assertThat(wake("shop/default/api")).contains("no room for shop/default/db/1 in 30 s");
    }

    @Test
    void whatWaitsForALinkAloneIsNotShortOfRoom() {
        ServiceSpec client = ServiceSpec.of("web").with().links(List.of(new concierge.model.Link(java.util.Optional.of("other"), "db"))).build();
        world.host("a", 0).deployment(World.deployment("shop", "default")).want("shop/default/api", client, 1);
        assertThat(world.pass().wakeAt()).contains(World.START.plus(Rollouts.PROGRESS_LIMIT));
    }

    @Test
    void aRolloutThatFindsNoRoomForTheNewVersionFailsAndTheOldOneServesOn() {
        world.host("a", 100).want("shop/default/web", memory(50), 2).settle();
        world.deployment(World.deployment("shop", "default")).want("shop/default/web", memory(200), 2);
        assertThat(pass()).contains("the new version is not placed");
        world.later(Rollouts.ROOM_LIMIT.plusMinutes(1));
        assertThat(wake("shop/default/web")).contains("no room for shop/default/web/1 in 30 s: the new version is not placed: 1 host: 1 short of memory");
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=a");
    }

    @Test
    void earlierTagsThatMakeWayAreWaitedFor() {
        world.host("a", 100).want("shop/v1/web", memory(80), 1).settle();
        world.deployment(World.deployment("shop", "v2", "v1")).want("shop/v2/web", memory(90), 1);
        assertThat(pass()).contains("stop shop/v1/web/1 on a: makes way");
        world.later(Rollouts.ROOM_LIMIT.plusMinutes(1));
        assertThat(wake("shop/v2/web")).as("its grace may be long").isEmpty();
        world.succeed();
        assertThat(pass()).contains("place shop/v2/web/1 on a");
    }

    @Test
    void aDeploymentOfNothingSucceeds() {
        world.deployment(World.deployment("shop", "default"));
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 0 services of default ready");
    }
}
