package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreContract;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.testing.EtcdServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on one member. Each test has a prefix of its own. */
class EtcdStoreIT extends StoreContract {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    /** Less than people wait: trouble must not make the tests long. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static EtcdServers etcd;
    private String prefix = "";

    @BeforeAll
    static void startEtcd(@TempDir Path folder) {
        etcd = EtcdServers.start(folder, 1);
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @Override
    protected Store open(int history) {
        prefix = "/test-" + (100 + PREFIXES.incrementAndGet());
        return EtcdStore.open(EtcdSettings.at(etcd.address(prefix)).withPatience(PATIENCE).withHistory(history), Admission.ANY);
    }

    /** The member hangs: it takes requests and says nothing. */
    @Override
    protected AutoCloseable trouble() {
        etcd.pause(0);
        return () -> {
            etcd.resume(0);
            etcd.awaitHealthy();
        };
    }

    @Test
    void keysStandUnderThePrefixAsTheyAre() {
        put("/run/shop/default/web/1", "n1");
        assertThat(etcd.control("get", prefix + "/run/shop/default/web/1")).isEqualTo(prefix + "/run/shop/default/web/1\nn1\n");
    }

    @Test
    void theOldestIdsAreForgottenAndTheNewestAreNot() {
        String last = "last" + prefix;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            int each = (Limits.REMEMBERED_COMMITS + 1_500) / 64;
            IntStream.range(0, 64).forEach(_ -> callers.submit(() -> IntStream.range(0, each).forEach(_ -> put("/k", ""))));
        }
        CommitResult committed = store.commit(Transaction.id(last).put("/k", "").build());
        await().atMost(Duration.ofSeconds(30)).until(() -> ids() < Limits.REMEMBERED_COMMITS + 1_000);
        assertThat(ids()).isGreaterThanOrEqualTo(Limits.REMEMBERED_COMMITS);
        assertThat(new CommitResult.Committed(store.committed(last).orElseThrow())).isEqualTo(committed);
    }

    private long ids() {
        return etcd.control("get", "--prefix", "--keys-only", prefix).lines().filter(line -> line.contains("commit/")).count();
    }

    @Test
    void aPageOfLargeValuesComesInParts() {
        byte[] large = new byte[Limits.BYTES - 100];
        for (int i = 0; i < 70; i++) {
            assertThat(store.commit(Transaction.id(prefix + i).put("/large/" + (100 + i), Value.of(large)).build())).isInstanceOf(CommitResult.Committed.class);
        }
        List<String> listed = new ArrayList<>();
        Page page = store.list("/large/", "", Limits.PAGE, 0);
        assertThat(page.more()).isTrue();
        while (true) {
            page.entries().forEach(entry -> listed.add(entry.key()));
            if (!page.more()) break;
            page = store.list("/large/", listed.getLast(), Limits.PAGE, page.revision());
        }
        assertThat(listed).hasSize(70).isSorted().doesNotHaveDuplicates();
    }
}
