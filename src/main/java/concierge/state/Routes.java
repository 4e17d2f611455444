package concierge.state;

import concierge.model.Endpoint;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.Port;
import concierge.model.Route;
import concierge.model.RouteTable;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a router has to know, made from a view. Pure; the same view gives the same table. The domains of a
 * stack belong to its primary tag and to its shared services; of two services that claim the same domain
 * the one that sorts first has it.
 */
public final class Routes {
    private Routes() {}

    /** @param sites the folder under which the contents of sites are unpacked; absolute */
    public static RouteTable of(View view, String installation, String sites) {
        List<ServiceView> routed = new ArrayList<>();
        view.services().forEach((id, service) -> {
            if (isPrimary(view, id) && service.intent().isPresent() && service.spec().isPresent()) routed.add(service);
        });
        routed.sort((a, b) -> a.id().compareTo(b.id()));
        SortedMap<String, Route> routes = new TreeMap<>();
        for (ServiceView service : routed) service.spec().ifPresent(spec -> add(routes, service, spec));
        return new RouteTable(installation, view.revision(), sites, List.copyOf(routes.values()));
    }

    /** Whether the stack's domains and names are this service's: it is shared, or of the primary tag. */
    static boolean isPrimary(View view, ServiceId id) {
        Optional<StackRecord> stack = Optional.ofNullable(view.stacks().find(id.stack()));
        return id.tag().equals(Names.STATIC_TAG) || stack.map(StackRecord::primary).filter(id.tag()::equals).isPresent();
    }

    private static void add(SortedMap<String, Route> routes, ServiceView service, ServiceSpec spec) {
        List<Port> ports = spec.ports().stream().filter(port -> port.protocol() == Port.Protocol.tcp).toList();
        for (String written : spec.domains()) {
            String domain = written.toLowerCase(Locale.ROOT);
            if (spec.site().isPresent()) {
                boolean stopped = service.intent().filter(Intent::stopped).isPresent();
                routes.putIfAbsent(domain, new Route(domain, service.id(), List.of(), stopped ? Optional.empty() : spec.site().get().content()));
                continue;
            }
            for (int i = 0; i < ports.size(); i++) {
                // A wildcard covers <port>.<domain> itself, so there is no name left for its other ports.
                if (i > 0 && domain.startsWith("*.")) break;
                String name = i == 0 ? domain : ports.get(i).container() + "." + domain;
                routes.putIfAbsent(name, new Route(name, service.id(), targets(service, ports.get(i)), Optional.empty()));
            }
        }
    }

    private static List<String> targets(ServiceView service, Port port) {
        List<String> targets = new ArrayList<>();
        for (InstanceView instance : service.instances().values()) {
            if (!instance.isReady()) continue;
            for (Endpoint endpoint : instance.endpoints()) {
                if (endpoint.port().key().equals(port.key())) targets.add(endpoint.target());
            }
        }
        targets.sort(null);
        return targets;
    }
}
