package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.control.Forecast.Refused;
import concierge.control.Forecast.Step;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.View;
import concierge.plan.World;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final ServiceSpec MONGO = ServiceSpec.of("mongo").with().ports(List.of(Port.tcp(27017))).build();
    private static final ServiceSpec WEB =
            ServiceSpec.of("web").with().links(List.of(new Link(Optional.empty(), "mongo"))).build();
    private final World world = new World();
    private final SortedMap<ServiceId, Wish.Wanted> wanted = new TreeMap<>();

    private void wish(String service, ServiceSpec spec, int scale) {
        wanted.put(World.id(service), new Wish.Wanted(Intent.of(World.digest(spec), scale, "1"), spec));
    }

    private Forecast forecast(String tag, String... replaces) {
        Wish wish = new Wish(wanted, new TreeSet<>(), Optional.of(World.deployment("shop", tag, replaces)), Optional.empty());
        return Forecast.of(world.view(), wish, world.now);
    }

    @Test
    void tellsTheStepsInTheirOrderAndChangesNothing() {
        world.host("a", 0);
        View before = world.view();
        wish("shop/default/mongo", MONGO, 1);
        wish("shop/default/web", WEB, 2);

        Forecast forecast = forecast("default");

        assertThat(forecast.steps()).extracting(Step::kind, Step::subject, Step::text).containsExactly(
                org.assertj.core.groups.Tuple.tuple("place", "shop/default/mongo/1", "run on a by docker"),
                org.assertj.core.groups.Tuple.tuple("place", "shop/default/web/1", "run on a by docker"),
                org.assertj.core.groups.Tuple.tuple("place", "shop/default/web/2", "run on a by docker"));
        assertThat(forecast.refusals()).isEmpty();
        assertThat(forecast.complete()).isTrue();
        assertThat(world.view()).isSameAs(before);
    }

    @Test
    void tellsWhatIsScaledByHandAndStaysSo() {
        world.host("a", 0).want("shop/default/mongo", MONGO, 2).want("shop/default/web", ServiceSpec.of("web"), 0).settle();
        wanted.put(World.id("shop/default/mongo"), new Wish.Wanted(Intent.of(World.digest(MONGO), 1, "1").withOverride(2), MONGO));
        wanted.put(World.id("shop/default/web"), new Wish.Wanted(Intent.of(World.digest(ServiceSpec.of("web")), 3, "1").withOverride(0), ServiceSpec.of("web")));

        assertThat(forecast("default").steps()).extracting(Step::subject, Step::text, Step::reason).containsExactly(
                org.assertj.core.groups.Tuple.tuple("shop/default/mongo", "2 instances run on", "scaled by hand to 2; the file says 1"),
                org.assertj.core.groups.Tuple.tuple("shop/default/web", "0 instances run on", "scaled by hand to 0; the file says 3"));
    }

    @Test
    void tellsAReplacementAndWhatIsKept() {
        world.host("a", 0).want("shop/default/mongo", MONGO, 1).want("shop/default/web", WEB, 2).settle();
        wish("shop/default/mongo", MONGO, 1);
        wish("shop/default/web", WEB.with().user("www").build(), 2);

        Forecast forecast = forecast("default");

        assertThat(forecast.steps()).extracting(step -> step.kind() + " " + step.subject()).containsExactly(
                "replace shop/default/web/1",
                "place shop/default/web/1",
                "replace shop/default/web/2",
                "place shop/default/web/2",
                "keep shop/default/mongo");
    }

    @Test
    void tellsThatAReplacedTagIsRemovedInTheEnd() {
        world.host("a", 0).want("shop/v1/mongo", MONGO, 1).settle();
        wish("shop/v2/mongo", MONGO, 1);

        assertThat(forecast("v2", "v1").steps()).extracting(step -> step.kind() + " " + step.subject()).containsExactly(
                "place shop/v2/mongo/1", "remove shop/v1/mongo", "stop shop/v1/mongo/1");
    }

    @Test
    void tellsThatAnEarlierTagStopsFirstWhereItHoldsThePort() {
        ServiceSpec web = ServiceSpec.of("web").with().ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(8080)))).build();
        world.host("a", 0).want("shop/v1/web", web, 1).settle();
        wish("shop/v2/web", web, 1);

        Forecast forecast = forecast("v2", "v1");

        assertThat(forecast.steps()).extracting(step -> step.kind() + " " + step.subject() + ": " + step.reason()).containsExactly(
                "stop shop/v1/web/1: makes way for shop/v2/web/1",
                "place shop/v2/web/1: wanted 1, placed 0",
                "remove shop/v1/web: replaced by tag v2");
        assertThat(forecast.refusals()).isEmpty();
        assertThat(forecast("v2").refusals()).as("kept beside it").containsExactly(
                new Refused(World.id("shop/v2/web").instance(1), "1 host: 1 with port 8080/tcp taken by shop/v1/web/1"));
    }

    @Test
    void aReplacedTagsOneOffsAreNotRemoved() {
        Intent once = new Intent(World.digest(MONGO), 1, -1, false, 0, "0", new RunKind.ToCompletion(0, Optional.empty()));
        world.host("a", 0).want("shop/v1/mongo", MONGO, 1).want("shop/v1/mongo-run-1", MONGO, once).settle();
        wish("shop/v2/mongo", MONGO, 1);

        assertThat(forecast("v2", "v1").steps()).extracting(step -> step.kind() + " " + step.subject()).containsExactly(
                "place shop/v2/mongo/1", "remove shop/v1/mongo", "stop shop/v1/mongo/1");
    }

    @Test
    void tellsWhatWouldNotBePlacedAndWhy() {
        world.host("a", 100);
        wish("shop/default/mongo", MONGO.with().resources(new Resources(0, 512 * World.MIB)).build(), 1);
        wish("shop/default/web", WEB, 1);

        assertThat(forecast("default").refusals()).containsExactly(
                new Refused(World.id("shop/default/mongo").instance(1), "1 host: 1 short of memory (need 512 MiB)"),
                new Refused(World.id("shop/default/web").instance(1), "waits for mongo: 0 of 1 ready"));
    }
}
