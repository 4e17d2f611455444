package concierge.plan;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.SharedMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of a view as flat arrays; a row is a host, rows are in the order of names. What a pass takes
 * and frees is written here and undone when the next view is loaded, which costs what differs. A cache and
 * nothing else: a fresh table of the same view holds the same.
 */
final class HostTable {
    static final int NO_ROW = -1;

    private SharedMap<String, HostView> loaded = SharedMap.empty();
    private Rows rows = new Rows(List.of());
    private HostView[] views = new HostView[0];
    private long[] cpuCapacity = {};
    private long[] memoryCapacity = {};
    /** What one instance can have at most; 0: all of it. */
    private long[] cpuLargest = {};
    private long[] memoryLargest = {};
    private long[] cpuUsed = {};
    private long[] memoryUsed = {};
    private int[] instances = {};
    /** How many hosts are lost. */
    private int lost;
    /** How many are draining. */
    private int draining;

    /** Rows whose use changed, oldest first: the indexes follow it. Rows may repeat. */
    private int[] log = new int[64];

    private int logEnd;
    /** Up to here the log is of former passes; what follows is this pass's and will be undone. */
    private int passStart;

    /** Fixed ports taken (present) or freed (empty) by this pass, by row. */
    private final Map<Integer, Map<String, Optional<InstanceId>>> portChanges = new HashMap<>();

    private final Map<Request.Kind, HostIndex> indexes = new HashMap<>();

    /** Makes the table that of these hosts, with nothing taken. */
    void load(SharedMap<String, HostView> hosts) {
        undoPass();
        if (hosts == loaded) return;
        boolean[] shapeChanged = {false};
        List<HostView> changed = new ArrayList<>();
        hosts.forEachChange(loaded, (name, view) -> {
            if (view == null || rows.of(name) == NO_ROW) shapeChanged[0] = true;
            else changed.add(view);
        });
        loaded = hosts;
        if (shapeChanged[0]) {
            rebuild(hosts);
            return;
        }
        for (HostView view : changed) reload(view);
    }

    private void undoPass() {
        portChanges.clear();
        int end = logEnd;
        for (int i = passStart; i < end; i++) fill(log[i]);
        // The indexes have to see the undone rows too; past the log's bound they had better read all rows again.
        if (2 * end - passStart > 4 * Math.max(views.length, 1024)) forgetLog();
        else for (int i = passStart; i < end; i++) append(log[i]);
        passStart = logEnd;
    }

    private void forgetLog() {
        logEnd = 0;
        for (HostIndex index : indexes.values()) index.outrun();
    }

    private void forgetIndexes() {
        indexes.clear();
        logEnd = 0;
        passStart = 0;
    }

    private void rebuild(SharedMap<String, HostView> hosts) {
        List<String> names = hosts.sortedKeys();
        int size = names.size();
        rows = new Rows(names);
        views = new HostView[size];
        cpuCapacity = new long[size];
        memoryCapacity = new long[size];
        cpuLargest = new long[size];
        memoryLargest = new long[size];
        cpuUsed = new long[size];
        memoryUsed = new long[size];
        instances = new int[size];
        lost = 0;
        draining = 0;
        for (int row = 0; row < size; row++) {
            String name = names.get(row);
            views[row] = Objects.requireNonNull(hosts.find(name));
            if (views[row].lost()) lost++;
            if (isDraining(views[row])) draining++;
            fill(row);
        }
        forgetIndexes();
    }

    private void reload(HostView view) {
        int row = row(view.name());
        HostView before = views[row];
        views[row] = view;
        lost += (view.lost() ? 1 : 0) - (before.lost() ? 1 : 0);
        draining += (isDraining(view) ? 1 : 0) - (isDraining(before) ? 1 : 0);
        fill(row);
        if (before.lost() != view.lost() || !before.record().equals(view.record())) forgetIndexes();
        else append(row);
        passStart = logEnd;
    }

    private void fill(int row) {
        HostView view = views[row];
        Resources capacity = view.record().map(HostRecord::capacity).orElse(Resources.NONE);
        cpuCapacity[row] = capacity.cpuMillis();
        memoryCapacity[row] = capacity.memoryBytes();
        Resources largest = views[row].record().map(HostRecord::largest).orElse(Resources.NONE);
        cpuLargest[row] = largest.cpuMillis();
        memoryLargest[row] = largest.memoryBytes();
        cpuUsed[row] = view.used().cpuMillis();
        memoryUsed[row] = view.used().memoryBytes();
        instances[row] = view.instances();
    }

    private void append(int row) {
        if (logEnd == log.length) log = Arrays.copyOf(log, 2 * log.length);
        log[logEnd++] = row;
    }

    int size() {
        return views.length;
    }

    /** The row of a host; {@link #NO_ROW} for one that the view does not know. */
    int row(String host) {
        return rows.of(host);
    }

    String name(int row) {
        return views[row].name();
    }

    HostView view(int row) {
        return views[row];
    }

    boolean isLost(int row) {
        return row != NO_ROW && views[row].lost();
    }

    /** Mostly no host is lost, and then nobody needs to look his up. */
    boolean isLost(String host) {
        return lost > 0 && isLost(row(host));
    }

