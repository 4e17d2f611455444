package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Move;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.TransactionRules;
import concierge.store.memory.MemoryStore;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WritesTest {
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");
    private final MemoryStore store = MemoryStore.pumped(InstantSource.system());
    private int commits;

    private CommitResult commit(Consumer<Transaction.Builder> writes) {
        Transaction.Builder transaction = Transaction.id("c" + commits++);
        writes.accept(transaction);
        return store.commit(transaction.build());
    }

    private static Assignment assignment(int n, String host) {
        return new Assignment(WEB.instance(n), host, Digest.of("s"), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, "");
    }

    @Test
    void anInstanceHasOnePlaceAtATime() {
        assertThat(commit(to -> Writes.place(to, assignment(1, "n1"), true))).isEqualTo(new CommitResult.Committed(1));
        assertThat(commit(to -> Writes.place(to, assignment(1, "n2"), false))).isInstanceOf(CommitResult.Conflict.class);
        assertThat(store.find("/fixed/shop/web/1").orElseThrow().value().text()).isEqualTo("n1");
        assertThat(store.find("/run/shop/default/web/1").orElseThrow().value().text()).isEqualTo("n1");
    }

    @Test
    void aMoveIsOfTheGenerationThatWasMeantAndEndsOnce() {
        commit(to -> Writes.place(to, assignment(1, "n1"), false));
        Move late = new Move(WEB.instance(1), 7, "n1", "n2", 0, 1, Move.Outcome.active, "");
        assertThat(commit(to -> Writes.move(to, late))).isInstanceOf(CommitResult.Conflict.class);
        Move move = new Move(WEB.instance(1), 1, "n1", "n2", 0, 1, Move.Outcome.active, "");
        assertThat(commit(to -> Writes.move(to, move))).isEqualTo(new CommitResult.Committed(2));
        assertThat(commit(to -> Writes.move(to, move))).as("it is under way").isInstanceOf(CommitResult.Conflict.class);
        assertThat(commit(to -> Writes.endMove(to, move.ended(Move.Outcome.moved, ""), 1))).isInstanceOf(CommitResult.Conflict.class);
        assertThat(commit(to -> Writes.endMove(to, move.ended(Move.Outcome.moved, ""), 2))).isInstanceOf(CommitResult.Committed.class);
    }

    @Test
    void stoppingAndReleasingTouchOnlyTheGenerationThatWasMeant() {
        commit(to -> Writes.place(to, assignment(1, "n1"), false));
        assertThat(commit(to -> Writes.stop(to, assignment(1, "n1"), 7))).isInstanceOf(CommitResult.Conflict.class);
        assertThat(commit(to -> Writes.stop(to, assignment(1, "n1"), 1))).isInstanceOf(CommitResult.Committed.class);
        Entry stopped = store.find(Keys.assign("n1", WEB.instance(1))).orElseThrow();
        assertThat(stopped.created()).isOne();
        assertThat(Codec.assignment(stopped.value()).desired()).isEqualTo(Assignment.Desired.stop);
        assertThat(commit(to -> Writes.release(to, WEB.instance(1), "n1", 7, List.of()))).isInstanceOf(CommitResult.Conflict.class);
        commit(to -> Writes.release(to, WEB.instance(1), "n1", 1, List.of()));
        assertThat(store.list("/", "", 10, 0).entries()).isEmpty();
    }

    @Test
    void aDeposedLeaderCommitsNothing() {
        commit(to -> to.put(Keys.LEADER, "a"));
        long fence = store.revision();
        commit(to -> to.delete(Keys.LEADER));
        commit(to -> to.put(Keys.LEADER, "b"));
        assertThat(commit(to -> {
            Writes.fence(to, fence);
            Writes.note(to, WEB.instance(1), "x");
        })).isEqualTo(new CommitResult.Conflict(Keys.LEADER));
    }

    @Test
    void aDeploymentThatWasSupersededMeanwhileIsNotConcluded() {
        Deployment active = new Deployment("shop", "0000000001", "default", List.of(), Deployment.Outcome.active, "", 0);
        commit(to -> Writes.deployment(to, active));
        Entry read = store.find(Keys.deployment("shop", "0000000001")).orElseThrow();
        commit(to -> Writes.deployment(to, active.ended(Deployment.Outcome.superseded, "")));
        assertThat(commit(to -> Writes.conclude(to, active.ended(Deployment.Outcome.succeeded, ""), read))).isInstanceOf(CommitResult.Conflict.class);
    }

    @Test
    void aPlanIsPackedIntoFencedChunksInOrder() {
        commit(to -> to.put(Keys.LEADER, "a"));
        Chunks chunks = new Chunks("pass-1", to -> Writes.fence(to, 1));
        for (int n = 1; n <= 1000; n++) {
            int number = n;
            chunks.add(to -> Writes.place(to, assignment(number, "n1"), false));
        }
        List<Transaction> transactions = chunks.build();
        assertThat(transactions).hasSize(1000 / (Limits.OPERATIONS / 4) + 1).allSatisfy(TransactionRules::require);
        assertThat(transactions).extracting(Transaction::id).doesNotHaveDuplicates();
        for (Transaction transaction : transactions) assertThat(store.commit(transaction)).isInstanceOf(CommitResult.Committed.class);
        assertThat(store.list(Keys.ASSIGN, "", Limits.PAGE, 0).entries()).hasSize(1000);
        assertThat(chunks.build()).isEqualTo(transactions);
    }

    @Test
    void chunksKeepWithinTheSizeAndNeverNameAKeyTwice() {
        InstanceId id = WEB.instance(1);
        Chunks chunks = new Chunks("p", _ -> {});
        chunks.add(to -> Writes.note(to, id, "a")).add(to -> Writes.note(to, id, "b"));
        String large = "x".repeat(Limits.BYTES / 2);
        for (int n = 2; n < 5; n++) {
            int number = n;
            chunks.add(to -> Writes.note(to, WEB.instance(number), large));
        }
        assertThat(chunks.build()).hasSize(5 - 1).allSatisfy(TransactionRules::require);
        assertThat(new Chunks("q", _ -> {}).build()).isEmpty();
    }

    @Test
    void anEmptyStoreBecomesAnInstallationsAndStaysIt() {
        String id = Installation.ensure(store);
        assertThat(Installation.ensure(store)).isEqualTo(id);
        assertThat(Installation.find(store)).contains(id);
        assertThat(store.find(Keys.FORMAT).orElseThrow().value().text()).isEqualTo("1");
        commit(to -> to.put(Keys.FORMAT, "2"));
        assertThatThrownBy(() -> Installation.ensure(store)).isInstanceOf(StoreException.class).hasMessageContaining("format 2").hasMessageContaining("at most 1");
    }

    @Test
    void aStoreWithSomebodyElsesDataIsLeftAlone() {
        commit(to -> to.put("/theirs", "x"));
        long before = store.revision();
        assertThatThrownBy(() -> Installation.ensure(store)).isInstanceOf(StoreException.class).hasMessageContaining("/meta/installation");
        assertThat(store.revision()).isEqualTo(before);
    }
}
