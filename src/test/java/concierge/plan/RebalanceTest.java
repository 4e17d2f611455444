package concierge.plan;

import static concierge.plan.World.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Filter;
import concierge.model.InstanceState;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which instances are to move where, and why; and which are not. */
class RebalanceTest {
    private static final ServiceSpec WEB = ServiceSpec.of("nginx");

    private final World world = new World();

    private Rebalance rebalance() {
        return Rebalance.of(world.view(), _ -> true, Optional.empty());
    }

    private String moves() {
        return moves(rebalance());
    }

    static String moves(Rebalance rebalance) {
        return rebalance.moves().stream()
                .map(move -> move.instance() + " " + move.from() + " to " + move.to() + ": " + move.because().text())
                .collect(Collectors.joining("\n"));
    }

    private String stays() {
        return rebalance().stays().stream()
                .map(stay -> stay.service() + " " + stay.instances() + ": " + stay.because())
                .collect(Collectors.joining("\n"));
    }

    private static ServiceSpec needs(long memoryMib) {
        return WEB.with().resources(new Resources(0, memoryMib * MIB)).build();
    }

    @Test
    void aServiceIsSpreadOverAHostThatCame() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 6).settle().host("c", 0);
        assertThat(moves()).isEqualTo("""
                shop/default/web/1 a to c: a has 3 of it, c none
                shop/default/web/2 b to c: b has 3 of it, c 1""");
    }

    @Test
    void hostsAreUsedEvenlyByFewMoves() {
        world.host("a", 1000);
        for (int i = 1; i <= 4; i++) world.want("shop/default/s" + i, needs(100), 1);
        world.want("shop/default/big", needs(400), 1).settle().host("b", 1000);
        assertThat(moves()).isEqualTo("shop/default/big/1 a to b: a is 80 % used, b 0 %");
    }

    @Test
    void whatAsksForNothingIsCounted() {
        world.host("a", 0);
        for (int i = 1; i <= 6; i++) world.want("shop/default/s" + i, WEB, 1);
        world.settle().host("b", 0).host("c", 0);
        assertThat(moves()).isEqualTo("""
                shop/default/s1/1 a to b: a has 6 instances, b none
                shop/default/s2/1 a to c: a has 5 instances, c none
                shop/default/s3/1 a to b: a has 4 instances, b 1
                shop/default/s4/1 a to c: a has 3 instances, c 1""");
    }

    @Test
    void withinTheToleranceNothingMoves() {
        world.host("a", 1000).want("shop/default/x", needs(440), 1).want("shop/default/y", needs(60), 1).settle();
        world.host("b", 1000).want("shop/default/z", needs(450), 1).settle();
        assertThat(world.hosts("shop/default/z")).isEqualTo("1=b");
        assertThat(moves()).isEmpty();
    }

    @Test
    void whatCannotMoveStaysAndSaysWhy() {
        world.host("a", 0);
        world.want("shop/default/data", WEB.with().volumes(List.of(new Volume(Optional.empty(), "/data"))).pinned(true).build(), 1);
        world.want("shop/default/fixed", WEB.with().pinned(true).build(), 1);
        world.want("shop/default/port", WEB.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(8080)))).build(), 1);
        world.want("shop/default/once", WEB.with().stopsWhenLost(true).build(), 1);
        world.want("shop/default/api", WEB.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.empty()))).build(), 1);
        world.want("shop/default/front", WEB.with().links(List.of(new Link(Optional.empty(), "api"))).build(), 1);
        world.settle().report("shop/default/fixed/1", InstanceState.running).host("b", 0);
        assertThat(stays()).isEqualTo("""
                shop/default/api 1: shop/default/front/1 is linked to it, and would be restarted for its new address
                shop/default/data 1: its volumes are there
                shop/default/fixed 1: fixed on its host
                shop/default/once 1: must not run twice (lost: stop)
                shop/default/port 1: holds host port 8080/tcp""");
        assertThat(moves()).as("its link leads to its own host").isEmpty();
    }

    @Test
    void whatOthersAreLinkedToMovesWhereNobodyHasToKnow() {
        ServiceSpec api = WEB.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.empty()))).build();
        ServiceSpec front = WEB.with().links(List.of(new Link(Optional.empty(), "api"))).filters(List.of(new Filter("edge", false))).build();
        world.host("edge", 0, "edge").want("shop/default/api", api, 1).settle().host("a", 0).want("shop/default/api", api, 4).settle();
        world.want("shop/default/front", front, 1).settle().host("b", 0);
        assertThat(world.hosts("shop/default/api")).isEqualTo("1=edge 2=a 3=a 4=edge");
        assertThat(moves()).as("front reaches the other one by the name that they share").isEqualTo("shop/default/api/1 edge to b: edge has 2 of it, b none");
        world.move("shop/default/api/1", "b", 1).settle();
        world.move("shop/default/api/4", "b", 1);
        assertThat(Rendered.plan(world.pass())).isEqualTo(
                "dropped shop/default/api/4 to b: shop/default/front/1 is linked to it, and would be restarted for its new address");
    }

    @Test
    void whatIsNotReadyStays() {
        world.host("a", 0).want("shop/default/web", WEB, 4).settle().report("shop/default/web/1", InstanceState.starting).host("b", 0);
        assertThat(moves()).isEqualTo("""
                shop/default/web/2 a to b: a has 4 of it, b none
                shop/default/web/3 a to b: a has 3 of it, b 1""");
        assertThat(stays()).isEqualTo("shop/default/web 1: not ready");
    }

    @Test
    void nothingMovesWhereItMayNotBe() {
        ServiceSpec ssd = WEB.with().filters(List.of(new Filter("ssd", false))).resources(new Resources(0, 100 * MIB)).build();
        world.host("a", 0, "ssd").want("shop/default/web", ssd, 4).settle();
        world.host("tagless", 0).host("small", 50, "ssd").host("cordoned", 0, "ssd").changeHost("cordoned", World::cordoned);
        world.host("gone", 0, "ssd").away("gone", true);
        assertThat(moves()).isEmpty();
    }

    @Test
    void roomThatAMoveLeavesIsUsedByALaterOne() {
        world.host("a", 100, "x").want("shop/default/x", needs(100).with().filters(List.of(new Filter("x", false))).build(), 1).settle();
        world.host("b", 300).want("shop/default/y", needs(100), 3).settle().host("c", 300, "x");
        assertThat(moves()).isEqualTo("""
                shop/default/y/1 b to c: b has 3 of it, c none
                shop/default/x/1 a to c: a is 100 % used, c 33 %
                shop/default/y/2 b to a: b has 2 of it, a none""");
    }

    @Test
    void onlyWhatWasSelectedMoves() {
        world.host("a", 0).want("shop/default/web", WEB, 2).want("blog/default/web", WEB, 2).settle().host("b", 0).host("c", 0);
        Rebalance one = Rebalance.of(world.view(), id -> id.stack().equals("blog"), Optional.of("c"));
        assertThat(moves(one)).isEqualTo("blog/default/web/1 a to c: a has 2 of it, c none");
    }

    @Test
    void loadsAreToldBeforeAndAfter() {
        world.host("a", 1000).want("shop/default/web", needs(100), 2).settle().host("b", 500);
        assertThat(rebalance().loads()).containsExactly(
                new Rebalance.Load("a", new Resources(0, 1000 * MIB), new Resources(0, 200 * MIB), new Resources(0, 100 * MIB), 2, 1),
                new Rebalance.Load("b", new Resources(0, 500 * MIB), Resources.NONE, new Resources(0, 100 * MIB), 0, 1));
    }
}
