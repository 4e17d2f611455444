package concierge.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.CandidStore;
import concierge.store.Store;
import concierge.store.StoreContract;
import concierge.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CandidStoreTest extends StoreContract {
    private final AtomicReference<@Nullable StoreException> refusal = new AtomicReference<>();

    @Override
    protected Store open(int history) {
        Store memory = new MemoryStore(InstantSource.system(), false, history);
        return new CandidStore((Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, (_, method, arguments) -> {
            StoreException refused = refusal.get();
            if (refused != null && method.getName().equals("commit")) throw refused;
            try {
                return method.invoke(memory, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @Override
    protected AutoCloseable trouble() {
        return () -> {};
    }

    @Test
    void saysWhyItTakesNoChangesUntilItDoesAgainByItself() {
        CandidStore candid = (CandidStore) store;
        assertThat(candid.trouble()).isEmpty();
        refusal.set(new StoreException.Full("store /home/state.db: the disk is full", null));
        assertThatThrownBy(() -> put("/a", "1")).isInstanceOf(StoreException.Full.class);
        assertThat(candid.trouble()).contains("store /home/state.db: the disk is full");
        long before = candid.revision();
        refusal.set(null);
        await().atMost(Duration.ofSeconds(10)).until(() -> candid.trouble().isEmpty());
        assertThat(candid.list("/", "", 100, 0).entries()).as("a trial leaves nothing").noneMatch(entry -> entry.modified() > before);
    }
}
