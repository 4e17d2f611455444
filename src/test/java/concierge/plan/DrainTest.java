package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a drained host's instances do. */
class DrainTest {
    private static final String WEB = "shop/default/web";
    private static final ServiceSpec SPEC = ServiceSpec.of("nginx");

    private final World world = new World();

    private String pass() {
        return Rendered.plan(world.pass());
    }

    /** Four instances of a service, two on each of two hosts; the first host is drained. */
    private void drain(ServiceSpec spec) {
        world.host("a", 0).host("b", 0).want(WEB, spec, 4).settle().changeHost("a", host -> host.withCordon(true));
    }

    private static ServiceSpec updated(int parallel, Duration monitor) {
        return SPEC.with().update(new Update(Update.Order.stopFirst, parallel, Duration.ZERO, monitor, Update.OnFailure.pause)).build();
    }

    @Test
    void whoLeavesADrainedHostStopsWhenItsSuccessorIsReady() {
        drain(updated(1, Duration.ofSeconds(1)));
        assertThat(pass()).isEqualTo("place shop/default/web/5 on b by docker: takes over from shop/default/web/1 on host a");
        assertThat(pass()).as("one at a time, and not ready yet").isEmpty();
        world.report("shop/default/web/5", InstanceState.ready).want(WEB, updated(1, Duration.ofSeconds(1)), 4);
        assertThat(pass()).as("it has to stay so for update.monitor").isEmpty();
        world.later(Duration.ofSeconds(1)).want(WEB, updated(1, Duration.ofSeconds(1)), 4);
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: moved to host b as shop/default/web/5");
        assertThat(pass()).as("the next when it is gone").isEmpty();
        world.report("shop/default/web/1", InstanceState.stopped);
        assertThat(pass()).isEqualTo("release shop/default/web/1 on a: ended");
        assertThat(pass()).isEqualTo("place shop/default/web/1 on b by docker: takes over from shop/default/web/3 on host a");
    }

    @Test
    void asManyAreReadyAllTheWhile() {
        drain(updated(2, Duration.ZERO));
        int passes = 0;
        while (!world.instancesByHost().equals(Map.of("b", 4))) {
            assertThat(passes++).isLessThan(20);
            world.pass();
            assertThat(world.service(WEB).instances().values().stream().filter(it -> it.isReady() && !it.isStopping())).hasSizeGreaterThanOrEqualTo(4);
            assertThat(world.service(WEB).instances().size()).isLessThanOrEqualTo(6);
            // What has to stay ready for a while.
            world.succeed().later(Duration.ofSeconds(5)).want(WEB, updated(2, Duration.ZERO), 4);
        }
        assertThat(pass()).as("nothing more to do").isEmpty();
    }

    @Test
    void whatMustNotRunTwiceStopsFirst() {
        drain(SPEC.with().stopsWhenLost(true).build());
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: host a is drained");
        world.settle();
        assertThat(world.instancesByHost()).isEqualTo(Map.of("b", 4));
    }

    @Test
    void whatServesNobodyStopsFirst() {
        drain(SPEC);
        world.crash("shop/default/web/3", 3);
        assertThat(pass()).isEqualTo("stop shop/default/web/3 on a: host a is drained");
        world.settle();
        assertThat(world.instancesByHost()).isEqualTo(Map.of("b", 4));
    }

    @Test
    void aHostPortIsTakenOnAnotherHost() {
        ServiceSpec spec = SPEC.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(8080)))).build();
        world.host("a", 0).want(WEB, spec, 1).settle().host("b", 0).changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEqualTo("place shop/default/web/2 on b by docker: takes over from shop/default/web/1 on host a");
        world.settle();
        assertThat(world.hosts(WEB)).isEqualTo("2=b");
    }

    @Test
    void aSuccessorThatDoesNotGetReadyIsToldOfAndTheOldOneServes() {
        drain(SPEC);
        world.pass();
        world.crash("shop/default/web/5", 3);
        assertThat(pass()).isEqualTo(
                "note shop/default/web/1: host a is drained, but: shop/default/web/5 did not get ready on host b: starting, exit code 1");
        world.report("shop/default/web/5", InstanceState.ready).later(Duration.ofSeconds(5)).want(WEB, SPEC, 4);
        assertThat(pass()).isEqualTo("""
                stop shop/default/web/1 on a: moved to host b as shop/default/web/5
                note shop/default/web/1 nothing: resolved""");
    }

    @Test
    void aSuccessorMakesWayWhenTheHostIsToBeUsedAgain() {
        drain(SPEC);
        world.pass();
        world.changeHost("a", DrainTest::uncordoned).want(WEB, SPEC, 4);
        assertThat(pass()).isEqualTo("stop shop/default/web/5 on b: wanted 4, placed 5");
        world.settle();
        assertThat(world.instancesByHost()).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void theSuccessorsHostIsDrainedToo() {
        drain(SPEC);
        world.host("c", 0).pass();
        world.changeHost("c", host -> host.withCordon(true)).want(WEB, SPEC, 4).settle();
        assertThat(world.instancesByHost()).isEqualTo(Map.of("b", 4));
    }

    @Test
    void whatFitsNowhereElseStaysAndSaysSo() {
        world.host("a", 0).want(WEB, SPEC, 1).settle().changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEqualTo("note shop/default/web/1: host a is drained, but: 1 host: 1 cordoned");
        world.changeHost("a", DrainTest::uncordoned);
        assertThat(pass()).isEqualTo("note shop/default/web/1 nothing: resolved");
    }

    @Test
    void aDeploymentSucceedsThoughAnInstanceCannotLeaveItsHost() {
        ServiceSpec alone = SPEC.with().stopsWhenLost(true).build();
        world.host("a", 0).want(WEB, alone, 1).settle().changeHost("a", host -> host.withCordon(true)).pass();
        assertThat(world.service(WEB).pending()).hasSize(1);
        world.deployment(World.deployment("shop", "default")).want(WEB, alone, 1).later(Duration.ofSeconds(5));
        assertThat(pass()).contains("conclude 1 succeeded");
    }

    private static HostRecord uncordoned(HostRecord host) {
        return new HostRecord(host.name(), host.addresses(), host.tags(), host.capacity(), host.executors(), false);
    }

    @Test
    void fixedInstancesStayWhereTheirDataIs() {
        world.host("a", 0).want("shop/default/db", SPEC.with().pinned(true).build(), 1).settle().host("b", 0).changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEmpty();
    }

    @Test
    void aCordonedHostKeepsWhatItHas() {
        world.host("a", 0).want(WEB, SPEC, 1).settle().host("b", 0).changeHost("a", host -> host.withCordon(false));
        assertThat(pass()).isEmpty();
    }
}
