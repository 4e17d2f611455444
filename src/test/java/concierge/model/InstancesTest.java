package concierge.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InstancesTest {
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");
    private static final ServiceSpec SPEC = ServiceSpec.of("shop/web:1");

    private static InstanceView instance(int n, String version, InstanceState state, Assignment.Desired desired) {
        Assignment assignment = new Assignment(
                WEB.instance(n), "h" + n % 3, Digest.of(version), ExecutorKind.docker, 0, new TreeMap<>(), desired, RunKind.FOREVER, "");
        return new InstanceView(
                assignment, n, SPEC, Optional.of(Status.of(n, state, Instant.EPOCH, "")), List.of(), "", 0);
    }

    private static InstanceView ready(int n, String version) {
        return instance(n, version, InstanceState.ready, Assignment.Desired.run);
    }

    @Test
    void theyAreWhatASortedMapOfThemWouldBeAfterAnyChanges() {
        Random random = new Random(1);
        TreeMap<Integer, InstanceView> expected = new TreeMap<>();
        Instances instances = Instances.NONE;
        for (int i = 0; i < 2_000; i++) {
            TreeMap<Integer, InstanceView> changes = new TreeMap<>();
            for (int j = random.nextInt(4); j >= 0; j--) {
                int n = 1 + random.nextInt(12);
                InstanceState state = InstanceState.values()[random.nextInt(InstanceState.values().length)];
                Assignment.Desired desired = random.nextBoolean() ? Assignment.Desired.run : Assignment.Desired.stop;
                changes.put(n, random.nextInt(3) == 0 ? null : instance(n, "v" + random.nextInt(2), state, desired));
            }
            changes.forEach((n, put) -> {
                if (put == null) expected.remove(n);
                else expected.put(n, put);
            });
            instances = instances.with(changes);
            check(instances, expected);
        }
    }

    private static void check(Instances instances, TreeMap<Integer, InstanceView> expected) {
        assertThat(instances.values()).containsExactlyElementsOf(expected.values());
        assertThat(instances).isEqualTo(Instances.of(expected.values()));
        for (int n = 1; n <= 13; n++) {
            assertThat(instances.contains(n)).isEqualTo(expected.containsKey(n));
            assertThat(instances.find(n)).isSameAs(expected.get(n));
        }
        for (int at = 0; at < instances.size(); at++) {
            InstanceView there = instances.at(at);
            assertThat(instances.host(at)).isEqualTo(there.host());
            assertThat(instances.state(at)).isEqualTo(there.state());
            assertThat(instances.isStopping(at)).isEqualTo(there.isStopping());
        }
        boolean alike = expected.values().stream().map(it -> it.assignment().spec()).distinct().count() == 1;
        assertThat(instances.alike() != null).as("one version").isEqualTo(alike);
    }

    @Test
    void theyAreAlikeAgainWhenTheOneThatDifferedIsGone() {
        Instances all = Instances.of(List.of(ready(1, "v1"), ready(2, "v1"), ready(3, "v2")));
        assertThat(all.alike()).isNull();
        assertThat(all.with(3, null).alike()).isEqualTo(ready(1, "v1").assignment());
        assertThat(all.with(3, ready(3, "v1")).alike()).isNotNull();
        assertThat(all.with(Collections.emptySortedMap())).isSameAs(all);
    }

    @Test
    void otherLinksOrAnotherEpochAreADifference() {
        Assignment one = ready(1, "v1").assignment();
        Assignment linked = new Assignment(WEB.instance(2), "h", one.spec(), one.executor(), 0, new TreeMap<>(Map.of("DB", "x")), one.desired(), one.kind(), "");
        Assignment later = new Assignment(WEB.instance(2), "h", one.spec(), one.executor(), 1, one.links(), one.desired(), one.kind(), "");
        for (Assignment other : List.of(linked, later)) {
            InstanceView second = new InstanceView(other, 2, SPEC, Optional.empty(), List.of(), "", 0);
            assertThat(Instances.of(List.of(ready(1, "v1"), second)).alike()).isNull();
        }
    }
}
