package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.state.Adoption;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.InstantSource;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AdoptionsTest {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");

    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private int commits;

    private long commit(Transaction.Builder to) {
        commits++;
        return ((CommitResult.Committed) store.commit(to.build())).revision();
    }

    private long adopt(long from) {
        long to = commit(Transaction.id("assign" + commits).put(Keys.assign("n1", WEB), "{}"));
        commit(Transaction.id("adopt" + commits).put(Keys.ADOPTED + "n1/" + WEB.path(), new Adoption(from, to).value()));
        return to;
    }

    private static Running running(long generation) {
        return new Running(
                WEB, generation, Digest.of("spec"), "web", Running.State.running, Optional.empty(), Optional.empty(), false, "127.0.0.1", new TreeMap<>());
    }

    @Test
    void whatRunsUnderTheOldGenerationIsOfTheNewOneUntilItIsRemoved() {
        long to = adopt(700);
        Adoptions adoptions = new Adoptions(store, "n1");
        assertThat(adoptions.here(running(700)).generation()).isEqualTo(to);
        assertThat(adoptions.here(running(699)).generation()).isEqualTo(699);
        assertThat(new Adoptions(store, "n2").here(running(700)).generation()).isEqualTo(700);
        adoptions.removed(WEB);
        assertThat(adoptions.here(running(700)).generation()).isEqualTo(700);
    }

    @Test
    void whatWasGivenUpOrPlacedAnewIsOlderThanTheStoreNotNewer() {
        long to = adopt(700);
        commit(Transaction.id("released").delete(Keys.assign("n1", WEB)));
        assertThat(new Adoptions(store, "n1").here(running(700)).generation()).isEqualTo(to);
        commit(Transaction.id("placed anew").put(Keys.assign("n1", WEB), "{}"));
        assertThat(new Adoptions(store, "n1").here(running(700)).generation()).isEqualTo(to);
    }

    @Test
    void anAdoptionSaysNothingOnceAnAssignmentHasTheOldNumber() {
        long now = commit(Transaction.id("assign").put(Keys.assign("n1", WEB), "{}"));
        commit(Transaction.id("adopt").put(Keys.ADOPTED + "n1/" + WEB.path(), new Adoption(now, 1).value()));
        assertThat(new Adoptions(store, "n1").here(running(now)).generation()).isEqualTo(now);
    }

    @Test
    void nothingIsJudgedWhileTheStoreDoesNotTell() {
        MemoryStore closed = new MemoryStore(InstantSource.system());
        closed.close();
        assertThatThrownBy(() -> new Adoptions(closed, "n1").here(running(1))).isInstanceOfSatisfying(
                ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.unavailable));
    }
}