    /** Whether what stops when lost has stopped on a lost host. */
    boolean hasStopped(String host) {
        int row = row(host);
        return row != NO_ROW && views[row].stopped();
    }

    private static boolean isDraining(HostView view) {
        return view.record().filter(HostRecord::draining).isPresent();
    }

    /** Whether any host is to be emptied. */
    boolean drains() {
        return draining > 0;
    }

    boolean isDraining(String host) {
        int row = drains() ? row(host) : NO_ROW;
        return row != NO_ROW && isDraining(views[row]);
    }

    int instances(int row) {
        return instances[row];
    }

    int logEnd() {
        return logEnd;
    }

    int logged(int position) {
        return log[position];
    }

    /** Counts one more instance on a host. */
    void take(int row, ServiceSpec spec, List<String> ports, InstanceId by) {
        cpuUsed[row] += spec.resources().cpuMillis();
        memoryUsed[row] += spec.resources().memoryBytes();
        instances[row]++;
        for (String port : ports) portChanges.computeIfAbsent(row, _ -> new HashMap<>()).put(port, Optional.of(by));
        append(row);
    }

    /** Counts one instance less on its host, if it counted. */
    void free(InstanceView instance) {
        int row = row(instance.host());
        if (row == NO_ROW || !instance.occupies()) return;
        cpuUsed[row] -= instance.spec().resources().cpuMillis();
        memoryUsed[row] -= instance.spec().resources().memoryBytes();
        instances[row]--;
        for (String port : Request.hostPorts(instance.spec())) {
            if (instance.id().equals(portHolder(row, port))) {
                portChanges.computeIfAbsent(row, _ -> new HashMap<>()).put(port, Optional.empty());
            }
        }
        append(row);
    }

    /** One instance that needs so much, and no fixed port, stands elsewhere. */
    void move(int from, int to, Resources needs) {
        for (int row : new int[] {from, to}) {
            int sign = row == to ? 1 : -1;
            cpuUsed[row] += sign * needs.cpuMillis();
            memoryUsed[row] += sign * needs.memoryBytes();
            instances[row] += sign;
            append(row);
        }
    }

    /** Undoes {@link #free}. */
    void takeAgain(InstanceView instance) {
        int row = row(instance.host());
        if (row == NO_ROW || !instance.occupies()) return;
        List<String> ports = Request.hostPorts(instance.spec()).stream()
                .filter(port -> portHolder(row, port) == null)
                .toList();
        take(row, instance.spec(), ports, instance.id());
    }

    @Nullable InstanceId portHolder(int row, String port) {
        Map<String, Optional<InstanceId>> changes = portChanges.get(row);
        Optional<InstanceId> changed = changes == null ? null : changes.get(port);
        return changed != null ? changed.orElse(null) : views[row].hostPorts().get(port);
    }

    /** For one instance. */
    long freeCpu(int row) {
        return free(cpuCapacity[row], cpuUsed[row], cpuLargest[row]);
    }

    /** For one instance. */
    long freeMemory(int row) {
        return free(memoryCapacity[row], memoryUsed[row], memoryLargest[row]);
    }

    private static long free(long capacity, long used, long largest) {
        long free = capacity == 0 ? Long.MAX_VALUE : capacity - used;
        return largest == 0 ? free : Math.min(free, largest);
    }

    /** The larger used fraction of CPU and memory, if so much more of both were used; what is unlimited is never used. */
    double share(int row, long moreCpu, long moreMemory) {
        double cpu = cpuCapacity[row] == 0 ? 0 : (double) (cpuUsed[row] + moreCpu) / cpuCapacity[row];
        double memory = memoryCapacity[row] == 0 ? 0 : (double) (memoryUsed[row] + moreMemory) / memoryCapacity[row];
        return Math.max(cpu, memory);
    }

    /** Whether what is needed is bounded there, so that it counts in {@link #share}. */
    boolean measures(int row, Resources needs) {
        return needs.cpuMillis() > 0 && cpuCapacity[row] > 0 || needs.memoryBytes() > 0 && memoryCapacity[row] > 0;
    }

    /** What the instances there ask for. */
    Resources used(int row) {
        return new Resources(cpuUsed[row], memoryUsed[row]);
    }

    /**
     * How busy a host is, for comparison: the larger used fraction, then the number of instances. Each
     * instance counts as at least 1/1024 of the host, so that those that ask for nothing do not all go to
     * the one host that is a little less used.
     */
    long busy(int row) {
        long fraction = (long) (share(row, 0, 0) * (1 << 22)) + ((long) instances[row] << 12);
        return Math.min(fraction, (1L << 34) - 1) << 20 | Math.min(instances[row], (1 << 20) - 1);
    }

    /** Whether a host can take it by its record alone; the executor it would use, or null. */
    @Nullable ExecutorKind executor(int row, List<ExecutorKind> allowed) {
        Optional<HostRecord> record = views[row].record();
        if (record.isEmpty()) return null;
        for (ExecutorKind kind : allowed) if (record.get().executors().contains(kind)) return kind;
        return null;
    }

    HostIndex index(Request.Kind kind) {
        return indexes.computeIfAbsent(kind, wanted -> new HostIndex(this, wanted));
    }
}
