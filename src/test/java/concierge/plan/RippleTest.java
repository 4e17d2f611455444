package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Deployment;
import concierge.model.Link;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which services a change concerns. */
class RippleTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable");
    private static final ServiceSpec LINKING = SPEC.with().links(List.of(new Link(Optional.empty(), "db"))).build();

    private final Ripple ripple = new Ripple();
    private final World world = new World();

    @BeforeEach
    void aStackOnTwoHosts() {
        world.host("a", 1000).host("b", 1000);
        world.want("shop/default/db", SPEC, 1).want("shop/default/web", LINKING, 1);
        world.want("other/default/db", SPEC, 1).want("other/default/web", LINKING, 1);
        world.settle();
        reach();
    }

    private List<String> reach() {
        return ripple.reach(world.view()).stream().map(ServiceId::path).toList();
    }

    @Test
    void theFirstViewConcernsAllAndTheSameOneNobody() {
        assertThat(new Ripple().reach(world.view())).hasSize(4);
        assertThat(reach()).isEmpty();
    }

    @Test
    void aChangeConcernsTheServiceAndThoseThatLinkToIt() {
        world.intent("shop/default/db", intent -> intent.withOverride(2));
        assertThat(reach()).containsExactly("shop/default/db", "shop/default/web");
        world.intent("other/default/web", intent -> intent.withOverride(2));
        assertThat(reach()).containsExactly("other/default/web");
    }

    @Test
    void aServiceThatLinksNoMoreIsNotConcerned() {
        world.want("shop/default/web", SPEC, 1);
        reach();
        world.intent("shop/default/db", intent -> intent.withOverride(2));
        assertThat(reach()).containsExactly("shop/default/db");
    }

    @Test
    void aStacksRecordOrDeploymentConcernsItsServicesAndARecordThoseThatLinkIntoIt() {
        world.want("far/default/web", SPEC.with().links(List.of(new Link(Optional.of("shop"), "db"))).build(), 1);
        reach();
        world.stack("shop", "default");
        assertThat(reach()).containsExactly("far/default/web", "shop/default/db", "shop/default/web");
        world.deployment(new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 0));
        assertThat(reach()).containsExactly("shop/default/db", "shop/default/web");
    }

    @Test
    void roomConcernsWhatWaitsForIt() {
        world.want("late/default/web", SPEC.with().resources(new concierge.model.Resources(0, 2000 * World.MIB)).build(), 1);
        world.pass();
        assertThat(world.service("late/default/web").pending()).isNotEmpty();
        reach();
        world.changeHost("a", host -> new concierge.model.HostRecord(
                host.name(), host.addresses(), host.tags(), host.capacity(), host.executors(), true));
        assertThat(reach()).containsExactly("late/default/web");
        world.host("c", 3000);
        assertThat(reach()).containsExactly("late/default/web");
    }

    @Test
    void aLostHostConcernsWhatStandsOnItAndOneThatIsAwayNobody() {
        String host = world.instance("shop/default/db/1").host();
        world.away(host, false);
        assertThat(reach()).isEmpty();
        world.away(host, true);
        assertThat(reach()).contains("shop/default/db").allSatisfy(service ->
                assertThat(world.service(service).instances()).anyMatch(instance -> instance.host().equals(host)));
    }
}
