package concierge.source.stackfile;

import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.Health;
import concierge.model.HealthVariables;
import concierge.model.ImageName;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Location;
import concierge.model.Names;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import concierge.model.Volume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one service under {@code deploy}. One use. */
final class ServiceReader {
    /** Every key, the fixed ones first. */
    static final List<String> KEYS = List.of(
            "image", "run", "command", "cwd", "scale", "expose", "volume", "service", "static", "fixed", "filter", "link",
            "env", "entrypoint", "dockerargs", "domains", "route", "type", "document_root", "health", "resources", "restart",
            "update", "executor", "unique_host", "lost", "stop_grace", "user", "secrets", "labels");

    private static final List<String> WEBSITE_KEYS = List.of("type", "document_root", "domains", "route", "labels");
    private static final List<String> EXECUTORS = Arrays.stream(ExecutorKind.values()).map(Enum::name).toList();

    /** Longer than any orderly shutdown; a stop must end. */
    private static final Duration LONGEST_GRACE = Duration.ofHours(1);

    private static final Pattern IMAGE = Pattern.compile(
            "(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\\d{1,5})?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
                    + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");
    private static final int LONGEST_IMAGE = 400;
    private static final Pattern DOMAIN = Pattern.compile("(?:\\*\\.)?(?!-)[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");
    private static final int LONGEST_DOMAIN = 253;
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");
    /** What every instance is told of itself, whatever the file says. */
    private static final List<String> INJECTED = List.of("VIKING_ID", "VIKING_STACK", "VIKING_TAG", "VIKING_NAME", "VIKING_PID");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_./-]{1,128}");

    private final String name;
    private final String path;
    private final String stack;
    private final Node.Field field;
    private final Findings findings;
    private final Places.Notes places;

    private final Dialect dialect;

    /** @param path of it in the file: {@code deploy.web} */
    ServiceReader(Node.Field field, String path, String stack, Dialect dialect, Findings findings) {
        this.field = field;
        this.name = field.key();
        this.path = path;
        this.dialect = dialect;
        this.stack = stack;
        this.findings = findings;
        this.places = new Places.Notes(field.keyAt());
    }

    Optional<StackService> read() {
        return Section.of(field.value(), path, dialect, findings).map(this::read);
    }

    private StackService read(Section section) {
        section.oneOf("type", List.of("website"));
        boolean website = section.has("type");
        int scale = section.number("scale", 0, Intent.MAX_SCALE).orElse(1);
        ServiceSpec draft = website ? website(section) : service(section);
        for (String key : List.of("image", "scale", "document_root")) section.find(key).ifPresent(value -> places.note(key, value.at()));
        return new StackService(name, scale, draft, places.places());
    }

    private ServiceSpec website(Section section) {
        for (String key : KEYS) {
            if (section.has(key) && !WEBSITE_KEYS.contains(key)) {
                findings.problem("conflict", section.at(key), section.path(key) + ": on a website (expected: only " + String.join(", ", WEBSITE_KEYS) + ")", "the router serves it, nothing runs");
            }
        }
        SpecBuilder spec = new SpecBuilder().domains(domains(section)).labels(labels(section));
        if (!section.has("document_root")) {
            findings.problem("missing-key", field.keyAt(), section.path("document_root") + ": missing (expected: the website's folder)", "");
        } else {
            section.text("document_root").flatMap(root -> documentRoot(section, root)).ifPresent(root -> spec.site(new Site(root, Optional.empty())));
        }
        if (!section.has("domains") && !section.has("route")) {
            findings.warning("no-domains", field.keyAt(), path + ": a website without domains: nobody can reach it", "add domains");
        }
        return spec.build();
    }

    private Optional<String> documentRoot(Section section, String root) {
        boolean outside = root.startsWith("/") || root.contains("\\") || Arrays.asList(root.split("/")).contains("..");
        if (!outside) return Optional.of(root);
        findings.unexpected(section.find("document_root").map(Node::at).orElse(section.at()), section.path("document_root"), Findings.shown(root), "a folder below the stack file's own, as ./www");
        return Optional.empty();
    }

