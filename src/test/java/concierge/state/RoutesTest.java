package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Route;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final ServiceSpec WEB = ServiceSpec.of("web").with()
            .ports(List.of(new Port(53, Port.Protocol.udp, Optional.empty()), Port.tcp(80), Port.tcp(9000)))
            .domains(List.of("Shop.example", "*.shop.example")).build();

    private final MemoryStore store = MemoryStore.pumped(InstantSource.system());
    private int commits;

    private long commit(Transaction.Builder to) {
        CommitResult result = store.commit(to.build());
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    private Transaction.Builder next() {
        return Transaction.id("c" + commits++);
    }

    private void primary(String tag) {
        Transaction.Builder to = next();
        Writes.stack(to, new StackRecord("shop", "", List.of(), tag, new TreeMap<>()));
        commit(to);
    }

    private void want(ServiceId id, ServiceSpec spec) {
        Transaction.Builder to = next();
        Writes.spec(to, spec);
        Writes.intent(to, id, Intent.of(Codec.digest(spec), 1, "1"));
        commit(to);
    }

    private void run(ServiceId id, int n, ServiceSpec spec, int hostPort, InstanceState state) {
        Transaction.Builder place = next();
        Writes.place(place, new Assignment(id.instance(n), "n1", Codec.digest(spec), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, ""), false);
        long generation = commit(place);
        Transaction.Builder told = next();
        Writes.status(told, "n1", id.instance(n), Status.of(generation, state, Instant.EPOCH, ""));
        Writes.publish(told, new Endpoint(id.instance(n), Port.tcp(80), "10.0.0.1", hostPort));
        Writes.publish(told, new Endpoint(id.instance(n), Port.tcp(9000), "10.0.0.1", hostPort + 1));
        commit(told);
    }

    private List<Route> routes() {
        return Routes.of(ViewBuilder.load(store).view(), "installation", "/sites").routes();
    }

    @Test
    void aDomainLeadsToTheReadyInstancesFirstPortAndOtherPortsHaveTheirOwnNames() {
        ServiceId web = ServiceId.parse("shop/default/web");
        primary("default");
        want(web, WEB);
        assertThat(routes()).extracting(Route::domain).containsExactly("*.shop.example", "9000.shop.example", "shop.example");
        assertThat(routes()).allSatisfy(route -> assertThat(route.targets()).isEmpty());
        run(web, 2, WEB, 2000, InstanceState.ready);
        run(web, 1, WEB, 3000, InstanceState.ready);
        run(web, 3, WEB, 4000, InstanceState.starting);
        assertThat(routes()).containsExactly(
                new Route("*.shop.example", web, List.of("10.0.0.1:2000", "10.0.0.1:3000"), Optional.empty()),
                new Route("9000.shop.example", web, List.of("10.0.0.1:2001", "10.0.0.1:3001"), Optional.empty()),
                new Route("shop.example", web, List.of("10.0.0.1:2000", "10.0.0.1:3000"), Optional.empty()));
    }

    @Test
    void domainsBelongToThePrimaryTagAndToSharedServices() {
        primary("v2");
        want(ServiceId.parse("shop/v1/web"), WEB);
        want(ServiceId.parse("shop/v2/web"), WEB);
        ServiceSpec shared = WEB.with().shared(true).domains(List.of("db.example")).build();
        want(ServiceId.parse("shop/static/db"), shared);
        assertThat(routes()).extracting(route -> route.domain() + " " + route.service()).containsExactly(
                "*.shop.example shop/v2/web", "9000.db.example shop/static/db", "9000.shop.example shop/v2/web", "db.example shop/static/db", "shop.example shop/v2/web");
        primary("v1");
        assertThat(routes()).extracting(route -> route.service().tag()).contains("v1").doesNotContain("v2");
    }

    @Test
    void aSiteIsServedFromItsContentAndTheFirstOfTwoClaimantsWins() {
        primary("default");
        Digest content = Digest.of("content");
        want(ServiceId.parse("shop/default/help"), ServiceSpec.of("x").with().domains(List.of("shop.example")).site(new Site("./www", Optional.of(content))).build());
        want(ServiceId.parse("shop/default/web"), WEB);
        Route route = routes().stream().filter(r -> r.domain().equals("shop.example")).findFirst().orElseThrow();
        assertThat(route).isEqualTo(new Route("shop.example", ServiceId.parse("shop/default/help"), List.of(), Optional.of(content)));
        assertThat(Routes.of(ViewBuilder.load(store).view(), "i", "/s")).isEqualTo(Routes.of(ViewBuilder.load(store).view(), "i", "/s"));
    }

    @Test
    void aSiteThatWasStoppedKeepsItsDomainAndIsNotServed() {
        primary("default");
        ServiceId help = ServiceId.parse("shop/default/help");
        want(help, ServiceSpec.of("x").with().domains(List.of("shop.example")).site(new Site("./www", Optional.of(Digest.of("content")))).build());
        Intent intent = Codec.intent(store.find(Keys.proc(help)).orElseThrow().value());
        store.commit(Transaction.id("stop").put(Keys.proc(help), Codec.value(intent.withStopped(true))).build());
        assertThat(routes()).containsExactly(new Route("shop.example", help, List.of(), Optional.empty()));
    }
}
