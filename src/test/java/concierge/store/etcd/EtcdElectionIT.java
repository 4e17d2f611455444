package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.state.Election;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import concierge.testing.EtcdServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers on one cluster: one leads. */
class EtcdElectionIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static final class Candidate implements Election.Listener {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private volatile long fence;

        @Override
        public void elected(long created) {
            fence = created;
            told.add("elected");
        }

        @Override
        public void deposed(String reason) {
            told.add("deposed");
        }

        boolean leads() {
            return !told.isEmpty() && told.getLast().equals("elected");
        }
    }

    private static CommitResult fenced(EtcdStore store, String id, long fence) {
        Transaction.Builder write = Transaction.id(id).put("/k", id);
        Writes.fence(write, fence);
        return store.commit(write.build());
    }

    @Test
    void whoMayNoLongerLeadIsToldAndItsWritesAreRefused() {
        try (EtcdServers etcd = EtcdServers.start(folder, 3);
                EtcdStore one = EtcdStore.open(EtcdSettings.at(etcd.address("/c")), Admission.ANY);
                EtcdStore two = EtcdStore.open(EtcdSettings.at(etcd.address("/c")), Admission.ANY)) {
            Candidate a = new Candidate();
            Candidate b = new Candidate();
            try (Election first = new Election(one, "a", a); Election second = new Election(two, "b", b)) {
                first.start();
                await().atMost(LONG).until(a::leads);
                second.start();
                long fence = a.fence;
                assertThat(fenced(two, "in time", fence)).isInstanceOf(CommitResult.Committed.class);
                for (int member = 0; member < 3; member++) etcd.pause(member);
                await().atMost(LONG).until(() -> a.told.equals(List.of("elected", "deposed")));
                for (int member = 0; member < 3; member++) etcd.resume(member);
                await().atMost(LONG).until(() -> (a.leads() ? a.fence : b.leads() ? b.fence : 0) > fence);
                assertThat(a.leads()).isNotEqualTo(b.leads());
                assertThat(fenced(one, "too late", fence)).isEqualTo(new CommitResult.Conflict(Keys.LEADER));
                Candidate leads = a.leads() ? a : b;
                Candidate other = a.leads() ? b : a;
                (a.leads() ? first : second).close();
                assertThat(leads.leads()).isFalse();
                await().atMost(LONG).until(other::leads);
                assertThat(other.fence).isGreaterThan(leads.fence);
            }
        }
    }
}