    private ServiceSpec service(Section section) {
        if (section.has("document_root")) {
            findings.problem("conflict", section.at("document_root"), section.path("document_root") + ": without type: website", "add type: website");
        }
        SpecBuilder spec = new SpecBuilder();
        List<ExecutorKind> executors = executors(section);
        image(section, executors).ifPresent(spec::image);
        section.command(section.eitherKey("run", "command")).ifPresent(spec::command);
        section.command("entrypoint").ifPresent(spec::entrypoint);
        absolute(section, "cwd").ifPresent(spec::directory);
        List<Port> ports = PortReader.read(section, places, findings);
        List<Volume> volumes = volumes(section);
        Map<String, String> environment = environment(section);
        Health health = new HealthReader(section, ports, findings).read();
        spec.executors(executors).ports(ports).volumes(volumes).environment(environment).health(health)
                .pinned(section.flag("fixed") | !volumes.isEmpty() | shared(section))
                .shared(shared(section))
                .filters(filters(section)).links(links(section))
                .options(new OptionsReader(section, findings).read())
                .domains(domains(section))
                .labels(labels(section))
                .secrets(new SecretsReader(section, places, findings).read(volumes))
                .uniqueHost(section.flag("unique_host"));
        new PolicyReader(section, findings).read(spec);
        section.oneOf("lost", List.of("stop", "move")).ifPresent(word -> spec.stopsWhenLost(word.equals("stop")));
        section.duration("stop_grace", Duration.ZERO, LONGEST_GRACE).ifPresent(spec::stopGrace);
        section.word("user", "a user name or number").ifPresent(spec::user);
        if (section.has("domains") || section.has("route")) warnIfUnreachable(section, ports);
        return spec.build();
    }

    private boolean shared(Section section) {
        return section.flag(section.eitherKey("service", "static"));
    }

    private void warnIfUnreachable(Section section, List<Port> ports) {
        if (ports.stream().noneMatch(port -> port.protocol() == Port.Protocol.tcp)) {
            findings.warning("no-port", section.at(section.has("domains") ? "domains" : "route"), path + ": domains, but no tcp port to send requests to", "add expose");
        }
    }

    private Optional<String> image(Section section, List<ExecutorKind> executors) {
        boolean onlyProcess = executors.equals(List.of(ExecutorKind.process));
        if (!section.has("image")) {
            if (!onlyProcess) {
                findings.problem("missing-key", field.keyAt(), path + ".image: missing (expected: an image)",
                        "or executor: process, for a program of the host");
            } else if (!section.has("run") && !section.has("command")) {
                findings.problem("missing-key", field.keyAt(), path + ".run: missing (expected: the command of a process)", "");
            }
            return Optional.empty();
        }
        Optional<String> image = section.text("image").map(String::strip);
        if (image.isEmpty()) return image;
        boolean built = ImageName.isMeant(image.get());
        boolean good = built ? ImageName.parse(image.get()).isPresent() : image.get().length() <= LONGEST_IMAGE && IMAGE.matcher(image.get()).matches();
        if (good) return image;
        findings.unexpected(section.find("image").map(Node::at).orElse(section.at()), section.path("image"), Findings.shown(image.get()),
                built ? "viking:<stack>/<image>" : "an image reference, as busybox:stable, or viking:<stack>/<image>");
        return Optional.empty();
    }

    private List<ExecutorKind> executors(Section section) {
        List<ExecutorKind> kinds = new ArrayList<>();
        for (Section.Item item : section.items("executor")) {
            section.oneOf(item.node(), item.path(), EXECUTORS).map(ExecutorKind::valueOf).filter(kind -> !kinds.contains(kind)).ifPresent(kinds::add);
        }
        return kinds.isEmpty() ? List.of(ExecutorKind.docker) : kinds;
    }

    private Optional<String> absolute(Section section, String key) {
        Optional<String> text = section.text(key);
        if (text.isEmpty() || text.get().startsWith("/")) return text;
        findings.unexpected(section.find(key).map(Node::at).orElse(section.at()), section.path(key), Findings.shown(text.get()), "an absolute path");
        return Optional.empty();
    }

    private List<Volume> volumes(Section section) {
        List<Volume> volumes = new ArrayList<>();
        for (Section.Item item : section.items("volume")) {
            section.text(item.node(), item.path()).ifPresent(text -> volume(item, text, volumes));
        }
        return volumes;
    }

    private void volume(Section.Item item, String text, List<Volume> volumes) {
        String[] parts = text.split(":", -1);
        boolean good = parts.length <= 2 && Arrays.stream(parts).allMatch(part -> part.startsWith("/")) && !parts[parts.length - 1].equals("/");
        if (!good) {
            findings.unexpected(item.node().at(), item.path(), Findings.shown(text), "/path/inside or /on/host:/path/inside");
            return;
        }
        String inside = parts[parts.length - 1];
        if (volumes.stream().anyMatch(volume -> volume.container().equals(inside))) {
            findings.unexpected(item.node().at(), item.path(), Findings.shown(inside) + " a second time", "each path inside once");
        } else {
            volumes.add(new Volume(parts.length == 2 ? Optional.of(parts[0]) : Optional.empty(), inside));
        }
    }

