package concierge.source.stackfile;

import concierge.model.ImageName;
import concierge.model.Link;
import concierge.model.Location;
import concierge.model.Port;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What can be told only with the whole file read: names that must exist, circles, things taken twice. */
final class CrossChecks {
    private final String stack;
    private final Map<String, StackReader.Build> builds;
    private final List<StackService> services;
    private final Map<String, StackService> byName;
    private final Findings findings;

    CrossChecks(String stack, Map<String, StackReader.Build> builds, List<StackService> services, Findings findings) {
        this.stack = stack;
        this.builds = builds;
        this.services = services;
        this.byName = services.stream().collect(Collectors.toMap(StackService::name, Function.identity(), (first, _) -> first));
        this.findings = findings;
    }

    void run() {
        for (Map.Entry<String, StackReader.Build> build : builds.entrySet()) checkParents(build.getKey(), build.getValue());
        for (StackService service : services) {
            checkImage(service);
            for (Link link : service.draft().links()) checkLink(service, link);
        }
        checkNames();
        checkLinkCycle();
        checkDomains();
        checkHostPorts();
    }

    /** Services find each other by name, and names of hosts know no case. */
    private void checkNames() {
        Map<String, StackService> owners = new HashMap<>();
        for (StackService service : services) {
            StackService owner = owners.putIfAbsent(service.name().toLowerCase(Locale.ROOT), service);
            if (owner == null) continue;
            findings.problem("ambiguous-name", service.places().whole(), "deploy." + service.name() + ": differs from " + owner.name() + " (line "
                    + owner.places().whole().line() + ") only in upper and lower case (expected: another name)", "services reach each other by name, where case does not count");
        }
    }

    private void checkParents(String image, StackReader.Build build) {
        for (ImageName parent : build.build().dockerfile().parents()) {
            if (!parent.stack().equals(stack) || builds.containsKey(parent.image())) continue;
            findings.unknown("unknown-image", build.places().of(parent.toString()), "build." + image, "image", parent.image(), List.copyOf(builds.keySet()));
        }
    }

    private void checkImage(StackService service) {
        Optional<ImageName> name = service.draft().image().flatMap(ImageName::parse);
        if (name.isEmpty() || !name.get().stack().equals(stack) || builds.containsKey(name.get().image())) return;
        findings.unknown("unknown-image", service.places().of("image"), "deploy." + service.name() + ".image", "image", name.get().image(), List.copyOf(builds.keySet()));
    }

    private void checkLink(StackService service, Link link) {
        if (link.stack().isPresent()) return;
        String path = "deploy." + service.name() + ".link";
        Location at = service.places().of("link." + link);
        StackService target = byName.get(link.service());
        if (target == null) {
            findings.unknown("unknown-service", at, path, "service", link.service(), services.stream().map(StackService::name).toList());
        } else if (target.draft().isSite()) {
            findings.unexpected(at, path, link + ", a website", "a service with ports");
        } else if (target.draft().ports().isEmpty()) {
            findings.warning("link-without-ports", at, path + ": " + link + " exposes no port, so the link brings no variables", "add expose to " + link);
        }
    }

    private void checkLinkCycle() {
        Cycles links = new Cycles(byName.keySet().stream().sorted().toList(), this::linked);
        links.cycle().ifPresent(cycle -> {
            StackService first = byName.get(cycle.getFirst());
            if (first != null) {
                findings.problem("link-cycle", first.places().of("link." + cycle.get(1)), "deploy: services link in a circle: " + String.join(" → ", cycle) + " (expected: an end)",
                        "linked services are ready first, so none of them could start");
            }
        });
    }

    private List<String> linked(String service) {
        StackService from = byName.get(service);
        if (from == null) return List.of();
        return from.draft().links().stream().filter(link -> link.stack().isEmpty()).map(Link::service).filter(byName::containsKey).toList();
    }

    private void checkDomains() {
        Map<String, String> owners = new HashMap<>();
        for (StackService service : services) {
            for (String domain : service.draft().domains()) {
                String owner = owners.putIfAbsent(domain, service.name());
                if (owner == null || owner.equals(service.name())) continue;
                findings.problem("duplicate-domain", service.places().of("domains." + domain), "deploy." + service.name() + ".domains: " + domain + " belongs to " + owner
                        + " (expected: each domain once)", "");
            }
        }
    }

    private void checkHostPorts() {
        Map<String, String> owners = new HashMap<>();
        for (StackService service : services) {
            for (Port port : service.draft().ports()) {
                if (port.host().isEmpty()) continue;
                String path = "deploy." + service.name() + ".expose: host port " + port.host().get();
                Location at = service.places().of("expose." + port.key());
                if (service.scale() > 1) {
                    findings.warning("host-port-scaled", at, path + " with scale " + service.scale()
                            + ": each instance needs a host of its own", "leave the host port out, or scale to 1");
                }
                String owner = owners.putIfAbsent(port.host().get() + "/" + port.protocol(), service.name());
                if (owner != null) findings.warning("host-port-shared", at, path + " is also wanted by " + owner + ": they need different hosts", "");
            }
        }
    }
}
