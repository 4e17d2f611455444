package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Health;
import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import java.time.Duration;
import java.util.List;
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
        assertThat(asked.settling()).as("the environment asks for a check").isZero();
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

    @Test
    void failsWhenNothingMovesForTooLong() {
        world.host("a", 100).deployment(World.deployment("shop", "default")).want(
                "shop/default/web",
                WEB.with().resources(new concierge.model.Resources(0, 200 * World.MIB)).build(),
                1);
        Plan plan = world.pass();
        assertThat(plan.wakeAt()).contains(World.START.plus(Rollouts.PROGRESS_LIMIT));
        world.later(Duration.ofMinutes(10)).intent("shop/default/web", intent -> intent);
        assertThat(pass()).isEqualTo("conclude 1 failed: nothing became ready for 10 minutes: "
                + "shop/default/web/1: 1 host: 1 short of memory (need 200 MiB)");
    }

    @Test
    void aDeploymentOfNothingSucceeds() {
        world.deployment(World.deployment("shop", "default"));
        assertThat(pass()).isEqualTo("conclude 1 succeeded: all of 0 services of default ready");
    }
}