    private List<Filter> filters(Section section) {
        List<Filter> filters = new ArrayList<>();
        for (Section.Item item : section.items("filter")) {
            if (item.node() instanceof Node.Fields) {
                Section.of(item.node(), item.path(), List.of("tag", "flexible"), findings)
                        .flatMap(entry -> entry.has("tag") ? entry.text("tag").map(tag -> new Filter(tag, entry.flag("flexible"))) : missingTag(entry))
                        .ifPresent(filters::add);
            } else {
                section.text(item.node(), item.path()).ifPresent(text -> filter(item, text).ifPresent(filters::add));
            }
        }
        return filters;
    }

    private Optional<Filter> missingTag(Section entry) {
        findings.problem("missing-key", entry.at(), entry.path("tag") + ": missing (expected: a host tag)", "");
        return Optional.empty();
    }

    private Optional<Filter> filter(Section.Item item, String text) {
        int colon = text.lastIndexOf(":");
        if (colon < 0) return Optional.of(new Filter(text.strip(), false));
        if (text.substring(colon).equals(":flexible") && !text.substring(0, colon).isBlank()) {
            return Optional.of(new Filter(text.substring(0, colon).strip(), true));
        }
        findings.unexpected(item.node().at(), item.path(), Findings.shown(text), "a host tag, as db or ssd:flexible");
        return Optional.empty();
    }

    private List<Link> links(Section section) {
        List<Link> links = new ArrayList<>();
        for (Section.Item item : section.items("link")) {
            Optional<String> text = section.text(item.node(), item.path());
            if (text.isEmpty()) continue;
            String[] parts = text.get().split("/", -1);
            boolean good = parts.length <= 2 && Names.isPart(parts[parts.length - 1]) && (parts.length == 1 || Names.isStack(parts[0]));
            if (!good) {
                findings.unexpected(item.node().at(), item.path(), Findings.shown(text.get()), "a service, as mongo or otherstack/mongo");
                continue;
            }
            boolean own = parts.length == 1 || parts[0].equals(stack);
            Link link = new Link(own ? Optional.empty() : Optional.of(parts[0]), parts[parts.length - 1]);
            places.note("link." + link, item.node().at());
            if (!links.contains(link)) links.add(link);
        }
        return links;
    }

    private Map<String, String> environment(Section section) {
        Map<String, String> environment = new LinkedHashMap<>();
        section.pairs("env").forEach((key, value) -> {
            if (!VARIABLE.matcher(key).matches()) {
                findings.unexpected(value.at(), section.path("env"), Findings.shown(key), "a variable's name: letters, digits, _ . -");
            } else if (value.text().indexOf('\0') >= 0) {
                findings.unexpected(value.at(), section.path("env"), key + " with a NUL character", "a text without");
            } else {
                if (INJECTED.contains(key)) {
                    findings.warning("injected-variable", value.at(), section.path("env") + ": " + key + " is set by Concierge for each instance, which wins", "use another name");
                }
                environment.put(key, value.text());
                places.note("env." + key, value.at());
                checkHealth(section, key, value.text(), value.at());
            }
        });
        return environment;
    }

    /** A value that is read from a stack's stored environment is looked at when it is known: {@link Resolver}. */
    private void checkHealth(Section section, String name, String value, Location at) {
        if (!HealthVariables.isOne(name) || Resolver.isReference(value) || HealthVariables.read(name, value).isPresent()) return;
        findings.unexpected(at, section.path("env") + "." + name, Findings.shown(value), HealthVariables.EXPECTED);
    }

    private List<String> domains(Section section) {
        String key = section.eitherKey("domains", "route");
        List<String> domains = new ArrayList<>();
        for (Section.Item item : section.items(key)) {
            Optional<String> text = section.text(item.node(), item.path());
            if (text.isEmpty()) continue;
            String domain = text.get().strip().toLowerCase(Locale.ROOT);
            if (domain.length() > LONGEST_DOMAIN || !DOMAIN.matcher(domain).matches()) {
                findings.unexpected(item.node().at(), item.path(), Findings.shown(text.get()), "a host name, as shop.example or *.shop.example");
            } else if (domains.contains(domain)) {
                findings.problem("duplicate-domain", item.node().at(), item.path() + ": " + domain + " a second time (expected: each domain once)", "");
            } else {
                places.note("domains." + domain, item.node().at());
                domains.add(domain);
            }
        }
        return domains;
    }

    private Map<String, String> labels(Section section) {
        Map<String, String> labels = new LinkedHashMap<>();
        section.pairs("labels").forEach((key, value) -> {
            if (!WORD.matcher(key).matches() || key.startsWith("concierge.")) {
                findings.unexpected(value.at(), section.path("labels"), Findings.shown(key), "a label's name, not beginning with concierge.");
            } else {
                labels.put(key, value.text());
            }
        });
        return labels;
    }
}
