package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.HostNode;
import concierge.model.HostRecord;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A host that is a whole cluster: room in sum, but for one instance no more than one of its machines has. */
class ClusterHostTest {
    private final World world = new World();

    private static HostNode node(String name, boolean usable, long memoryMib) {
        return new HostNode(name, "10.0.0.9", false, usable, usable ? "" : "down", new Resources(1000, memoryMib * World.MIB), Set.of());
    }

    private static HostRecord swarm(HostNode... nodes) {
        Resources sum = Resources.NONE;
        for (HostNode node : nodes) if (node.usable()) sum = sum.plus(node.capacity());
        return new HostRecord(
                "swarm", List.of("10.0.0.9"), Set.of(), sum, Set.of(ExecutorKind.swarm), false, false, "", List.of(), List.of(nodes), Optional.empty(), Optional.empty());
    }

    private static ServiceSpec spec(long memoryMib) {
        return ServiceSpec.of("app").with().executors(List.of(ExecutorKind.swarm)).resources(new Resources(0, memoryMib * World.MIB)).build();
    }

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @Test
    void itsRoomIsThatOfAllMachines() {
        world.host(swarm(node("a", true, 512), node("b", true, 512))).want("shop/default/web", spec(400), 3);
        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on swarm by swarm: wanted 3, placed 0
                place shop/default/web/2 on swarm by swarm: wanted 3, placed 0
                note shop/default/web/3: 1 host: 1 short of memory (need 400 MiB)""");
    }

    @Test
    void anInstanceFitsOneMachineOrNone() {
        world.host(swarm(node("a", true, 512), node("b", true, 512), node("c", false, 4096))).want("shop/default/web", spec(600), 1);
        assertThat(pass()).isEqualTo("note shop/default/web/1: 1 host: 1 short of memory (need 600 MiB)");
        world.host(swarm(node("a", true, 512), node("b", true, 512), node("c", true, 4096)));
        assertThat(pass()).isEqualTo("place shop/default/web/1 on swarm by swarm: wanted 1, placed 0");
    }

    @Test
    void whatRunsOnOneSwarmMeetsByName() {
        ServiceSpec mongo = spec(0).with().ports(List.of(Port.tcp(27017))).build();
        ServiceSpec web = spec(0).with().links(List.of(new Link(Optional.empty(), "mongo"))).build();
        world.host(swarm(node("a", true, 512))).want("shop/default/mongo", mongo, 1).want("shop/default/web", web, 1).settle();
        assertThat(world.instance("shop/default/web/1").assignment().links()).containsEntry("MONGO_PORT", "tcp://mongo.default.shop:27017");
    }
}
