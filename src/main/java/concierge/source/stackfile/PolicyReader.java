package concierge.source.stackfile;

import concierge.model.Resources;
import concierge.model.Restart;
import concierge.model.SpecBuilder;
import concierge.model.Update;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code resources}, {@code restart} and {@code update}: how a service is treated, not what it is. */
final class PolicyReader {
    private static final List<String> RESTARTS = List.of("always", "on-failure", "never");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration SHORTEST_BACKOFF = Duration.ofMillis(10);

    /** Docker refuses less; whoever writes {@code 256} forgot the unit. */
    private static final long LEAST_MEMORY = 6L << 20;

    /** No machine has more; whoever writes more meant thousandths. */
    private static final long MOST_CPU = 4096_000;

    private final Section service;
    private final Findings findings;

    PolicyReader(Section service, Findings findings) {
        this.service = service;
        this.findings = findings;
    }

    void read(SpecBuilder spec) {
        section("resources", List.of("cpu", "memory")).ifPresent(section -> spec.resources(resources(section)));
        service.find("restart").ifPresent(node -> spec.restart(restart(node)));
        section("update", List.of("order", "parallel", "delay", "monitor", "on_failure")).ifPresent(section -> spec.update(update(section)));
    }

    private Optional<Section> section(String key, List<String> known) {
        return service.find(key).flatMap(node -> Section.of(node, service.path(key), known, findings));
    }

    private Resources resources(Section section) {
        long cpu = amount(section, "cpu", Units::cpuMillis, 1, MOST_CPU, "0.001 to 4096 CPUs, as 500m, 0.5 or 2");
        long memory = amount(section, "memory", Units::memory, LEAST_MEMORY, Long.MAX_VALUE, "at least 6MiB, as 256M or 1GiB");
        return new Resources(cpu, memory);
    }

    private long amount(Section section, String key, Function<String, Optional<Long>> unit, long least, long most, String expected) {
        Optional<String> text = section.word(key, expected);
        if (text.isEmpty()) return 0;
        Optional<Long> amount = unit.apply(text.get()).filter(value -> value >= least && value <= most);
        if (amount.isEmpty()) {
            findings.unexpected(section.find(key).map(Node::at).orElse(section.at()), section.path(key), Findings.shown(text.get()), expected);
        }
        return amount.orElse(0L);
    }

    private Restart restart(Node node) {
        if (!(node instanceof Node.Fields)) {
            return service.oneOf(node, service.path("restart"), RESTARTS).map(PolicyReader::policy)
                    .map(policy -> new Restart(policy, Restart.ALWAYS.initial(), Restart.ALWAYS.longest())).orElse(Restart.ALWAYS);
        }
        Optional<Section> mapping = Section.of(node, service.path("restart"), List.of("policy", "backoff", "max_backoff"), findings);
        if (mapping.isEmpty()) return Restart.ALWAYS;
        Restart.Policy policy = mapping.get().oneOf("policy", RESTARTS).map(PolicyReader::policy).orElse(Restart.Policy.always);
        Duration initial = mapping.get().duration("backoff", SHORTEST_BACKOFF, DAY).orElse(Restart.ALWAYS.initial());
        Duration fallback = initial.compareTo(Restart.ALWAYS.longest()) > 0 ? initial : Restart.ALWAYS.longest();
        Duration longest = mapping.get().duration("max_backoff", SHORTEST_BACKOFF, DAY).orElse(fallback);
        if (longest.compareTo(initial) < 0) {
            findings.unexpected(mapping.get().at("max_backoff"), mapping.get().path("max_backoff"), Numbers.shown(longest), "at least the backoff, " + Numbers.shown(initial));
            longest = initial;
        }
        return new Restart(policy, initial, longest);
    }

    private static Restart.Policy policy(String word) {
        return switch (word) {
            case "on-failure" -> Restart.Policy.onFailure;
            case "never" -> Restart.Policy.never;
            default -> Restart.Policy.always;
        };
    }

    private Update update(Section section) {
        Optional<String> order = section.oneOf("order", List.of("start-first", "stop-first"));
        Optional<String> onFailure = section.oneOf("on_failure", List.of("rollback", "pause"));
        warnOf(section, "order", order.filter("start-first"::equals), "stop-first");
        warnOf(section, "on_failure", onFailure.filter("rollback"::equals), "pause");
        return new Update(
                order.map(word -> word.equals("start-first") ? Update.Order.startFirst : Update.Order.stopFirst).orElse(Update.DEFAULT.order()),
                section.number("parallel", 1, 1000).orElse(Update.DEFAULT.parallel()),
                section.duration("delay", Duration.ZERO, DAY).orElse(Update.DEFAULT.delay()),
                section.duration("monitor", Duration.ZERO, DAY).orElse(Update.DEFAULT.monitor()),
                onFailure.map(Update.OnFailure::valueOf).orElse(Update.DEFAULT.onFailure()));
    }

    private void warnOf(Section section, String key, Optional<String> wish, String instead) {
        if (wish.isEmpty()) return;
        findings.warning("not-supported", section.at(key), section.path(key) + ": " + wish.get() + " is not done yet; " + instead + " is", "");
    }
}
