package concierge.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A host and what stands on it.
 *
 * @param record empty: its lease is gone, or it never came yet; only its assignments tell of it
 * @param lost the leader gave it up; its instances are planned elsewhere
 * @param stopped so long ago that what {@link ServiceSpec#stopsWhenLost stops when lost} has stopped there
 * @param used the sum of the resources of all instances there that {@link InstanceView#occupies occupy}
 *     it, stopping ones included
 * @param instances how many occupy it
 * @param hostPorts fixed host ports ({@code 8080/tcp}) that those use, and by whom
 */
public record HostView(
        String name,
        Optional<HostRecord> record,
        boolean lost,
        boolean stopped,
        Resources used,
        int instances,
        SortedMap<String, InstanceId> hostPorts) {
    public HostView {
        hostPorts = Collections.unmodifiableSortedMap(hostPorts);
    }

    /** One whose lost instances may run on. */
    public HostView(
            String name, Optional<HostRecord> record, boolean lost, Resources used, int instances, SortedMap<String, InstanceId> hostPorts) {
        this(name, record, lost, false, used, instances, hostPorts);
    }

    public static HostView empty(String name) {
        return new HostView(name, Optional.empty(), false, Resources.NONE, 0, new TreeMap<>());
    }

    public boolean isPresent() {
        return record.isPresent() && !lost;
    }
}
