package concierge.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.CandidStore;
import concierge.store.Condition;
import concierge.store.Store;
import concierge.store.StoreContract;
import concierge.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CandidStoreTest extends StoreContract {
    private static final Condition WELL = new Condition.Well();
    private static final Duration SOON = Duration.ofSeconds(10);

    private final AtomicReference<@Nullable StoreException> refusal = new AtomicReference<>();
    private final AtomicReference<Optional<String>> hindrance = new AtomicReference<>(Optional.empty());
    private final AtomicReference<@Nullable StoreException> away = new AtomicReference<>();
    private final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    protected Store open(int history) {
        Store memory = new MemoryStore(InstantSource.system(), false, history);
        return new CandidStore((Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, (_, method, arguments) -> {
            String name = method.getName();
            StoreException refused = refusal.get();
            StoreException nobody = away.get();
            asked.incrementAndGet();
            if (nobody != null && !name.equals("close")) throw nobody;
            if (refused != null && name.equals("commit")) throw refused;
            if (name.equals("hindrance")) return hindrance.get();
            try {
                return method.invoke(memory, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }), () -> Instant.now().plus(later.get()), () -> System.nanoTime() + later.get().toNanos());
    }

    @Override
    protected AutoCloseable trouble() {
        return () -> {};
    }

    private CandidStore candid() {
        return (CandidStore) store;
    }

    private void awaitWell() {
        await().atMost(SOON).until(() -> candid().condition().equals(WELL));
    }

    @Test
    void saysWhyItTakesNoChangesUntilItDoesAgainByItself() {
        assertThat(candid().condition()).isEqualTo(WELL);
        refusal.set(new StoreException.Full("store /home/state.db: the disk is full", null));
        assertThatThrownBy(() -> put("/a", "1")).isInstanceOf(StoreException.Full.class);
        assertThat(candid().condition()).isEqualTo(new Condition.Closed("store /home/state.db: the disk is full"));
        long before = candid().revision();
        refusal.set(null);
        awaitWell();
        assertThat(candid().list("/", "", 100, 0).entries()).as("a trial leaves nothing").noneMatch(entry -> entry.modified() > before);
    }

    @Test
    void asksTheStoreWhatIsInTheWayOfChangesThoughNobodyMakesAny() {
        hindrance.set(Optional.of("no space"));
        await().atMost(SOON).until(() -> candid().condition().equals(new Condition.Closed("no space")));
        hindrance.set(Optional.empty());
        awaitWell();
    }

    @Test
    void saysSinceWhenNobodyAnswersAndWhoIsImpatientHearsItAtOnce() {
        put("/a", "1");
        Store impatient = candid().impatient();
        away.set(new StoreException.Away("etcd: no answer"));
        assertThatThrownBy(() -> impatient.find("/a")).isInstanceOf(StoreException.Away.class);
        assertThat(candid().condition()).as("a hiccup is waited for").isEqualTo(WELL);
        Instant since = Instant.now();
        later.set(Duration.ofSeconds(12));
        assertThat(candid().condition()).isInstanceOfSatisfying(Condition.Away.class, found -> {
            assertThat(found.reason()).isEqualTo("etcd: no answer");
            assertThat(found.since()).isBetween(since.minusSeconds(5), since);
        });
        int before = asked.get();
        assertThatThrownBy(() -> impatient.commit(concierge.store.Transaction.id("x").put("/a", "2").build()))
                .isInstanceOf(StoreException.Away.class).hasMessage("etcd: no answer");
        assertThat(asked.get() - before).as("calls that were sent, but for a look").isLessThanOrEqualTo(1);
        away.set(null);
        awaitWell();
        assertThat(impatient.find("/a")).as("nothing was sent").hasValueSatisfying(entry -> assertThat(entry.value().text()).isEqualTo("1"));
    }

    @Test
    void noticesThatNobodyAnswersThoughNobodyAsks() {
        away.set(new StoreException.Away("etcd: no answer"));
        await().atMost(SOON).until(() -> candid().condition() instanceof Condition.Away);
    }
}
