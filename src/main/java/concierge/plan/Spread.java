package concierge.plan;

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
    /** Hosts with more of the service than this are excluded. */
    private int level;

    private boolean exhausted;

    Spread(HostTable table, Request request, Counts counts) {
        this.table = table;
        this.request = request;
        this.counts = counts;
        this.index = table.index(request.kind());
        index.sync();
        from = table.logEnd();
        counts.forEachRow(index::exclude);
    }

    /** The next host, or {@link HostIndex#NONE}; then none will come. */
    int next() {
        while (!exhausted) {
            int row = index.best(request.resources().cpuMillis(), request.resources().memoryBytes());
            if (row == HostIndex.NONE) rise();
            else if (hasPorts(row)) return row;
            else index.exclude(row);
        }
        return HostIndex.NONE;
    }

    private void rise() {
        level++;
        exhausted = request.uniqueHost() || level > counts.highest();
        if (!exhausted) index.readmit(row -> counts.of(row) <= level);
    }

    private boolean hasPorts(int row) {
        for (String port : request.ports()) if (table.portHolder(row, port) != null) return false;
        return true;
    }

    /** Deals a host no more: an instance of the service was put there, or shall not be. */
    void exclude(int row) {
        index.exclude(row);
    }

    void end() {
        index.readmitAll();
        index.caughtUp(from);
    }
}
