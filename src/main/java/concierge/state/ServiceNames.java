package concierge.state;

import concierge.model.Endpoint;
import concierge.model.InstanceView;
import concierge.model.NameTable;
import concierge.model.Names;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What services are called in the DNS, made from a view. Pure; the same view gives the same table. A name
 * belongs to the stack's primary tag and to its shared services; of two services that come to the same name
 * the one that sorts first has it.
 */
public final class ServiceNames {
    private static final Comparator<NameTable.Target> ORDER = Comparator.comparingInt(NameTable.Target::n)
            .thenComparingInt(NameTable.Target::port).thenComparing(NameTable.Target::protocol).thenComparing(NameTable.Target::address);

    private ServiceNames() {}

    public static NameTable of(View view, String installation) {
        SortedMap<ServiceId, ServiceView> services = new TreeMap<>();
        view.services().forEach((id, service) -> {
            if (Routes.isPrimary(view, id) && service.intent().isPresent()) services.put(id, service);
        });
        SortedMap<String, NameTable.Named> named = new TreeMap<>();
        services.forEach((id, service) -> {
            String name = Names.dns(id.service()) + "." + Names.dns(id.stack());
            named.computeIfAbsent(name, _ -> new NameTable.Named(name, targets(service)));
        });
        return new NameTable(installation, view.revision(), List.copyOf(named.values()));
    }

    private static List<NameTable.Target> targets(ServiceView service) {
        List<NameTable.Target> targets = new ArrayList<>();
        for (InstanceView instance : service.instances().values()) {
            if (!instance.isReady()) continue;
            for (Endpoint endpoint : instance.endpoints()) {
                targets.add(new NameTable.Target(
                        instance.id().n(), endpoint.port().container(), endpoint.port().protocol(), endpoint.address(), endpoint.hostPort()));
            }
        }
        targets.sort(ORDER);
        return targets;
    }
}
