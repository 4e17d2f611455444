package concierge.plan;

import concierge.model.ExecutorKind;

/**
 * Deals hosts to the instances of one service: first to hosts that have none of it, then to those that
 * have one, and so on; of these the best by the index. Holds its index exclusively until {@link #end}.
 */
final class Spread {
    private final HostTable table;
    private final HostIndex index;
    private final Request request;
    private final Counts counts;
    private final int from;
    /** Hosts with more of the service than this are passed over for now. */
    private int level;

    private boolean exhausted;

    Spread(HostTable table, Request request, Counts counts) {
        this.table = table;
        this.request = request;
        this.counts = counts;
        this.index = table.index(request.kind());
        index.sync();
        from = table.logEnd();
    }

    /**
     * The next host, or {@link HostIndex#NONE}; then none will come.
     *
     * @param avoided a row that is not to be dealt now; {@link HostTable#NO_ROW} for none
     */
    int next(int avoided) {
        while (!exhausted) {
            int row = index.best(request.resources().cpuMillis(), request.resources().memoryBytes());
            if (row == HostIndex.NONE) rise(avoided);
            // Most hosts have nothing of the service: to take one out only when it comes up is cheaper.
            else if (row != avoided && counts.of(row) <= level && hasPorts(row)) return row;
            else index.exclude(row);
        }
        return HostIndex.NONE;
    }

    private void rise(int avoided) {
        level++;
        exhausted = request.uniqueHost() || level > counts.highest() || !index.hasExcluded();
        if (!exhausted) index.readmit(row -> counts.of(row) <= level && row != avoided);
    }

    /** What a host that was dealt runs it by. */
    ExecutorKind executor(int row) {
        return index.executor(row);
    }

    private boolean hasPorts(int row) {
        for (String port : request.ports()) if (table.portHolder(row, port) != null) return false;
        return true;
    }

    /** An instance of the service was put there. */
    void taken(int row) {
        index.refreshRow(row);
    }

    void end() {
        index.readmitAll();
        index.caughtUp(from);
    }
}
