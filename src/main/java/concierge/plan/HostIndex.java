package concierge.plan;

import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that suit one kind of request, as a tournament: each inner node knows the least busy host
 * below it and the most CPU and memory that any host below it has free. Finding the least busy host with
 * enough room and updating one host both cost the height of the tree (14 for 10,000 hosts). Follows the
 * table's log lazily, so an index that is not asked costs nothing.
 */
final class HostIndex {
    static final int NONE = -1;

    /** A position before every log. */
    private static final int OUTRUN = -1;

    private final HostTable table;
    /** Leaf to row, ascending: of equally busy hosts the one with the first name wins. */
    private final int[] rows;

    private final int[] leafOf;
    private final ExecutorKind[] executors;
    /** What counts before busyness: less preferred executors, then missing preferred tags. */
    private final int[] penalty;

    private final int width;
    private final long[] key;
    private final int[] winner;
    private final long[] freeCpu;
    private final long[] freeMemory;
    private final boolean[] excluded;
    private int[] excludedLeaves = new int[16];
    private int excludedCount;
    private int position;

    HostIndex(HostTable table, Request.Kind kind) {
        this.table = table;
        int count = 0;
        int[] suiting = new int[table.size()];
        leafOf = new int[table.size()];
        Arrays.fill(leafOf, NONE);
        for (int row = 0; row < table.size(); row++) {
            if (refusal(table, row, kind) != null) continue;
            leafOf[row] = count;
            suiting[count++] = row;
        }
        rows = Arrays.copyOf(suiting, count);
        executors = new ExecutorKind[count];
        penalty = new int[count];
        for (int leaf = 0; leaf < count; leaf++) {
            executors[leaf] = Objects.requireNonNull(table.executor(rows[leaf], kind.executors()));
            penalty[leaf] = penalty(table, rows[leaf], kind);
        }
        width = Math.max(1, Integer.highestOneBit(Math.max(1, count - 1)) * (count > 1 ? 2 : 1));
        key = new long[count];
        winner = new int[2 * width];
        Arrays.fill(winner, NONE);
        freeCpu = new long[2 * width];
        freeMemory = new long[2 * width];
        Arrays.fill(freeCpu, -1);
        Arrays.fill(freeMemory, -1);
        excluded = new boolean[count];
        rebuild();
    }

    /** What a host's record refuses a kind of request; null: it suits. */
    static @Nullable Refusal refusal(HostTable table, int row, Request.Kind kind) {
        if (table.view(row).lost()) return new Refusal.Lost();
        if (table.view(row).record().isEmpty()) return new Refusal.Away();
        HostRecord record = table.view(row).record().get();
        if (record.cordoned()) return new Refusal.Cordoned();
        return recordRefusal(record, kind);
    }

    /** The part of {@link #refusal} that holds for what stood there before, too. */
    static @Nullable Refusal recordRefusal(HostRecord record, Request.Kind kind) {
        boolean runs = false;
        for (ExecutorKind executor : kind.executors()) runs |= record.executors().contains(executor);
        if (!runs) return new Refusal.NoExecutor(kind.executors());
        for (String tag : kind.needed()) if (!record.tags().contains(tag)) return new Refusal.NoTag(tag);
        return null;
    }

    static int penalty(HostTable table, int row, Request.Kind kind) {
        HostRecord record = table.view(row).record().orElseThrow();
        List<ExecutorKind> wanted = kind.executors();
        int place = 0;
        while (!record.executors().contains(wanted.get(place))) place++;
        int missing = 0;
        for (String tag : kind.preferred()) if (!record.tags().contains(tag)) missing++;
        return Math.min(place * (kind.preferred().size() + 1) + missing, 255);
    }

    /** What hosts are ordered by, smaller first: penalty, then how busy it is. */
    static long key(HostTable table, int row, int penalty) {
        return (long) penalty << 54 | table.busy(row);
    }

    /** Catches up with the table. */
    void sync() {
        int behind = table.logEnd() - position;
        if (behind == 0) return;
        if (position == OUTRUN || behind > rows.length / 4) rebuild();
        else for (int i = position; i < table.logEnd(); i++) refreshRow(table.logged(i));
        position = table.logEnd();
    }

