package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.Admission;
import concierge.store.CandidStore;
import concierge.store.Condition;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.testing.EtcdServers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seen of an etcd that does not do well, and that it is over without a hand of ours. */
class EtcdConditionIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Far below an attempt at a member: nothing was asked. */
    private static final Duration AT_ONCE = Duration.ofMillis(500);

    /** Calls of servers that show it sooner than the usual ten seconds are renewals of leases. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private static EtcdStore open(EtcdServers etcd) {
        return EtcdStore.open(EtcdSettings.at(etcd.address("/c")).withPatience(PATIENCE), Admission.ANY);
    }

    private static void awaitWell(CandidStore candid) {
        await().atMost(SOON).until(() -> candid.condition() instanceof Condition.Well);
    }

    @Test
    void anEtcdOutOfSpaceSaysSoThoughNobodyWritesKeepsItsLeasesAndIsWellAgainByItself() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1, "--quota-backend-bytes", String.valueOf(4 << 20));
                CandidStore candid = new CandidStore(open(etcd), InstantSource.system())) {
            Store.Lease lease = candid.grant(Duration.ofMinutes(1));
            candid.commit(Transaction.id("held").put("/held", Value.of("x"), lease.id()).build());
            fill(etcd);
            await().atMost(SOON).until(() -> candid.condition() instanceof Condition.Closed(String reason) && reason.contains("out of space") && reason.contains("alarm disarm"));
            assertThat(lease.keepAlive()).isTrue();
            assertThat(candid.find("/held")).isPresent();
            assertThatThrownBy(() -> candid.grant(Limits.SHORTEST_LEASE)).isInstanceOf(StoreException.Full.class);
            etcd.control("compact", Long.toString(candid.revision()));
            etcd.control("defrag");
            etcd.control("alarm", "disarm");
            awaitWell(candid);
        }
    }

    private static void fill(EtcdServers etcd) {
        Value large = Value.of(new byte[Limits.BYTES - 100]);
        try (EtcdStore other = open(etcd)) {
            assertThatThrownBy(() -> {
                for (int i = 0; i < 40; i++) other.commit(Transaction.id("l" + i).put("/l", large).build());
            }).isInstanceOf(StoreException.Full.class);
        }
    }

    @Test
    void anEtcdThatIsGoneIsAwayAndWhoIsImpatientHearsItAtOnce() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1); CandidStore candid = new CandidStore(open(etcd), InstantSource.system())) {
            etcd.killAll();
            await().atMost(SOON).until(() -> candid.condition() instanceof Condition.Away);
            Store impatient = candid.impatient();
            long began = System.nanoTime();
            assertThatThrownBy(() -> impatient.find("/k")).isInstanceOf(StoreException.Away.class).hasMessageContaining("no answer from");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE);
            assertThatThrownBy(() -> open(etcd).close()).as("one that begins waits for it").isInstanceOf(StoreException.Away.class);
            etcd.startAll();
            awaitWell(candid);
            impatient.commit(Transaction.id("k").put("/k", "1").build());
        }
    }
}
