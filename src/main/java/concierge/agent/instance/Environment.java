package concierge.agent.instance;

import concierge.model.Assignment;
import concierge.model.ServiceSpec;
import java.util.SortedMap;
import java.util.TreeMap;

/** The variables that an instance gets: the specification's, over them the links', over them its identity. */
public final class Environment {
    private Environment() {}

    public static SortedMap<String, String> of(Assignment assignment, ServiceSpec spec) {
        SortedMap<String, String> all = new TreeMap<>(spec.environment());
        all.putAll(assignment.links());
        var instance = assignment.instance();
        all.put("VIKING_ID", instance.path());
        all.put("VIKING_STACK", instance.service().stack());
        all.put("VIKING_TAG", instance.service().tag());
        all.put("VIKING_NAME", instance.service().service());
        all.put("VIKING_PID", spec.pinned() ? "fixed" : Integer.toString(instance.n()));
        return all;
    }
}
