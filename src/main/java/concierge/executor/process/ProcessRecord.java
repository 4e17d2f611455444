package concierge.executor.process;

import concierge.model.Digest;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an instance was made with, kept in its folder (mode 600: the environment may hold secrets).
 *
 * @param instance its path
 * @param name what people see it under
 * @param environment the whole environment of its command, marker and ports included
 * @param ports exposed port ({@code 80/tcp}) to host port
 * @param prefix what stands before a command to run it as the service's user; empty: as the server's
 * @param groups control groups that hold its limits
 */
record ProcessRecord(
        String installation,
        String instance,
        long generation,
        Digest digest,
        String name,
        String directory,
        SortedMap<String, String> environment,
        String bind,
        SortedMap<String, Integer> ports,
        List<String> prefix,
        List<String> groups) {
    /** Every process of ours carries it; the value names installation, instance and generation. */
    static final String MARKER = "CONCIERGE_PROCESS";

    ProcessRecord {
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
        prefix = List.copyOf(prefix);
        groups = List.copyOf(groups);
    }

    static String markerValue(String installation, String instance, long generation) {
        return installation + "/" + instance + "/" + generation;
    }

    /** The value of {@link #MARKER} in its environment. */
    String marker() {
        return markerValue(installation, instance, generation);
    }
}