    private void rebuild() {
        for (int leaf = 0; leaf < rows.length; leaf++) fillLeaf(leaf);
        for (int node = width - 1; node >= 1; node--) combine(node);
        position = table.logEnd();
    }

    private void fillLeaf(int leaf) {
        int node = width + leaf;
        if (excluded[leaf]) {
            winner[node] = NONE;
            freeCpu[node] = -1;
            freeMemory[node] = -1;
            return;
        }
        int row = rows[leaf];
        key[leaf] = key(table, row, penalty[leaf]);
        winner[node] = leaf;
        freeCpu[node] = table.freeCpu(row);
        freeMemory[node] = table.freeMemory(row);
    }

    private void combine(int node) {
        int left = 2 * node;
        int right = left + 1;
        winner[node] = better(winner[left], winner[right]);
        freeCpu[node] = Math.max(freeCpu[left], freeCpu[right]);
        freeMemory[node] = Math.max(freeMemory[left], freeMemory[right]);
    }

    private int better(int left, int right) {
        if (left == NONE) return right;
        if (right == NONE) return left;
        long difference = key[left] - key[right];
        if (difference != 0) return difference < 0 ? left : right;
        return Math.min(left, right);
    }

    private void refresh(int leaf) {
        fillLeaf(leaf);
        for (int node = (width + leaf) >> 1; node >= 1; node >>= 1) combine(node);
    }

    void refreshRow(int row) {
        int leaf = leafOf[row];
        if (leaf != NONE) refresh(leaf);
    }

    /** The executor that a host of this index would use. */
    ExecutorKind executor(int row) {
        return executors[leafOf[row]];
    }

    boolean contains(int row) {
        return leafOf[row] != NONE;
    }

    /** The row of the best host with that much free, or {@link #NONE}; excluded ones apart. */
    int best(long cpu, long memory) {
        int leaf = search(1, NONE, cpu, memory);
        return leaf == NONE ? NONE : rows[leaf];
    }

    /** The best of {@code found} and what is below {@code node}. */
    private int search(int node, int found, long cpu, long memory) {
        int candidate = winner[node];
        if (candidate == NONE || better(found, candidate) == found && found != NONE) return found;
        if (lacks(freeCpu[node], cpu) || lacks(freeMemory[node], memory)) return found;
        int leafNode = width + candidate;
        if (!lacks(freeCpu[leafNode], cpu) && !lacks(freeMemory[leafNode], memory)) return candidate;
        if (node >= width) return found;
        int first = winner[2 * node] == candidate ? 2 * node : 2 * node + 1;
        return search(first ^ 1, search(first, found, cpu, memory), cpu, memory);
    }

    /** What asks for nothing fits everywhere, an overfull host included. */
    private static boolean lacks(long free, long needed) {
        return needed > 0 && free < needed;
    }

    /** Takes a host out until {@link #readmit} or {@link #readmitAll}. */
    void exclude(int row) {
        int leaf = leafOf[row];
        if (leaf == NONE || excluded[leaf]) return;
        excluded[leaf] = true;
        if (excludedCount == excludedLeaves.length) excludedLeaves = Arrays.copyOf(excludedLeaves, 2 * excludedCount);
        excludedLeaves[excludedCount++] = leaf;
        refresh(leaf);
    }

    boolean hasExcluded() {
        return excludedCount > 0;
    }

    /** Takes in again the excluded hosts that are allowed. */
    void readmit(IntPredicate allowed) {
        int kept = 0;
        for (int i = 0; i < excludedCount; i++) {
            int leaf = excludedLeaves[i];
            if (allowed.test(rows[leaf])) excluded[leaf] = false;
            else excludedLeaves[kept++] = leaf;
            if (!excluded[leaf]) refresh(leaf);
        }
        excludedCount = kept;
    }

    void readmitAll() {
        for (int i = 0; i < excludedCount; i++) {
            excluded[excludedLeaves[i]] = false;
            refresh(excludedLeaves[i]);
        }
        excludedCount = 0;
    }

    /** The table's log starts anew, maybe without rows that this index has not seen. */
    void outrun() {
        position = OUTRUN;
    }

    /** Says that all rows logged since {@code from} were refreshed here already. */
    void caughtUp(int from) {
        if (position == from) position = table.logEnd();
    }
}
