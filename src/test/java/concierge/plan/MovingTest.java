package concierge.plan;

import static concierge.plan.World.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How what somebody asked to move is moved: the successor first. */
class MovingTest {
    private static final ServiceSpec WEB = ServiceSpec.of("nginx").with().update(World.update(Duration.ofSeconds(1), Duration.ZERO)).build();

    private final World world = new World();

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @BeforeEach
    void twoOfThreeStandOnOneHost() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 3).settle().host("c", 0);
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=b 3=a");
    }

    private void successorIsReady() {
        world.report("shop/default/web/4", InstanceState.ready).later(Duration.ofSeconds(1));
    }

    @Test
    void theOldOneStopsWhenTheNewOneIsReady() {
        world.move("shop/default/web/3", "c", 1);
        assertThat(pass()).isEqualTo("place shop/default/web/4 on c by docker: takes over from shop/default/web/3 on host a");
        assertThat(pass()).as("not ready yet").isEmpty();
        world.report("shop/default/web/4", InstanceState.ready);
        assertThat(pass()).as("it has to stay so for update.monitor").isEmpty();
        world.later(Duration.ofSeconds(1)).want("shop/default/web", WEB, 3);
        assertThat(pass()).isEqualTo("stop shop/default/web/3 on a: moved to host c as shop/default/web/4");
        assertThat(pass()).isEmpty();
        world.report("shop/default/web/3", InstanceState.stopped);
        assertThat(pass()).isEqualTo("release shop/default/web/3 on a: ended");
        assertThat(pass()).isEqualTo("moved shop/default/web/3 to c: moved to host c as shop/default/web/4");
        assertThat(pass()).isEmpty();
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=b 4=c");
    }

    @Test
    void soManyAtOnceAsWereAskedFor() {
        world.move("shop/default/web/1", "c", 1).move("shop/default/web/3", "c", 1);
        assertThat(pass()).isEqualTo("place shop/default/web/4 on c by docker: takes over from shop/default/web/1 on host a");
        assertThat(pass()).isEmpty();
        world.unmove("shop/default/web/1").unmove("shop/default/web/3").settle();
        assertThat(world.hosts("shop/default/web")).as("what had begun makes way").isEqualTo("1=a 2=b 3=a");
        world.move("shop/default/web/1", "c", 2).move("shop/default/web/3", "c", 2);
        assertThat(pass()).contains("place shop/default/web/4").contains("place shop/default/web/5");
    }

    @Test
    void theMovesOfAPlanAreMadeAndThenNothingIsLeft() {
        Rebalance rebalance = Rebalance.of(world.view(), _ -> true, Optional.empty());
        assertThat(RebalanceTest.moves(rebalance)).isEqualTo("shop/default/web/1 a to c: a has 2 of it, c none");
        rebalance.moves().forEach(move -> world.move(move.instance().path(), move.to(), 1));
        world.settle();
        assertThat(world.hosts("shop/default/web")).isEqualTo("2=b 3=a 4=c");
        assertThat(world.view().moves().size()).isZero();
        assertThat(Rebalance.of(world.view(), _ -> true, Optional.empty()).moves()).isEmpty();
    }

    @Test
    void aSuccessorThatFailsMakesWayForTheOldOne() {
        world.move("shop/default/web/3", "c", 1).pass();
        world.crash("shop/default/web/4", 3);
        assertThat(pass()).startsWith("stop shop/default/web/4 on c: shop/default/web/4 did not get ready on host c: starting");
        world.report("shop/default/web/4", InstanceState.stopped);
        assertThat(pass()).contains("dropped shop/default/web/3 to c").contains("release shop/default/web/4");
        assertThat(pass()).isEmpty();
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=b 3=a");
    }

    @Test
    void aSuccessorThatIsNotReadyForTenMinutesIsGivenUp() {
        world.move("shop/default/web/3", "c", 1).pass();
        world.report("shop/default/web/4", InstanceState.starting).later(Moving.LIMIT).want("shop/default/web", WEB, 3);
        assertThat(pass()).isEqualTo("stop shop/default/web/4 on c: shop/default/web/4 did not get ready on host c: starting");
    }

    @Test
    void whatCannotGoThereAnyMoreStays() {
        world.move("shop/default/web/3", "c", 1).changeHost("c", World::cordoned);
        assertThat(pass()).isEqualTo("dropped shop/default/web/3 to c: host c: cordoned");
        world.changeBack("c").move("shop/default/web/3", "c", 1).away("c", true);
        assertThat(pass()).isEqualTo("dropped shop/default/web/3 to c: host c: lost");
        world.changeBack("c").move("shop/default/web/3", "c", 1).report("shop/default/web/3", InstanceState.starting);
        assertThat(pass()).isEqualTo("dropped shop/default/web/3 to c: not ready");
    }

    @Test
    void aMoveThatWaitsIsMadeThoughItsHostIsDrained() {
        world.move("shop/default/web/1", "c", 1).move("shop/default/web/3", "c", 1).pass();
        world.changeHost("a", host -> host.withCordon(true)).want("shop/default/web", WEB, 3);
        assertThat(pass()).as("nothing stops before it has a successor").isEmpty();
        world.settle();
        assertThat(world.instancesByHost()).isEqualTo(Map.of("b", 1, "c", 2));
    }

    @Test
    void theOldHostsLossEndsTheMove() {
        world.move("shop/default/web/3", "c", 1).pass();
        successorIsReady();
        world.away("a", true).settle();
        assertThat(world.service("shop/default/web").instances().size()).isEqualTo(3);
        assertThat(world.view().moves().size()).isZero();
    }

    @Test
    void theNewHostsLossLeavesTheOldOne() {
        world.move("shop/default/web/3", "c", 1).pass();
        world.away("c", true);
        assertThat(pass()).isEqualTo("""
                dropped shop/default/web/3 to c: host c is lost
                release shop/default/web/4 on c: host c is lost""");
        world.settle();
        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=b 3=a");
    }

    @Test
    void aNewVersionGoesFirst() {
        world.move("shop/default/web/3", "c", 1).pass();
        world.want("shop/default/web", WEB.with().user("other").build(), 3).settle();
        assertThat(world.view().moves().size()).isZero();
        assertThat(world.service("shop/default/web").instances().size()).isEqualTo(3);
        assertThat(world.service("shop/default/web").instances()).allMatch(instance -> instance.isReady());
    }

    @Test
    void aServiceThatIsScaledOrRemovedMeanwhileIsWhatWasWanted() {
        world.move("shop/default/web/3", "c", 1).pass();
        world.intent("shop/default/web", intent -> intent.withOverride(1)).settle();
        assertThat(world.service("shop/default/web").instances().size()).isEqualTo(1);
        world.intent("shop/default/web", intent -> intent.withOverride(Intent.NO_OVERRIDE)).settle();
        world.move(world.service("shop/default/web").instances().at(0).id().path(), "b", 1).pass();
        world.drop("shop/default/web").settle();
        assertThat(world.view().moves().size()).isZero();
        assertThat(world.service("shop/default/web").instances().size()).isZero();
    }

    @Test
    void waitsForRoomThatAnEarlierMoveLeaves() {
        ServiceSpec big = WEB.with().resources(new Resources(0, 100 * MIB)).build();
        World tight = new World();
        tight.host("a", 100).want("shop/default/x", big, 1).settle().host("b", 100).want("shop/default/y", big, 1).settle().host("c", 100);
        tight.move("shop/default/y/1", "c", 1).move("shop/default/x/1", "b", 1);
        assertThat(Rendered.plan(tight.pass())).isEqualTo("""
                note shop/default/x/1: moves to host b when others have left it: 1 short""".replace("1 short", "short of memory (need 100 MiB)")
                + "\nplace shop/default/y/2 on c by docker: takes over from shop/default/y/1 on host b");
        tight.settle();
        assertThat(tight.hosts("shop/default/x") + " " + tight.hosts("shop/default/y")).isEqualTo("2=b 2=c");
        assertThat(tight.service("shop/default/x").pending()).isEmpty();
    }
}
