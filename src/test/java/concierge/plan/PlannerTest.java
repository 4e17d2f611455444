package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import concierge.model.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final ServiceSpec WEB = ServiceSpec.of("web");
    private final World world = new World();

    private static ServiceSpec memory(long mib) {
        return WEB.with().resources(new Resources(0, mib * World.MIB)).build();
    }

    private static ServiceSpec pinned() {
        return WEB.with().pinned(true).build();
    }

    private static ServiceSpec port(int host) {
        return WEB.with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(host)))).build();
    }

    private String pass() {
        return Rendered.plan(world.pass());
    }

    @Test
    void spreadsInstancesOverHostsAndNamesEachPlacement() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 3);

        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on a by docker: wanted 3, placed 0
                place shop/default/web/2 on b by docker: wanted 3, placed 0
                place shop/default/web/3 on a by docker: wanted 3, placed 0""");
        assertThat(pass()).isEmpty();
    }

    @Test
    void prefersTheHostThatIsLeastBusy() {
        world.host("a", 1000).host("b", 4000).want("shop/default/db", memory(500), 1).settle();
        assertThat(world.hosts("shop/default/db")).isEqualTo("1=a");

        world.want("shop/default/web", memory(100), 1).settle();

        assertThat(world.hosts("shop/default/web")).isEqualTo("1=b");
    }

    @Test
    void countsWhyEveryHostRefuses() {
        world.host("a", 1000).host("b", 100, "db").host("c", 100, "db").away0("d").want(
                "shop/default/db",
                memory(512).with().filters(List.of(new Filter("db", false))).build(),
                1);

        assertThat(pass()).isEqualTo(
                "note shop/default/db/1: 4 hosts: 1 away, 1 without tag db, 2 short of memory (need 512 MiB)");
        assertThat(pass()).as("an unchanged note is not written again").isEmpty();
        assertThat(world.service("shop/default/db").pending()).containsEntry(
                1, "4 hosts: 1 away, 1 without tag db, 2 short of memory (need 512 MiB)");
    }

    @Test
    void placesWhatWaitedWhenAHostWithRoomJoins() {
        world.host("a", 100).want("shop/default/db", memory(512), 1);
        assertThat(pass()).isEqualTo("note shop/default/db/1: 1 host: 1 short of memory (need 512 MiB)");

        world.host("b", 1000);

        assertThat(pass()).isEqualTo("place shop/default/db/1 on b by docker: wanted 1, placed 0");
        assertThat(world.service("shop/default/db").pending()).isEmpty();
    }

    @Test
    void saysThatThereAreNoHosts() {
        world.want("shop/default/web", WEB, 1);
        assertThat(pass()).isEqualTo("note shop/default/web/1: no hosts");
    }

    @Test
    void takesTheLowestFreeNumbers() {
        world.host("a", 0).want("shop/default/web", WEB, 3).settle().report("shop/default/web/2", InstanceState.running);
        world.want("shop/default/web", WEB, 2).settle();
        assertThat(world.hosts("shop/default/web")).as("what is not ready goes first").isEqualTo("1=a 3=a");

        world.want("shop/default/web", WEB, 4).settle();

        assertThat(world.hosts("shop/default/web")).isEqualTo("1=a 2=a 3=a 4=a");
    }

    @Test
    void removesTheHighestNumbersOfReadyOnes() {
        world.host("a", 0).want("shop/default/web", WEB, 3).settle().want("shop/default/web", WEB, 1);
        assertThat(pass()).isEqualTo("""
                stop shop/default/web/3 on a: wanted 1, placed 3
                stop shop/default/web/2 on a: wanted 1, placed 3""");
        assertThat(pass()).as("waits for the agents").isEmpty();
        world.succeed();
        assertThat(pass()).isEqualTo("""
                release shop/default/web/2 on a: ended
                release shop/default/web/3 on a: ended""");
    }

    @Test
    void stopsAndForgetsWhatNobodyWantsButKeepsThePinsOfData() {
        ServiceSpec data = WEB.with().volumes(List.of(new Volume(Optional.empty(), "/data"))).pinned(true).build();
        world.host("a", 0).want("shop/default/db", data, 1).want("shop/default/cache", pinned(), 1).settle();

        world.drop("shop/default/db").drop("shop/default/cache");

        assertThat(pass()).isEqualTo("""
                stop shop/default/cache/1 on a: removed
                stop shop/default/db/1 on a: removed""");
        world.succeed();
        assertThat(pass()).isEqualTo("""
                unpin shop/default/cache/1: removed
                release shop/default/cache/1 on a: ended
                release shop/default/db/1 on a: ended""");
        assertThat(world.service("shop/default/db").pins()).containsEntry(1, "a");
    }

    @Test
    void keepsAPinThatAnotherTagUses() {
        world.host("a", 0).want("shop/v1/db", pinned(), 1).want("shop/v2/db", pinned(), 1).settle();

        world.drop("shop/v1/db").settle();

        assertThat(world.service("shop/v1/db").pins()).containsEntry(1, "a");
    }

    @Test
    void waitsForThePinnedHostAndNeverTakesAnother() {
        world.host("a", 0).host("b", 0).want("shop/default/db", pinned(), 1).settle();
        assertThat(world.hosts("shop/default/db")).isEqualTo("1=a");
        world.drop("shop/default/db").pass();
        world.succeed().drop("shop/default/db");
        assertThat(world.service("shop/default/db").pins()).containsEntry(1, "a");

        world.away("a", false).want("shop/default/db", pinned(), 1);

        assertThat(pass()).isEqualTo("note shop/default/db/1: fixed on host a, which is away");
        assertThat(world.hosts("shop/default/db")).as("its stopped copy still holds its place").isEqualTo("1=a");
    }

    @Test
    void saysThatAPinnedHostIsAway() {
        world.host("a", 0).host("b", 0).want("shop/default/db", pinned(), 2).settle();
        world.intent("shop/default/db", intent -> intent.withStopped(true)).settle();

        world.away("a", false).intent("shop/default/db", intent -> intent.withStopped(false));

        assertThat(pass()).isEqualTo("""
                place shop/default/db/2 on b by docker: wanted 2, placed 0
                note shop/default/db/1: fixed on host a, which is away""");
        world.changeBack("a");
        assertThat(pass()).isEqualTo("place shop/default/db/1 on a by docker: wanted 2, placed 1");
    }

    @Test
    void movesWhatWasOnALostHostButNotWhatIsPinned() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 2).want("shop/default/db", pinned(), 2).settle();
        assertThat(world.hosts("shop/default/db")).isEqualTo("1=a 2=b");

        world.away("a", true);

        assertThat(pass()).isEqualTo("""
                note shop/default/db/1: fixed on host a, which is lost
                release shop/default/web/1 on a: host a is lost
                place shop/default/web/1 on b by docker: host a is lost""");
        assertThat(pass()).isEmpty();
        assertThat(world.hosts("shop/default/db")).isEqualTo("1=a 2=b");
    }

    @Test
    void movesWhatStopsWhenLostOnlyWhenItHasStopped() {
        world.host("a", 0).host("b", 0).want("shop/default/solo", WEB.with().stopsWhenLost(true).build(), 1).settle();

        world.away("a", true);

        assertThat(pass()).isEqualTo("note shop/default/solo/1: host a is lost; waits until that has stopped it (lost: stop), at most 10 s");
        world.stopped("a");
        assertThat(pass()).isEqualTo("""
                release shop/default/solo/1 on a: host a is lost
                place shop/default/solo/1 on b by docker: host a is lost""");
    }

    @Test
    void keepsThePinOfARemovedInstanceWhoseHostIsLost() {
        world.host("a", 0).host("b", 0).want("shop/default/db", pinned(), 1).settle();
        String home = world.hosts("shop/default/db").substring(2);
        world.away(home, true).drop("shop/default/db").settle();
        world.want("shop/default/db", pinned(), 1);
        assertThat(pass()).isEqualTo("note shop/default/db/1: fixed on host " + home + ", which is lost");
    }

    @Test
    void leavesAnInstanceOnALostHostWhereNoOtherCanTakeIt() {
        world.host("a", 0).want("shop/default/web", WEB, 1).settle().away("a", true);
        assertThat(pass()).isEqualTo("note shop/default/web/1: host a is lost; 1 host: 1 lost");
        world.host(new HostRecord(
                "a", List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false));
        assertThat(pass()).isEqualTo("note shop/default/web/1 nothing: resolved");
    }

    @Test
    void leavesInstancesAloneWhileTheirHostIsOnlyAway() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 2).settle().away("a", false);
        assertThat(pass()).isEmpty();
    }

    @Test
    void putsNothingNewOntoACordonedHost() {
        world.host("a", 0).host("b", 0).changeHost("a", World::cordoned).want("shop/default/web", WEB, 2);
        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on b by docker: wanted 2, placed 0
                place shop/default/web/2 on b by docker: wanted 2, placed 0""");
    }

    @Test
    void prefersFlexibleTagsAmongHostsThatAreEquallySpread() {
        ServiceSpec spec = WEB.with().filters(List.of(new Filter("ssd", true))).build();
        world.host("a", 0).host("b", 0, "ssd").want("shop/default/web", spec, 2);
        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on b by docker: wanted 2, placed 0
                place shop/default/web/2 on a by docker: wanted 2, placed 0""");
    }

    @Test
    void neverSharesAHostWhenItsInstancesMustBeAlone() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB.with().uniqueHost(true).build(), 3);
        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on a by docker: wanted 3, placed 0
                place shop/default/web/2 on b by docker: wanted 3, placed 0
                note shop/default/web/3: 2 hosts: 2 with an instance of it already""");
    }

    @Test
    void givesAHostPortToOneInstanceOnly() {
        world.host("a", 0).want("shop/default/web", port(8080), 1).settle().want("blog/default/web", port(8080), 1);
        assertThat(pass()).isEqualTo("note blog/default/web/1: 1 host: 1 with port 8080/tcp taken by shop/default/web/1");
        world.host("b", 0);
        assertThat(pass()).isEqualTo("place blog/default/web/1 on b by docker: wanted 1, placed 0");
    }

    @Test
    void handsAFreedHostPortOnInTheSamePass() {
        world.host("a", 0).want("shop/default/web", port(8080), 1).settle().want("blog/default/web", port(8080), 1).pass();
        world.drop("shop/default/web").pass();
        world.succeed();
        assertThat(pass()).isEqualTo("""
                release shop/default/web/1 on a: ended
                place blog/default/web/1 on a by docker: wanted 1, placed 0""");
    }

    @Test
    void takesTheFirstExecutorThatAHostHas() {
        ServiceSpec spec = WEB.with().executors(List.of(ExecutorKind.docker, ExecutorKind.process)).build();
        world.host(World.host("a", ExecutorKind.process)).want("shop/default/web", spec, 1);
        assertThat(pass()).isEqualTo("place shop/default/web/1 on a by process: wanted 1, placed 0");
    }

    @Test
    void keepsTheExecutorOfAReplacedInstanceAlthoughItsEngineIsAway() {
        ServiceSpec spec = WEB.with().executors(List.of(ExecutorKind.docker, ExecutorKind.process)).build();
        world.host(World.host("a", ExecutorKind.docker, ExecutorKind.process)).want("shop/default/web", spec, 1).settle();
        world.intent("shop/default/web", Intent::nextEpoch).pass();
        world.succeed().host(World.host("a", ExecutorKind.process));

        assertThat(pass()).isEqualTo("note shop/default/web/1: 1 host: 1 without docker");
        world.host(World.host("a", ExecutorKind.docker, ExecutorKind.process));
        assertThat(pass()).isEqualTo("""
                release shop/default/web/1 on a: ended
                place shop/default/web/1 on a by docker: replaces its earlier copy on host a""");
    }

    @Test
    void doesNotStopAnInstanceWhoseEngineIsAwayToReplaceIt() {
        world.host("a", 0).want("shop/default/web", WEB, 1).settle().host(World.host("a", ExecutorKind.process));
        world.want("shop/default/web", WEB.with().user("www").build(), 1);
        assertThat(pass()).isEqualTo("note shop/default/web/1: the new version is not placed: 1 host: 1 without docker");
    }

    @Test
    void moreMemoryThanAnyHostHasStopsNothing() {
        world.host("a", 1000).want("shop/default/web", memory(900), 1).settle().want("shop/default/web", memory(950), 1);
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: its specification changed");
        world.settle().want("shop/default/web", memory(2000), 1);
        assertThat(pass()).isEqualTo(
                "note shop/default/web/1: the new version is not placed: 1 host: 1 short of memory (need 2 GiB)");
    }

    @Test
    void replacesBatchByBatchOnTheSameHosts() {
        world.host("a", 0).host("b", 0).want("shop/default/web", WEB, 3).settle();
        world.want("shop/default/web", WEB.with().user("www").build(), 3);

        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: its specification changed");
        assertThat(pass()).isEmpty();
        world.succeed();
        assertThat(pass()).isEqualTo("""
                release shop/default/web/1 on a: ended
                place shop/default/web/1 on a by docker: replaces its earlier copy on host a""");
        assertThat(pass()).as("waits until it is ready").isEmpty();
        world.succeed();
        assertThat(pass()).isEqualTo("stop shop/default/web/2 on b: its specification changed");
    }

    @Test
    void waitsForTheMonitoredTimeBetweenBatches() {
        ServiceSpec slow = WEB.with().update(World.update(Duration.ofSeconds(5), Duration.ofSeconds(3))).build();
        world.host("a", 0).want("shop/default/web", slow, 2).settle().want("shop/default/web", slow.with().user("www").build(), 2);
        world.pass();
        world.succeed().pass();
        world.succeed();

        Plan waiting = world.pass();
        assertThat(waiting.actions()).isEmpty();
        assertThat(waiting.wakeAt()).contains(world.now.plusSeconds(8));
        assertThat(waiting.waiting()).containsExactly(World.id("shop/default/web"));

        world.later(Duration.ofSeconds(8)).intent("shop/default/web", intent -> intent);
        assertThat(pass()).isEqualTo("stop shop/default/web/2 on a: its specification changed");
    }

    @Test
    void leavesSharedServicesAloneWhenTheirSpecificationChanges() {
        ServiceSpec mongo = WEB.with().shared(true).pinned(true).build();
        world.host("a", 0).want("shop/static/mongo", mongo, 1).settle().want("shop/static/mongo", mongo.with().user("db").build(), 1);
        assertThat(pass()).isEmpty();
        world.intent("shop/static/mongo", Intent::nextEpoch);
        assertThat(pass()).isEqualTo("stop shop/static/mongo/1 on a: restart asked for");
    }

    @Test
    void leavesFinishedRunsAloneUntilARestartIsAskedFor() {
        Intent once = new Intent(World.digest(WEB), 1, -1, false, 0, "1", new RunKind.ToCompletion(0, Optional.empty()));
        world.host("a", 0).want("shop/default/job", WEB, once).settle();
        assertThat(world.instance("shop/default/job/1").state()).isEqualTo(InstanceState.completed);
        assertThat(pass()).isEmpty();
        world.intent("shop/default/job", Intent::nextEpoch);
        assertThat(pass()).isEqualTo("stop shop/default/job/1 on a: restart asked for");
    }

    @Test
    void leavesFailedRunsAlone() {
        world.host("a", 0).want("shop/default/web", WEB, 1).pass();
        world.report("shop/default/web/1", InstanceState.failed);
        assertThat(pass()).isEmpty();
    }

    @Test
    void placesFiniteRunsByPriorityAfterWhatRunsForEver() {
        for (int priority : new int[] {1, 9}) {
            world.want("shop/default/job" + priority, memory(100), new Intent(
                    World.digest(memory(100)), 1, -1, false, 0, "1", new RunKind.ToCompletion(priority, Optional.empty())));
        }
        world.want("shop/default/web", memory(100), 1).host("a", 200);
        assertThat(pass()).isEqualTo("""
                place shop/default/web/1 on a by docker: wanted 1, placed 0
                place shop/default/job9/1 on a by docker: wanted 1, placed 0
                note shop/default/job1/1: 1 host: 1 short of memory (need 100 MiB)""");
    }

    @Test
    void movesACrashLoopToAnotherHostIfThereIsOne() {
        world.host("a", 0).want("shop/default/web", WEB, 1).settle().crash("shop/default/web/1", ServicePlan.MOVE_AFTER_FAILURES);
        assertThat(pass()).as("nowhere to go").isEmpty();

        world.host("b", 0).crash("shop/default/web/1", ServicePlan.MOVE_AFTER_FAILURES);
        assertThat(pass()).isEqualTo("stop shop/default/web/1 on a: failed 8 times on host a, moves to another");
        world.succeed();
        assertThat(pass()).isEqualTo("""
                release shop/default/web/1 on a: ended
                place shop/default/web/1 on b by docker: replaces its earlier copy on host a""");
    }

    @Test
    void placesNoInstanceForASite() {
        ServiceSpec site = new SpecBuilder().site(new Site("./www", Optional.of(Digest.of("x")))).build();
        world.host("a", 0).want("shop/default/help", site, 1);
        assertThat(pass()).isEmpty();
    }

    @Test
    void explainsWithTheSameChecksAndOrderAsPlacing() {
        world.host("a", 1000).host("b", 4000).host("c", 100).host("d", 0).changeHost("d", World::cordoned);
        world.want("shop/default/web", memory(500), 1).settle();

        List<Verdict> verdicts = new Planner().explain(world.view(), World.id("shop/default/web"));

        assertThat(verdicts).containsExactly(
                new Verdict("b", 1, "0 instances, 3.9 GiB free"),
                new Verdict("a", 2, "1 instance, 1 of it, 500 MiB free"),
                new Verdict("c", 0, "short of memory (need 500 MiB)"),
                new Verdict("d", 0, "cordoned"));
    }
}
