package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.HostRecord;
import concierge.model.ServiceSpec;
import org.junit.jupiter.api.Test;

/** What a drained host's instances do. */
class DrainTest {
    private static final ServiceSpec WEB = ServiceSpec.of("nginx");

    private final World world = new World();

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @Test
    void instancesLeaveADrainedHostOneAfterTheOther() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 4).settle().changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: host a is drained");
        world.settle();
        assertThat(world.instancesByHost()).isEqualTo(java.util.Map.of("b", 4));
        assertThat(pass()).as("nothing more to do").isEmpty();
    }

    @Test
    void whatFitsNowhereElseStaysAndSaysSo() {
        world.host("a", 0).want("shop/default/web", WEB, 1).settle().changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEqualTo("note shop/default/web/1: host a is drained, but: 1 host: 1 cordoned");
        world.changeHost("a", DrainTest::uncordoned);
        assertThat(pass()).isEqualTo("note shop/default/web/1 nothing: resolved");
    }

    private static HostRecord uncordoned(HostRecord host) {
        return new HostRecord(host.name(), host.addresses(), host.tags(), host.capacity(), host.executors(), false);
    }

    @Test
    void fixedInstancesStayWhereTheirDataIs() {
        world.host("a", 0).want("shop/default/db", WEB.with().pinned(true).build(), 1).settle().host("b", 0).changeHost("a", host -> host.withCordon(true));
        assertThat(pass()).isEmpty();
    }

    @Test
    void aCordonedHostKeepsWhatItHas() {
        world.host("a", 0).want("shop/default/web", WEB, 1).settle().host("b", 0).changeHost("a", host -> host.withCordon(false));
        assertThat(pass()).isEmpty();
    }
}
