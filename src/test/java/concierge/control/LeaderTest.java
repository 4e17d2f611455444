package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.Loss;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaderTest {
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");
    private static final ServiceSpec SPEC = ServiceSpec.of("web");
    private static final Duration AT_MOST = Duration.ofSeconds(20);

    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final LiveView views = new LiveView(store);

    @AfterEach
    void close() {
        views.close();
        store.close();
    }

    private void commit(Consumer<Transaction.Builder> write) {
        Transaction.Builder to = Transaction.id(UUID.randomUUID().toString());
        write.accept(to);
        store.commit(to.build());
    }

    private void want(int scale) {
        commit(to -> {
            Writes.spec(to, SPEC);
            Writes.intent(to, WEB, Intent.of(Codec.digest(SPEC), scale, "1"));
        });
    }

    private void host(String name) {
        commit(to -> to.put(Keys.host(name), Codec.value(new HostRecord(
                name, List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false))));
    }

    @Test
    void placesWhatIsWantedAndExplainsWhatCannotBe() {
        want(1);
        try (Leader leader = new Leader(store, views, "one", Loss.LEASE, ControlCore.LOST_AFTER_ALONE, InstantSource.system())) {
            leader.start();
            await().atMost(AT_MOST).untilAsserted(() -> assertThat(store.find(Keys.pending(WEB.instance(1))))
                    .hasValueSatisfying(note -> assertThat(note.value().text()).isEqualTo("no hosts")));
            assertThat(leader.isLeading()).isTrue();

            host("a");

            await().atMost(AT_MOST).until(() -> store.find(Keys.assign("a", WEB.instance(1))).isPresent());
            assertThat(store.find(Keys.pending(WEB.instance(1)))).isEmpty();
        }
    }

    @Test
    void fieldsThatANewerLeaderAssignedSurviveTheStop() {
        host("a");
        want(1);
        String key = Keys.assign("a", WEB.instance(1));
        try (Leader leader = new Leader(store, views, "one", Loss.LEASE, ControlCore.LOST_AFTER_ALONE, InstantSource.system())) {
            leader.start();
            await().atMost(AT_MOST).until(() -> store.find(key).isPresent());
            String known = store.find(key).orElseThrow().value().text();
            commit(to -> to.put(key, "{\"future\":true," + known.substring(1)));
            want(0);
            await().atMost(AT_MOST).until(() -> store.find(key).orElseThrow().value().text().contains("\"desired\":\"stop\""));
            assertThat(store.find(key).orElseThrow().value().text()).contains("\"future\":true");
        }
    }

    @Test
    void anotherOneTakesOverWhenTheLeaderLeaves() {
        host("a");
        want(1);
        try (Leader second = new Leader(store, views, "two", Loss.LEASE, ControlCore.LOST_AFTER_ALONE, InstantSource.system())) {
            try (Leader first = new Leader(store, views, "one", Loss.LEASE, ControlCore.LOST_AFTER_ALONE, InstantSource.system())) {
                first.start();
                await().atMost(AT_MOST).until(first::isLeading);
                second.start();
                await().atMost(AT_MOST).until(() -> store.find(Keys.run(WEB.instance(1))).isPresent());
            }
            want(2);
            await().atMost(AT_MOST).until(() -> store.find(Keys.run(WEB.instance(2))).isPresent());
            assertThat(second.isLeading()).isTrue();
        }
    }
}
