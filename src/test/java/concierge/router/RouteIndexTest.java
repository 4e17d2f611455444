package concierge.router;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Route;
import concierge.model.RouteTable;
import concierge.model.ServiceId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteIndexTest {
    private static Route route(String domain) {
        return new Route(domain, new ServiceId("shop", "default", "web"), List.of("127.0.0.1:1"), Optional.empty());
    }

    private final RouteIndex index = new RouteIndex(new RouteTable(
            "abc", 1, "/sites",
            List.of(route("shop.example"), route("*.shop.example"), route("*.eu.shop.example"), route("de.eu.shop.example"), route("[::1]"), route("localhost"))));

    @ParameterizedTest
    @CsvSource({
        "shop.example, shop.example",
        "SHOP.Example:8080, shop.example",
        "shop.example., shop.example",
        "www.shop.example, *.shop.example",
        "a.b.shop.example, *.shop.example",
        "eu.shop.example, *.shop.example",
        "fr.eu.shop.example:80, *.eu.shop.example",
        "de.eu.shop.example, de.eu.shop.example",
        "[::1]:8080, [::1]",
        "localhost:8080, localhost",
    })
    void theMostSpecificDomainWins(String host, String domain) {
        assertThat(index.find(RouteIndex.hostOf(host)).map(Route::domain)).contains(domain);
    }

    @ParameterizedTest
    @CsvSource({"example", "other.example", "xshop.example", "''", "'.'", ".shop.example", "shop.example.evil", "'[::1'", "*"})
    void othersAreUnknown(String host) {
        assertThat(index.find(RouteIndex.hostOf(host))).isEmpty();
    }

    @Test
    void theLeastBusyTargetIsPicked() {
        Balancer balancer = new Balancer(Duration.ofSeconds(10), () -> 0);
        List<String> targets = List.of("a", "b", "c");
        balancer.began("a");
        balancer.began("a");
        balancer.began("b");
        assertThat(balancer.pick(targets, Set.of())).contains("c");
        assertThat(balancer.pick(targets, Set.of("c"))).contains("b");
        assertThat(balancer.pick(targets, Set.of("a", "b", "c"))).isEmpty();
        balancer.ended("a");
        balancer.ended("a");
        balancer.ended("a");
        assertThat(balancer.load("a")).isZero();
        assertThat(balancer.pick(List.of("a", "b"), Set.of())).contains("a");
    }

    @Test
    void whoCouldNotBeReachedRestsWhileThereAreOthers() {
        AtomicLong now = new AtomicLong();
        Balancer balancer = new Balancer(Duration.ofNanos(10), now::get);
        List<String> targets = List.of("a", "b");
        balancer.began("b");
        balancer.unreachable("a");
        assertThat(balancer.pick(targets, Set.of())).contains("b");
        assertThat(balancer.pick(targets, Set.of("b"))).as("better than nobody").contains("a");
        now.set(10);
        assertThat(balancer.pick(targets, Set.of())).contains("a");
        balancer.unreachable("a");
        balancer.answered("a");
        assertThat(balancer.pick(targets, Set.of())).contains("a");
    }

    @ParameterizedTest
    @CsvSource({"bytes=0-9, 100, 0, 10", "bytes=90-, 100, 90, 10", "bytes=-5, 100, 95, 5", "bytes=-500, 100, 0, 100", "bytes=50-500, 100, 50, 50",
        "bytes=100-, 100, 100, -1", "bytes=-0, 100, 0, -1", "bytes=0-0, 1, 0, 1"})
    void rangesAreCutToTheFile(String header, long size, long start, long length) {
        assertThat(ByteRange.parse(header, size)).contains(new ByteRange(start, length));
    }

    @ParameterizedTest
    @CsvSource({"bytes=5-1", "bytes=a-b", "bytes=", "lines=1-2", "'bytes=0-1,3-4'", "bytes=-", "bytes=99999999999999999999-"})
    void rangesThatMeanNothingAreLeftOut(String header) {
        assertThat(ByteRange.parse(header, 100)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"/a?b, /a?b", "http://host/a?b, /a?b", "http://host, /", "*, *", "/x://y/z, /x://y/z"})
    void targetsAreTakenInTheirOriginForm(String uri, String path) {
        assertThat(Proxy.path(uri)).isEqualTo(path);
    }
}
