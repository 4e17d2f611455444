package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.model.AgentProcess;
import concierge.model.Assignment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Limits;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The driver over a store and an engine in memory, with threads and the real clock. */
class AgentTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("busybox:stable").with().ports(List.of(Port.tcp(80))).build();
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");

    private static final Vault NO_SECRETS = (_, files) -> List.of();

    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final MemoryExecutor engine = new MemoryExecutor();
    private final AtomicLong routersAsked = new AtomicLong();
    private Agent agent = agent();
    private int transactions;

    private Agent agent() {
        AgentSettings settings = new AgentSettings(
                "h1", "ours", List.of("127.0.0.1"), Set.of("ssd"), new Resources(2_000, 1L << 30), "127.0.0.1", "me");
        return new Agent(settings, store, List.of(engine), (revision, _) -> routersAsked.set(revision), NO_SECRETS, InstantSource.system(), 1);
    }

    @BeforeEach
    void install() {
        Transaction.Builder to = Transaction.id("install").put(Keys.INSTALLATION, "ours");
        Writes.spec(to, SPEC);
        store.commit(to.build());
    }

    @AfterEach
    void close() {
        agent.close();
        store.close();
    }

    private Assignment assign(InstanceId id) {
        Assignment assignment = new Assignment(
                id, "h1", Codec.digest(SPEC), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, "1");
        Transaction.Builder to = Transaction.id("place " + transactions++);
        Writes.place(to, assignment, false);
        store.commit(to.build());
        return assignment;
    }

    private Optional<Status> status(InstanceId id) {
        return store.find(Keys.status("h1", id)).map(entry -> Codec.status(entry.value()));
    }

    private void awaitState(InstanceId id, InstanceState state) {
        await().until(() -> status(id).filter(it -> it.state() == state).isPresent());
    }

    private List<String> endpoints() {
        return store.list(Keys.PORTS, "", Limits.PAGE, 0).entries().stream().map(entry -> entry.value().text()).toList();
    }

    @Test
    void anAssignmentBecomesAReadyInstanceAndAStopTakesItAwayInOrder() {
        agent.start();
        Assignment assignment = assign(WEB);
        awaitState(WEB, InstanceState.ready);
        assertThat(endpoints()).containsExactly("127.0.0.1:20001");
        assertThat(store.find(Keys.deploy("h1", WEB)).orElseThrow().value().text()).isEqualTo("shop-default-web-1");
        Transaction.Builder stop = Transaction.id("stop");
        Writes.stop(stop, assignment, store.find(Keys.assign("h1", WEB)).orElseThrow().created());
        store.commit(stop.build());
        awaitState(WEB, InstanceState.stopped);
        assertThat(endpoints()).isEmpty();
        assertThat(engine.containers).isEmpty();
        assertThat(routersAsked.get()).isPositive();
    }

    @Test
    void theHostStandsInTheNetworkWithWhatWorks() {
        engine.available = false;
        agent.start();
        await().until(() -> host().isPresent());
        assertThat(host().orElseThrow().executors()).isEmpty();
        assertThat(host().orElseThrow().tags()).containsExactly("ssd");
        engine.available = true;
        await().until(() -> host().orElseThrow().executors().contains(ExecutorKind.docker));
    }

    private Optional<HostRecord> host() {
        return store.find(Keys.host("h1")).map(entry -> Codec.host(entry.value()));
    }

    private void announceAs(String agent, String commit) {
        HostRecord record = new HostRecord("h1", List.of("10.0.0.9"), Set.of(), Resources.NONE, Set.of(), false, false, agent, List.of(), List.of(),
                Optional.of(new AgentProcess("build3", 4242, Instant.EPOCH)), Optional.empty());
        store.commit(Transaction.id(commit).put(Keys.host("h1"), Codec.value(record)).build());
    }

    @Test
    void aHostThatAnotherAgentServesIsNotClaimed() {
        announceAs("other", "other");
        assertThatThrownBy(agent::claim).isInstanceOf(HostTakenException.class)
                .hasMessageContaining("host h1 is served by another agent (process 4242 on build3 since 1970-01-01T00:00:00Z, at 10.0.0.9;").hasMessageContaining("--name");
    }

    @Test
    void theNameOfAnAgentThatDiedOrIsOurselvesIsClaimed() throws Exception {
        announceAs("me", "me");
        agent.claim();
        announceAs("other", "other");
        Thread ending = Thread.startVirtualThread(() -> store.commit(Transaction.id("expired").delete(Keys.host("h1")).build()));
        agent.claim();
        ending.join();
    }

    @Test
    void anAgentKnowsThatItsHostIsAnothersWhoeverWasFaster() {
        announceAs("other", "other");
        agent.start();
        await().until(() -> !agent.holdsHost());
        store.commit(Transaction.id("gone").delete(Keys.host("h1")).build());
        await().until(agent::holdsHost);
    }

    @Test
    void whoGivesUpLeavesNoRecordThatOthersWaitFor() {
        agent.start();
        await().until(() -> host().isPresent());
        agent.giveUp();
        assertThat(host()).isEmpty();
    }

    @Test
    void endpointsOfAnotherHostOnTheSameAddressAreLeftAlone() {
        InstanceId theirs = InstanceId.parse("shop/default/web/7");
        InstanceId nobodys = InstanceId.parse("shop/default/web/8");
        store.commit(Transaction.id("theirs")
                .put(Keys.run(theirs), "h2")
                .put(Keys.PORTS + "shop/default/web/80/tcp/127.0.0.1/20007/7", "127.0.0.1:20007")
                .put(Keys.PORTS + "shop/default/web/80/tcp/127.0.0.1/20008/8", "127.0.0.1:20008").build());
        assertThat(new StoreReader(store, "h1", List.of("127.0.0.1")).read().endpoints()).containsOnlyKeys(nobodys);
    }

    @Test
    void theNextAgentAdoptsWhatTheLastOneLeftRunning() {
        agent.start();
        assign(WEB);
        awaitState(WEB, InstanceState.ready);
        agent.close();
        assertThat(engine.containers).containsKey(WEB);
        long modified = store.find(Keys.status("h1", WEB)).orElseThrow().modified();
        agent = agent();
        agent.start();
        InstanceId second = InstanceId.parse("shop/default/web/2");
        assign(second);
        awaitState(second, InstanceState.ready);
        assertThat(engine.ensures.get()).as("one for each instance").isEqualTo(2);
        assertThat(store.find(Keys.status("h1", WEB)).orElseThrow().modified()).isEqualTo(modified);
    }

    @Test
    void fieldsThatANewerAgentReportedSurviveTheNextReport() {
        agent.start();
        assign(WEB);
        awaitState(WEB, InstanceState.ready);
        agent.close();
        String known = store.find(Keys.status("h1", WEB)).orElseThrow().value().text();
        store.commit(Transaction.id("newer").put(Keys.status("h1", WEB), "{\"future\":[1,2]," + known.substring(1)).build());
        agent = agent();
        agent.start();
        engine.die(WEB, 9);
        await().until(() -> status(WEB).orElseThrow().restarts() == 1);
        assertThat(store.find(Keys.status("h1", WEB)).orElseThrow().value().text()).contains("\"future\":[1,2]");
    }

    @Test
    void anEndIsFollowedByAStartAndItsLastLinesAreKept() {
        agent.start();
        assign(WEB);
        awaitState(WEB, InstanceState.ready);
        engine.die(WEB, 9);
        await().until(() -> engine.ensures.get() == 2);
        await().until(() -> status(WEB).orElseThrow().lastLog().equals(List.of("last words")));
        assertThat(status(WEB).orElseThrow().exitCode()).contains(9);
        assertThat(status(WEB).orElseThrow().restarts()).isEqualTo(1);
    }

    @Test
    void fiftyInstancesAreEnsuredTogether() {
        CountDownLatch together = new CountDownLatch(50);
        engine.work = () -> {
            together.countDown();
            try {
                together.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        agent.start();
        for (int n = 1; n <= 50; n++) assign(InstanceId.parse("shop/default/web/" + n));
        await().until(() -> endpoints().size() == 50);
        assertThat(engine.mostUnderWay.get()).isEqualTo(50);
    }

    @Test
    void aPullThatNobodyWantsAnyMoreIsInterrupted() {
        CountDownLatch begun = new CountDownLatch(1);
        engine.work = () -> {
            begun.countDown();
            try {
                Thread.currentThread().join();
            } catch (InterruptedException e) {
                throw new concierge.executor.ExecutorException(concierge.executor.ExecutorException.Kind.other, "interrupted", e);
            }
        };
        agent.start();
        Assignment assignment = assign(WEB);
        await().until(() -> begun.getCount() == 0);
        Transaction.Builder stop = Transaction.id("stop");
        Writes.stop(stop, assignment, store.find(Keys.assign("h1", WEB)).orElseThrow().created());
        store.commit(stop.build());
        awaitState(WEB, InstanceState.stopped);
    }

    @Test
    void aStoreOfAnotherInstallationIsLeftAlone() {
        store.commit(Transaction.id("swap").put(Keys.INSTALLATION, "theirs").build());
        engine.ensure(new concierge.executor.Workload(
                WEB, 1, Codec.digest(SPEC), SPEC, new TreeMap<>(), java.util.Map.of(), "127.0.0.1"), _ -> {});
        assign(InstanceId.parse("shop/default/web/2"));
        agent.start();
        await().until(() -> host().isPresent());
        store.commit(Transaction.id("back").put(Keys.INSTALLATION, "ours").build());
        await().until(() -> !engine.containers.containsKey(WEB));
        assertThat(engine.containers).as("obeyed only once it is ours again").containsOnlyKeys(InstanceId.parse("shop/default/web/2"));
    }
}
