package concierge.state;

import concierge.model.Assignment;
import concierge.model.Endpoint;
import concierge.model.InstanceView;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an instance that cannot stand in a view: an agent's words may arrive before the
 * assignment that they are about, and stay a moment longer; the assignment may come before its
 * specification.
 */
final class Strays {
    static final Comparator<Endpoint> ENDPOINT_ORDER =
            Comparator.comparing(Endpoint::port).thenComparing(Endpoint::address).thenComparingInt(Endpoint::hostPort);

    private @Nullable Assignment assignment;
    private long generation;
    private final List<Endpoint> endpoints = new ArrayList<>(1);
    private final Map<String, Said> byHost = new HashMap<>(2);

    /** What one host's agent said. */
    private record Said(Optional<Status> status, String container, int failures) {
        static final Said NOTHING = new Said(Optional.empty(), "", 0);
    }

    void assign(Assignment assignment, long generation) {
        this.assignment = assignment;
        this.generation = generation;
    }

    void unassign(String host) {
        if (assignment != null && assignment.host().equals(host)) assignment = null;
    }

    @Nullable Assignment assignment() {
        return assignment;
    }

    long generation() {
        return generation;
    }

    void status(String host, Optional<Status> status) {
        Said said = said(host);
        say(host, new Said(status, said.container(), said.failures()));
    }

    void container(String host, String container) {
        Said said = said(host);
        say(host, new Said(said.status(), container, said.failures()));
    }

    void failures(String host, int failures) {
        Said said = said(host);
        say(host, new Said(said.status(), said.container(), failures));
    }

    void endpoint(Endpoint endpoint, boolean up) {
        endpoints.remove(endpoint);
        if (up) endpoints.add(endpoint);
        endpoints.sort(ENDPOINT_ORDER);
    }

    /** The instance stands in the view from now on; takes from here what was said of it. */
    InstanceView join(Assignment assignment, long generation, ServiceSpec spec) {
        Said said = said(assignment.host());
        InstanceView joined = new InstanceView(
                assignment, generation, spec, said.status().filter(told -> told.generation() == generation), endpoints, said.container(), said.failures());
        byHost.remove(assignment.host());
        endpoints.clear();
        this.assignment = null;
        return joined;
    }

    /** The instance's assignment is gone: its other keys go by themselves. */
    void part(InstanceView instance) {
        endpoints.addAll(instance.endpoints());
        say(instance.host(), new Said(instance.status(), instance.container(), instance.failures()));
    }

    boolean isEmpty() {
        return assignment == null && endpoints.isEmpty() && byHost.isEmpty();
    }

    private Said said(String host) {
        return byHost.getOrDefault(host, Said.NOTHING);
    }

    private void say(String host, Said said) {
        if (said.equals(Said.NOTHING)) byHost.remove(host);
        else byHost.put(host, said);
    }
}
