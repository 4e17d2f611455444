package concierge.server.answer;

import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** An instance as the API shows it; one that is not placed has the state {@code pending} and no host. */
public record InstanceAnswer(
        String instance,
        String stack,
        String tag,
        String service,
        int n,
        String host,
        String executor,
        String state,
        Optional<Instant> since,
        String reason,
        Optional<Integer> exitCode,
        int restarts,
        boolean crashing,
        boolean oomKilled,
        String container,
        long generation,
        String image,
        SortedMap<String, String> ports,
        List<String> urls,
        List<String> lastLog) {

    static final String PENDING = "pending";

    static InstanceAnswer placed(InstanceView view, List<String> urls) {
        InstanceId id = view.id();
        Optional<Status> status = view.status();
        SortedMap<String, String> ports = new TreeMap<>(status.map(Status::ports).orElse(new TreeMap<>()));
        for (Endpoint endpoint : view.endpoints()) ports.put(endpoint.port().key(), endpoint.target());
        return new InstanceAnswer(
                id.path(), id.service().stack(), id.service().tag(), id.service().service(), id.n(),
                view.host(), view.assignment().executor().name(), view.state().name(),
                status.map(Status::since), status.map(Status::reason).orElse(""), status.flatMap(Status::exitCode),
                status.map(Status::restarts).orElse(0), status.map(Status::crashing).orElse(false),
                status.map(Status::oomKilled).orElse(false), view.container(), view.generation(),
                view.spec().image().orElse(""), ports, urls, status.map(Status::lastLog).orElse(List.of()));
    }

    static InstanceAnswer pending(ServiceView service, int n, String reason) {
        InstanceId id = service.id().instance(n);
        return new InstanceAnswer(
                id.path(), id.service().stack(), id.service().tag(), id.service().service(), n,
                "", "", PENDING, Optional.empty(), reason, Optional.empty(), 0, false, false, "", 0,
                service.spec().flatMap(ServiceSpec::image).orElse(""), new TreeMap<>(), List.of(), List.of());
    }
}
