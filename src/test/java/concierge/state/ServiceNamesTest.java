package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.NameTable;
import concierge.model.Port;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ServiceNamesTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("web").with().ports(List.of(Port.tcp(80))).build();

    private final MemoryStore store = MemoryStore.pumped(InstantSource.system());
    private int commits;

    private long commit(Consumer<Transaction.Builder> filling) {
        Transaction.Builder to = Transaction.id("c" + commits++);
        filling.accept(to);
        return ((CommitResult.Committed) store.commit(to.build())).revision();
    }

    private void want(String service) {
        commit(to -> {
            Writes.spec(to, SPEC);
            Writes.intent(to, ServiceId.parse(service), Intent.of(Codec.digest(SPEC), 1, "1"));
        });
    }

    private void primary(String stack, String tag) {
        commit(to -> Writes.stack(to, new StackRecord(stack, "", List.of(), tag, new TreeMap<>())));
    }

    private void run(String service, int n, InstanceState state) {
        var id = ServiceId.parse(service).instance(n);
        long generation = commit(to -> Writes.place(
                to, new Assignment(id, "n1", Codec.digest(SPEC), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, ""), false));
        commit(to -> {
            Writes.status(to, "n1", id, Status.of(generation, state, Instant.EPOCH, ""));
            Writes.publish(to, new Endpoint(id, Port.tcp(80), "10.0.0.1", 40000 + n));
        });
    }

    private NameTable table() {
        return ServiceNames.of(ViewBuilder.load(store).view(), "installation");
    }

    @Test
    void aServiceOfThePrimaryTagIsNamedWithItsReadyInstances() {
        primary("My_Shop", "v2");
        want("My_Shop/v1/web");
        want("My_Shop/v2/web");
        want("My_Shop/static/db");
        run("My_Shop/v1/web", 1, InstanceState.ready);
        run("My_Shop/v2/web", 2, InstanceState.ready);
        run("My_Shop/v2/web", 3, InstanceState.starting);
        assertThat(table().services()).containsExactly(
                new NameTable.Named("db.my-shop", List.of()),
                new NameTable.Named("web.my-shop", List.of(new NameTable.Target(2, 80, Port.Protocol.tcp, "10.0.0.1", 40002))));
    }

    @Test
    void ofTwoServicesThatComeToTheSameNameTheFirstHasIt() {
        primary("shop", "default");
        want("shop/default/a_b");
        want("shop/default/a-b");
        run("shop/default/a-b", 1, InstanceState.ready);
        run("shop/default/a_b", 2, InstanceState.ready);
        assertThat(table().services()).singleElement().satisfies(named -> assertThat(named.targets()).extracting(NameTable.Target::n).containsExactly(1));
    }
}
