package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Digest;
import concierge.server.records.Listing;
import concierge.state.Keys;
import concierge.store.Admission;
import concierge.store.Store;
import concierge.store.memory.MemoryStore;
import concierge.store.sqlite.SqliteStore;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deployments of several stacks at one moment, over two servers of one store. */
class DeployTurnsTest {
    /** More than a commit is tried: those that wait for their turn do not use up tries. */
    private static final int STACKS = 16;

    @TempDir
    Path home;

    private final CountDownLatch gate = new CountDownLatch(1);

    @Test
    void oneOfManyGetsADomainInMemory() throws Exception {
        oneGetsTheDomain(new MemoryStore(InstantSource.system()));
    }

    @Test
    void oneOfManyGetsADomainInSqlite() throws Exception {
        oneGetsTheDomain(SqliteStore.open(home.resolve("state.db"), Admission.ANY));
    }

    @Test
    void oneOfTwoGetsANameThatReadsTheSame() throws Exception {
        try (Api one = server(new MemoryStore(InstantSource.system()), "one"); Api two = server(one.store, "two")) {
            List<Api.Events.Event> ends = together(List.of(
                    () -> deploy(one, "a_shop", "one.localhost"), () -> deploy(two, "A_SHOP", "two.localhost")));
            assertThat(ends.stream().map(Api.Events.Event::name)).containsExactlyInAnyOrder("accepted", "failed");
            assertThat(problem(ends)).isEqualTo("name-collision");
        }
    }

    @Test
    void stacksThatClaimNothingInCommonAreAllDeployed() throws Exception {
        try (Api one = server(new MemoryStore(InstantSource.system()), "one"); Api two = server(one.store, "two")) {
            List<Callable<Api.Events.Event>> deploys = new ArrayList<>();
            for (int i = 0; i < STACKS; i++) {
                String name = "shop" + i;
                Api server = i % 2 == 0 ? one : two;
                deploys.add(() -> deploy(server, name, name + ".localhost"));
            }
            assertThat(together(deploys).stream().map(Api.Events.Event::name)).containsOnly("accepted");
        }
    }

    private void oneGetsTheDomain(Store store) throws Exception {
        try (Api one = server(store, "one"); Api two = server(store, "two")) {
            List<Api.Events.Event> ends = together(List.of(
                    () -> deploy(one, "a", "shop.localhost"), () -> deploy(one, "b", "shop.localhost"),
                    () -> deploy(two, "c", "shop.localhost"), () -> deploy(two, "d", "SHOP.localhost")));
            assertThat(ends.stream().map(Api.Events.Event::name)).containsExactlyInAnyOrder("accepted", "failed", "failed", "failed");
            assertThat(problem(ends)).isEqualTo("domain-taken");
            assertThat(Listing.all(store, Keys.PROC)).as("nothing of those that were late").hasSize(1);
        }
    }

    private static String problem(List<Api.Events.Event> ends) {
        var failed = ends.stream().filter(end -> end.name().equals("failed")).findFirst().orElseThrow();
        assertThat(failed.data().path("code").asString()).as(failed.toString()).isEqualTo("conflict");
        return failed.data().at("/problems/0/code").asString();
    }

    /** Its builds wait for {@link #gate}, so that all were checked before the first is committed. */
    private Api server(Store store, String name) throws Exception {
        Api server = new Api(Files.createDirectories(home.resolve(name)), store);
        server.images.gate = gate;
        return server;
    }

    private List<Api.Events.Event> together(List<Callable<Api.Events.Event>> deploys) throws Exception {
        building = new CountDownLatch(deploys.size());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Api.Events.Event>> all = deploys.stream().map(threads::submit).toList();
            building.await();
            gate.countDown();
            List<Api.Events.Event> ends = new ArrayList<>();
            for (Future<Api.Events.Event> one : all) ends.add(one.get());
            return ends;
        }
    }

    /** Of those that are deployed together: how many have not begun to build. */
    private CountDownLatch building = new CountDownLatch(0);

    private Api.Events.Event deploy(Api server, String stack, String domain) throws Exception {
        String text = "viking: {name: " + stack + "}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n"
                + "  web: {image: 'viking:" + stack + "/app', expose: [80], domains: [" + domain + "]}\n";
        Digest context = Digest.of("a tar");
        var put = server.request("/v1/blobs/" + context.hex()).PUT(HttpRequest.BodyPublishers.ofString("a tar")).build();
        assertThat(server.client.send(put, HttpResponse.BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        var body = Map.of("file", Map.of("name", "viking.yml", "text", text), "context", context.hex());
        try (Api.Events events = server.events("/v1/deploy", body)) {
            boolean begun = false;
            for (var event = events.next(); event != null; event = events.next()) {
                if (event.name().equals("accepted") || event.name().equals("failed")) return event;
                if (!begun) building.countDown();
                begun = true;
            }
        }
        throw new AssertionError("ended early");
    }
}
