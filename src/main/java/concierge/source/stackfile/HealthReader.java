package concierge.source.stackfile;

import concierge.model.Health;
import concierge.model.Port;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code health}: a word ({@code none}, {@code tcp}, {@code http}, {@code http:/path}) or a mapping with one
 * of {@code tcp}, {@code http}, {@code exec} and the times.
 */
final class HealthReader {
    private static final List<String> KEYS = List.of("tcp", "http", "exec", "port", "interval", "timeout", "retries", "start_period");
    private static final List<String> KINDS = List.of("tcp", "http", "exec");
    private static final String EXPECTED = "none, tcp, http or http:/path, or a mapping with tcp, http or exec";

    /** More often would be load, not health. */
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int MOST_RETRIES = 1000;

    private final Section service;
    private final List<Port> ports;
    private final Findings findings;

    HealthReader(Section service, List<Port> ports, Findings findings) {
        this.service = service;
        this.ports = ports;
        this.findings = findings;
    }

    Health read() {
        Optional<Node> node = service.find("health");
        if (node.isEmpty()) return Health.NONE;
        Health health = node.get() instanceof Node.Fields
                ? Section.of(node.get(), service.path("health"), KEYS, findings).map(this::read).orElse(Health.NONE)
                : word(node.get());
        boolean needsPort = health.kind() == Health.Kind.tcp || health.kind() == Health.Kind.http;
        if (needsPort && health.port().isEmpty() && ports.stream().noneMatch(port -> port.protocol() == Port.Protocol.tcp)) {
            findings.problem("missing-key", node.get().at(), service.path("health") + ": " + health.kind() + " without a tcp port (expected: expose)", "");
        }
        return health;
    }

    private Health word(Node node) {
        Optional<String> text = service.word(node, service.path("health"), EXPECTED);
        if (text.isEmpty()) return Health.NONE;
        return switch (text.get()) {
            case "none" -> Health.NONE;
            case "tcp" -> Health.of(Health.Kind.tcp, "/", List.of());
            case "http" -> Health.of(Health.Kind.http, "/", List.of());
            default -> {
                if (text.get().startsWith("http:/") && !text.get().startsWith("http://")) {
                    yield Health.of(Health.Kind.http, text.get().substring("http:".length()), List.of());
                }
                findings.unexpected(node.at(), service.path("health"), Findings.shown(text.get()), EXPECTED);
                yield Health.NONE;
            }
        };
    }

    private Health read(Section section) {
        List<String> kinds = KINDS.stream().filter(section::has).toList();
        if (kinds.size() != 1) {
            String found = kinds.isEmpty() ? "none of tcp, http, exec" : String.join(" and ", kinds);
            findings.problem("conflict", section.at(), service.path("health") + ": " + found + " (expected: one of tcp, http, exec)", "");
            return Health.NONE;
        }
        Optional<Integer> port = section.number("port", 1, 65535);
        String path = "/";
        List<String> command = List.of();
        switch (kinds.getFirst()) {
            case "exec" -> command = section.command("exec").orElse(List.of());
            case "http" -> path = path(section);
            default -> port = isBare(section, "tcp") ? port : section.number("tcp", 1, 65535);
        }
        if (kinds.getFirst().equals("exec") && command.isEmpty()) return Health.NONE;
        return new Health(Health.Kind.valueOf(kinds.getFirst()), port, path, command,
                section.duration("interval", SHORTEST, LONGEST).orElse(Health.INTERVAL),
                section.duration("timeout", SHORTEST, LONGEST).orElse(Health.TIMEOUT),
                section.number("retries", 1, MOST_RETRIES).orElse(Health.RETRIES),
                section.duration("start_period", Duration.ZERO, LONGEST).orElse(Health.START_PERIOD));
    }

    private String path(Section section) {
        if (isBare(section, "http")) return "/";
        Optional<String> path = section.text("http");
        if (path.isPresent() && path.get().startsWith("/")) return path.get();
        if (path.isPresent()) findings.unexpected(section.at("http"), section.path("http"), Findings.shown(path.get()), "a path that begins with /");
        return "/";
    }

    /** {@code tcp:} or {@code tcp: true}. */
    private static boolean isBare(Section section, String key) {
        return section.find(key).filter(node -> node instanceof Node.Scalar scalar
                && (scalar.isNothing() || scalar.isFlag() && scalar.text().equalsIgnoreCase("true"))).isPresent();
    }
}
