package concierge.plan;

import concierge.model.Instances;
import concierge.model.ServiceView;
import java.util.Arrays;

/** How many instances of one service occupy each host; the arrays serve one service after the other. */
final class Counts {
    private static final int[] NOWHERE = {};

    private final HostTable table;
    private final int[] count;
    private int[] rows = new int[16];
    private int size;
    private int highest;

    Counts(HostTable table) {
        this.table = table;
        this.count = new int[table.size()];
    }

    void load(ServiceView service) {
        load(occupied(table, service));
    }

    /** @param occupied a row for each instance, as {@link #occupied} tells them */
    void load(int[] occupied) {
        for (int i = 0; i < size; i++) count[rows[i]] = 0;
        size = 0;
        highest = 0;
        for (int row : occupied) add(row);
    }

    /** The hosts that instances of a service occupy, once for each. */
    static int[] occupied(HostTable table, ServiceView service) {
        Instances instances = service.instances();
        if (instances.isEmpty()) return NOWHERE;
        int[] occupied = new int[instances.size()];
        int size = 0;
        for (int at = 0; at < occupied.length; at++) {
            int row = table.row(instances.host(at));
            if (row != HostTable.NO_ROW && !instances.state(at).isFinal()) occupied[size++] = row;
        }
        return size == occupied.length ? occupied : Arrays.copyOf(occupied, size);
    }

    void add(int row) {
        if (count[row]++ == 0) {
            if (size == rows.length) rows = Arrays.copyOf(rows, 2 * size);
            rows[size++] = row;
        }
        highest = Math.max(highest, count[row]);
    }

    /** Takes back one {@link #add}, for a moment only. */
    void lend(int row, int difference) {
        count[row] += difference;
    }

    int of(int row) {
        return count[row];
    }

    int highest() {
        return highest;
    }
}
