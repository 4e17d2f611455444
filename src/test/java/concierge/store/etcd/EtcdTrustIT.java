package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.model.Secret;
import concierge.store.Admission;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.testing.EngineCertificates;
import concierge.testing.EtcdServers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may speak to etcd, and what is said to who may not. */
class EtcdTrustIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static long put(Store store, String id, String key, String value) {
        CommitResult result = store.commit(Transaction.id(id).put(key, value).build());
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    /** Counts what a watch tells. */
    private static final class Followed implements Store.Watcher {
        private final AtomicInteger batches = new AtomicInteger();

        @Override
        public void changed(Batch batch) {
            batches.incrementAndGet();
        }

        @Override
        public void compacted(long oldestKept) {
            batches.set(-1);
        }
    }

    @Test
    void certificatesAreCheckedByBothSides() throws Exception {
        EngineCertificates certificates = EngineCertificates.make(folder.resolve("certificates"), "IP:127.0.0.1");
        EngineCertificates others = EngineCertificates.make(folder.resolve("others"), "IP:127.0.0.1");
        try (EtcdServers etcd = EtcdServers.startSecured(Files.createDirectory(folder.resolve("etcd")), certificates, 3)) {
            EtcdSettings settings = EtcdSettings.at(etcd.address("/c"));
            try (EtcdStore store = EtcdStore.open(with(settings, certificates, certificates), Admission.ANY)) {
                Followed followed = new Followed();
                store.watch("/", store.revision(), followed);
                put(store, "1", "/k", "1");
                await().atMost(LONG).until(() -> followed.batches.get() == 1);
            }
            refused(with(settings, others, certificates), "not signed by " + others.client().resolve("ca.pem"), "store.ca");
            refused(with(settings, certificates, others), "does not take the certificate " + others.client().resolve("cert.pem"), "store.certificate");
            refused(settings.withCertificates(Optional.of(certificates.client().resolve("ca.pem")), Optional.empty(), Optional.empty()),
                    "does not take a client without a certificate", "store.certificate");
            unanswered(EtcdSettings.at(etcd.address("/c").replace("etcds:", "etcd:")), "no answer from", "etcds://");
            refused(settings.withCertificates(Optional.of(folder.resolve("none.pem")), Optional.empty(), Optional.empty()), "none.pem", "no such file");
        }
    }

    @Test
    void aCertificateForAnotherNameIsRefusedAndTlsToWhoHasNoneIsExplained() throws Exception {
        EngineCertificates certificates = EngineCertificates.make(folder.resolve("certificates"), "DNS:etcd.example.org");
        try (EtcdServers etcd = EtcdServers.start(Files.createDirectory(folder.resolve("plain")), 1)) {
            unanswered(with(EtcdSettings.at(etcd.address("/c").replace("etcd:", "etcds:")), certificates, certificates), "without TLS", "etcd://");
        }
        try (EtcdServers etcd = EtcdServers.startSecured(Files.createDirectory(folder.resolve("etcd")), certificates, 1, false)) {
            refused(with(EtcdSettings.at(etcd.address("/c")), certificates, certificates), "for another name", "127.0.0.1");
        }
    }

    private static EtcdSettings with(EtcdSettings settings, EngineCertificates authority, EngineCertificates own) {
        return settings.withCertificates(
                Optional.of(authority.client().resolve("ca.pem")), Optional.of(own.client().resolve("cert.pem")), Optional.of(own.client().resolve("key.pem")));
    }

