package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Move;
import concierge.model.Port;
import concierge.model.Problem;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.View;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ViewBuilderTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("web:1")
            .with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(8080)))).resources(new Resources(100, 1000)).build();
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");
    private static final ServiceId DB = ServiceId.parse("shop/default/db");

    private final MemoryStore store = MemoryStore.pumped(InstantSource.system());
    private final ViewBuilder builder = new ViewBuilder();
    private int commits;

    ViewBuilderTest() {
        store.watch("/", 0, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                builder.apply(batch);
            }

            @Override
            public void compacted(long oldestKept) {
                throw new AssertionError("compacted at " + oldestKept);
            }
        });
    }

    private long commit(Consumer<Transaction.Builder> writes) {
        Transaction.Builder transaction = Transaction.id("c" + commits++);
        writes.accept(transaction);
        CommitResult result = store.commit(transaction.build());
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    private View view() {
        store.pump();
        return builder.view();
    }

    private static Assignment assignment(InstanceId id, String host, ServiceSpec spec) {
        return new Assignment(id, host, Codec.digest(spec), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, "");
    }

    private static HostRecord hostRecord(String name) {
        return new HostRecord(name, List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false);
    }

    private void want(ServiceId service, ServiceSpec spec, int scale) {
        commit(to -> {
            Writes.spec(to, spec);
            Writes.intent(to, service, Intent.of(Codec.digest(spec), scale, "1"));
        });
    }

    private long place(ServiceId service, int n, String host, ServiceSpec spec) {
        return commit(to -> Writes.place(to, assignment(service.instance(n), host, spec), false));
    }

    @Test
    void anInstanceIsShownWithAllThatWasSaidOfIt() {
        want(WEB, SPEC, 2);
        commit(to -> to.put(Keys.host("n1"), Codec.value(hostRecord("n1"))));
        long generation = place(WEB, 1, "n1", SPEC);
        Endpoint endpoint = new Endpoint(WEB.instance(1), Port.tcp(80), "10.0.0.1", 20001);
        Status status = Status.of(generation, InstanceState.ready, Instant.EPOCH, "");
        commit(to -> {
            Writes.status(to, "n1", WEB.instance(1), status);
            Writes.container(to, "n1", WEB.instance(1), "shop-default-web-1");
            Writes.counter(to, "n1", WEB.instance(1), 3);
            Writes.publish(to, endpoint);
        });
        View view = view();
        var instance = view.instance(WEB.instance(1)).orElseThrow();
        assertThat(instance.generation()).isEqualTo(generation);
        assertThat(instance.spec()).isEqualTo(SPEC).isSameAs(view.service(WEB).orElseThrow().spec().orElseThrow());
        assertThat(instance.status()).contains(status);
        assertThat(instance.endpoints()).containsExactly(endpoint);
        assertThat(instance.container()).isEqualTo("shop-default-web-1");
        assertThat(instance.failures()).isEqualTo(3);
        assertThat(view.host("n1").orElseThrow()).isEqualTo(new HostView(
                "n1", Optional.of(hostRecord("n1")), false, new Resources(100, 1000), 1, new TreeMap<>(Map.of("8080/tcp", WEB.instance(1)))));
    }

    @Test
    void whatPeopleSayAboutAHostIsShownWithItsRecord() {
        commit(to -> to.put(Keys.cordon("n1"), "drain"));
        assertThat(view().host("n1")).as("is no host by itself").isEmpty();
        commit(to -> to.put(Keys.host("n1"), Codec.value(hostRecord("n1"))));
        assertThat(view().host("n1").orElseThrow().record()).contains(hostRecord("n1").withCordon(true));
        commit(to -> to.put(Keys.cordon("n1"), "cordon"));
        assertThat(view().host("n1").orElseThrow().record()).contains(hostRecord("n1").withCordon(false));
        commit(to -> to.delete(Keys.cordon("n1")));
        assertThat(view().host("n1").orElseThrow().record()).contains(hostRecord("n1"));
    }

    @Test
    void aReleasedInstanceLeavesNothingBehind() {
        want(WEB, SPEC, 1);
        long generation = place(WEB, 1, "n1", SPEC);
        Endpoint endpoint = new Endpoint(WEB.instance(1), Port.tcp(80), "10.0.0.1", 20001);
        commit(to -> {
            Writes.publish(to, endpoint);
            Writes.counter(to, "n1", WEB.instance(1), 3);
        });
        View before = view();
        assertThat(before.host("n1").orElseThrow().instances()).isOne();
        commit(to -> Writes.release(to, WEB.instance(1), "n1", generation, List.of(endpoint)));
        View after = view();
        assertThat(after.instance(WEB.instance(1))).isEmpty();
        assertThat(after.host("n1")).isEmpty();
        assertThat(before.instance(WEB.instance(1))).as("the former view does not change").isPresent();
        assertThat(before.host("n1").orElseThrow().hostPorts()).hasSize(1);
        assertThat(store.list("/", "", 10, 0).entries()).extracting(e -> e.key().substring(0, 5)).containsOnly("/spec", "/proc");
        place(WEB, 1, "n1", SPEC);
        assertThat(view().instance(WEB.instance(1)).orElseThrow().failures()).isZero();
    }

    @Test
    void anEndedInstanceOccupiesNothing() {
        want(WEB, SPEC, 1);
        long generation = place(WEB, 1, "n1", SPEC);
        view();
        commit(to -> Writes.status(to, "n1", WEB.instance(1), Status.of(generation, InstanceState.completed, Instant.EPOCH, "")));
        View view = view();
        assertThat(view.host("n1").orElseThrow()).isEqualTo(HostView.empty("n1"));
    }

    @Test
    void aStatusOfAnotherGenerationIsNotShown() {
        want(WEB, SPEC, 1);
        long generation = place(WEB, 1, "n1", SPEC);
        commit(to -> to.put(Keys.status("n1", WEB.instance(1)), Codec.value(Status.of(generation - 1, InstanceState.ready, Instant.EPOCH, ""))));
        assertThat(view().instance(WEB.instance(1)).orElseThrow().status()).isEmpty();
    }

    @Test
    void onlyTheActiveDeploymentOfAStackIsShown() {
        Deployment first = new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 0);
        Deployment second = new Deployment("shop", "0000000002", "default", List.of(), Deployment.Outcome.active, "", 0);
        commit(to -> Writes.deployment(to, first));
        assertThat(view().deployments().find("shop")).isEqualTo(first);
        commit(to -> {
            Writes.deployment(to, first.ended(Deployment.Outcome.superseded, ""));
            Writes.deployment(to, second);
        });
        assertThat(view().deployments().find("shop")).isEqualTo(second);
        commit(to -> Writes.deployment(to, second.ended(Deployment.Outcome.succeeded, "")));
        assertThat(view().deployments().find("shop")).isNull();
    }

    // ---- what cannot be read

    @Test
    void aCorruptRecordIsSkippedNamedAndForgottenWhenMended() {
        want(WEB, SPEC, 1);
        commit(to -> {
            to.put("/proc/shop/default/db", "rubbish");
            to.put("/proc/shop/default", "{}");
            to.put("/host/n1", "{\"name\":1}");
            to.put("/counter/n1/shop/default/web/1", "many");
            to.put("/ports/shop/default/web/80/tcp/1.2.3.4/99999/1", "x");
            to.put("/specs/abc", "{}");
            to.put("/future/thing", "of a newer program");
            to.put("/assign/n1/shop/default/web/0", "{}");
        });
        assertThat(view().service(WEB)).isPresent();
        assertThat(builder.problems()).extracting(Problem::code).containsOnly("corrupt-record").hasSize(7);
        assertThat(builder.problems().getFirst().message()).startsWith("/assign/n1/shop/default/web/0: ");
        commit(to -> {
            for (Problem problem : builder.problems()) to.delete(problem.message().substring(0, problem.message().indexOf(':')));
        });
        view();
        assertThat(builder.problems()).isEmpty();
        commit(to -> to.put(Keys.proc(WEB), "rubbish"));
        assertThat(view().service(WEB).orElseThrow().intent()).as("the last one that could be read").isPresent();
    }

    @Test
    void anAssignmentWaitsForItsSpecificationAndSaysSo() {
        long generation = place(WEB, 1, "n1", SPEC);
        commit(to -> Writes.container(to, "n1", WEB.instance(1), "c"));
        assertThat(view().instance(WEB.instance(1))).isEmpty();
        assertThat(builder.problems()).hasSize(1);
        commit(to -> Writes.spec(to, SPEC));
        assertThat(view().instance(WEB.instance(1)).orElseThrow().generation()).isEqualTo(generation);
        assertThat(view().instance(WEB.instance(1)).orElseThrow().container()).isEqualTo("c");
        assertThat(builder.problems()).isEmpty();
    }

    // ---- increments add up

    @Test
    void incrementsAddUpToWhatAListingShows() {
        for (int seed = 0; seed < 40; seed++) {
            ViewBuilderTest world = new ViewBuilderTest();
            world.live(new Random(seed));
        }
    }

    private void live(Random random) {
        List<ServiceSpec> specs = List.of(SPEC, SPEC.with().image("web:2").build(), ServiceSpec.of("c").with().links(List.of(new Link(Optional.empty(), "web"))).build());
        for (int step = 0; step < 150; step++) {
            ServiceId service = new ServiceId("s" + random.nextInt(2), random.nextBoolean() ? "default" : "v2", random.nextBoolean() ? "web" : "db");
            InstanceId id = service.instance(1 + random.nextInt(3));
            String host = "n" + random.nextInt(3);
            ServiceSpec spec = specs.get(random.nextInt(3));
            Transaction.Builder to = Transaction.id("step" + step);
            switch (random.nextInt(18)) {
                case 16 -> store.find(Keys.assign(host, id)).ifPresent(entry -> Writes.move(
                        to, new Move(id, entry.created(), host, "elsewhere", 3, 1, Move.Outcome.active, "")));
                case 17 -> store.find(Keys.move(id)).ifPresent(entry -> Writes.endMove(to, Codec.move(entry.value()).ended(Move.Outcome.moved, ""), entry.modified()));
                case 0 -> Writes.spec(to, spec);
                case 1 -> Writes.intent(to, service, Intent.of(Codec.digest(spec), random.nextInt(4), "1"));
                case 2 -> to.delete(Keys.proc(service));
                case 3 -> to.put(Keys.host(host), Codec.value(hostRecord(host)));
                case 4 -> to.delete(Keys.host(host));
                case 5, 6, 7 -> Writes.place(to, assignment(id, host, spec), random.nextBoolean());
                case 8 -> store.find(Keys.assign(host, id)).ifPresent(entry -> Writes.stop(to, Codec.assignment(entry.value()), entry.created()));
                case 9 -> store.find(Keys.assign(host, id)).ifPresent(entry -> Writes.release(to, id, host, entry.created(), List.of()));
                case 10, 11 -> store.find(Keys.assign(host, id)).ifPresent(entry ->
                        Writes.status(to, host, id, Status.of(entry.created(), InstanceState.values()[random.nextInt(9)], Instant.EPOCH, "")));
                case 12 -> to.put(Keys.counter(host, id), "" + random.nextInt(4));
                case 13 -> Writes.publish(to, new Endpoint(id, Port.tcp(80 + random.nextInt(2)), "10.0.0.1", 1000));
                case 14 -> Writes.withdraw(to, new Endpoint(id, Port.tcp(80 + random.nextInt(2)), "10.0.0.1", 1000));
                default -> to.delete(random.nextBoolean() ? Keys.fixed(id) : Keys.pending(id)).put(Keys.deploy(host, id), "c");
            }
            store.commit(to.build());
            if (random.nextInt(4) == 0) view();
        }
        Map<String, Object> incremental = content(view());
        Map<String, Object> listed = content(ViewBuilder.load(store).view());
        assertThat(incremental.keySet()).isEqualTo(listed.keySet());
        listed.forEach((key, value) -> assertThat(incremental.get(key)).as(key).isEqualTo(value));
        ViewBuilder fresh = ViewBuilder.load(store);
        fresh.view();
        assertThat(builder.problems()).isEqualTo(fresh.problems());
    }

    private static Map<String, Object> content(View view) {
        Map<String, Object> content = new LinkedHashMap<>();
        for (ServiceId id : view.services().sortedKeys()) content.put("service " + id, view.services().find(id));
        for (String host : view.hosts().sortedKeys()) content.put("host " + host, view.hosts().find(host));
        for (ServiceId id : view.moves().sortedKeys()) content.put("moves " + id, view.moves(id));
        List<ServiceView> services = new ArrayList<>();
        view.services().forEach((_, service) -> services.add(service));
        content.put("count", services.size());
        return content;
    }

    @Test
    void digestsNameSpecifications() {
        assertThat(Key.parse(Keys.spec(Digest.of("x")))).isEqualTo(new Key.Spec(Digest.of("x")));
    }
}