    private static void refused(EtcdSettings settings, String... said) {
        long asked = System.nanoTime();
        assertThatThrownBy(() -> EtcdStore.open(settings, Admission.ANY)).isExactlyInstanceOf(StoreException.class).message().contains(said);
        // What will not get better by waiting is said at once.
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(3));
    }

    /** A member that is about to end looks the same: it is said what it may be, and tried again by who begins. */
    private static void unanswered(EtcdSettings settings, String... said) {
        assertThatThrownBy(() -> EtcdStore.open(settings, Admission.ANY)).isInstanceOf(StoreException.Away.class).message().contains(said);
    }

    @Test
    void aNameThatNobodyKnowsIsSaid() {
        unanswered(EtcdSettings.at("etcd://no-such-machine.invalid:2379/c"), "no answer from no-such-machine.invalid:2379 (no machine of that name is known here)");
    }

    /** Each login is work for etcd: one that is refused to many must not keep it from what others ask, least of all from putting it right. */
    @Test
    void aLoginThatIsRefusedNowIsToldAndNotTriedWithoutEnd() throws Exception {
        try (EtcdServers etcd = EtcdServers.start(folder, 1)) {
            for (String line : List.of("user add root:r00t", "user grant-role root root", "role add shop", "role grant-permission shop --prefix=true readwrite /c",
                    "user add bob:s3cret", "user grant-role bob shop", "auth enable")) etcd.control(line.split(" "));
            try (EtcdStore store = EtcdStore.open(EtcdSettings.at(etcd.address("/c")).withUser("bob", Secret.of("s3cret")), Admission.ANY)) {
                put(store, "1", "/k", "1");
                long before = logins(etcd);
                etcd.control("--user", "root:r00t", "user", "delete", "bob");
                long began = System.nanoTime();
                AtomicInteger refused = new AtomicInteger();
                try (var many = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < 20; i++) many.submit(() -> {
                        for (int j = 0; j < 20; j++) {
                            try {
                                store.find("/k");
                            } catch (StoreException e) {
                                if (String.valueOf(e.getMessage()).contains("wrong name or password")) refused.incrementAndGet();
                            }
                        }
                    });
                }
                long pauses = (System.nanoTime() - began) / EtcdMembers.LOGIN_PAUSE.toNanos();
                assertThat(refused.get()).isPositive();
                assertThat(logins(etcd) - before).as("etcdctl's own among them").isLessThanOrEqualTo(4 + pauses);
                etcd.control("--user", "root:r00t", "user", "add", "bob:s3cret");
                etcd.control("--user", "root:r00t", "user", "grant-role", "bob", "shop");
                await().atMost(LONG).ignoreExceptionsInstanceOf(StoreException.class).until(() -> store.find("/k").isPresent());
            }
        }
    }

    private static long logins(EtcdServers etcd) throws Exception {
        String metrics = "http://" + etcd.address("").replaceFirst("^etcd://", "").replaceFirst("[,/].*", "") + "/metrics";
        try (HttpClient client = HttpClient.newHttpClient()) {
            String text = client.send(HttpRequest.newBuilder(URI.create(metrics)).build(), HttpResponse.BodyHandlers.ofString()).body();
            return text.lines().filter(line -> line.startsWith("grpc_server_started_total") && line.contains("\"Authenticate\"")).map(line -> line.replaceFirst(".* ", ""))
                    .mapToLong(number -> (long) Double.parseDouble(number)).sum();
        }
    }

    @Test
    void usersArePutRightWhenTheyMayNot() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1)) {
            for (String line : List.of("user add root:r00t", "user grant-role root root", "role add shop", "role grant-permission shop --prefix=true readwrite /c",
                    "user add bob:s3cret", "user grant-role bob shop", "auth enable")) etcd.control(line.split(" "));
            EtcdSettings nobody = EtcdSettings.at(etcd.address("/c"));
            assertThatThrownBy(() -> EtcdStore.open(nobody, Admission.ANY)).isExactlyInstanceOf(StoreException.class)
                    .hasMessageContaining("etcd wants a user").hasMessageContaining("store.user");
            assertThatThrownBy(() -> EtcdStore.open(nobody.withUser("bob", Secret.of("wrong")), Admission.ANY)).isExactlyInstanceOf(StoreException.class)
                    .hasMessageContaining("bob").hasMessageContaining("wrong name or password").hasMessageNotContaining("s3cret");
            EtcdSettings elsewhere = EtcdSettings.at(etcd.address("/d")).withUser("bob", Secret.of("s3cret"));
            assertThatThrownBy(() -> EtcdStore.open(elsewhere, Admission.ANY)).isExactlyInstanceOf(StoreException.Denied.class)
                    .hasMessageContaining("user bob may not").hasMessageContaining("grant-permission");
            try (EtcdStore store = EtcdStore.open(nobody.withUser("bob", Secret.of("s3cret")).withHistory(20), Admission.ANY)) {
                Followed followed = new Followed();
                store.watch("/", store.revision(), followed);
                for (int i = 0; i < 50; i++) put(store, "i" + i, "/k", "" + i);
                await().atMost(LONG).until(() -> followed.batches.get() == 50);
                // A member that was started anew knows no logins.
                etcd.kill(0);
                etcd.start(0);
                await().atMost(LONG).ignoreExceptionsInstanceOf(StoreException.class).until(() -> put(store, "again", "/k", "again") > 0);
                await().atMost(LONG).until(() -> followed.batches.get() == 51);
                Store.Lease lease = store.grant(Duration.ofSeconds(5));
                assertThat(lease.keepAlive()).isTrue();
            }
        }
    }
}
