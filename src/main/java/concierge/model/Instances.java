package concierge.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The allocated instances of one service, in the order of their numbers. Immutable. What the planner asks
 * of each of a million, most of which did not change, stands in columns beside them: to follow the pointers
 * of an instance costs a cache miss a field. A place is a position in that order, from 0.
 */
public final class Instances implements Iterable<InstanceView> {
    public static final Instances NONE = new Instances(new int[0], new InstanceView[0], new String[0], new byte[0], null);

    private static final InstanceState[] STATES = InstanceState.values();

    /** In {@link #facts}, above the state. */
    private static final int STOPPING = 1 << 6;

    private final int[] numbers;
    private final InstanceView[] views;
    private final String[] hosts;
    private final byte[] facts;
    private final @Nullable Assignment alike;

    private Instances(int[] numbers, InstanceView[] views, String[] hosts, byte[] facts, @Nullable Assignment alike) {
        this.numbers = numbers;
        this.views = views;
        this.hosts = hosts;
        this.facts = facts;
        this.alike = alike;
    }

    public static Instances of(Collection<InstanceView> instances) {
        TreeMap<Integer, @Nullable InstanceView> all = new TreeMap<>();
        for (InstanceView instance : instances) all.put(instance.id().n(), instance);
        return NONE.with(all);
    }

    /** With one number's instance put, or taken out where it is null. */
    public Instances with(int n, @Nullable InstanceView instance) {
        TreeMap<Integer, @Nullable InstanceView> one = new TreeMap<>();
        one.put(n, instance);
        return with(one);
    }

    /** With these numbers' instances put, or taken out where they are null. Does not look at the others. */
    public Instances with(SortedMap<Integer, ? extends @Nullable InstanceView> changes) {
        if (changes.isEmpty()) return this;
        Merge merge = new Merge(size() + changes.size());
        int at = 0;
        for (var change : changes.entrySet()) {
            int n = change.getKey();
            for (; at < size() && numbers[at] < n; at++) merge.keep(this, at);
            if (at < size() && numbers[at] == n) at++;
            InstanceView instance = change.getValue();
            if (instance != null) merge.put(n, instance);
        }
        for (; at < size(); at++) merge.keep(this, at);
        return merge.merged(changes.values(), alike);
    }

    public int size() {
        return numbers.length;
    }

    public boolean isEmpty() {
        return numbers.length == 0;
    }

    public boolean contains(int n) {
        return Arrays.binarySearch(numbers, n) >= 0;
    }

    public @Nullable InstanceView find(int n) {
        int at = Arrays.binarySearch(numbers, n);
        return at < 0 ? null : views[at];
    }

    public List<InstanceView> values() {
        return Collections.unmodifiableList(Arrays.asList(views));
    }

    @Override
    public Iterator<InstanceView> iterator() {
        return values().iterator();
    }

    public InstanceView at(int place) {
        return views[place];
    }

    public String host(int place) {
        return hosts[place];
    }

    public InstanceState state(int place) {
        return STATES[facts[place] & STOPPING - 1];
    }

    public boolean isStopping(int place) {
        return (facts[place] & STOPPING) != 0;
    }

    /** The assignment of one of them, where all have its specification, epoch and links; else null. */
    public @Nullable Assignment alike() {
        return alike;
    }

    private static boolean areAlike(Assignment one, Assignment other) {
        return one.epoch() == other.epoch() && one.spec().equals(other.spec()) && one.links().equals(other.links());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Instances that && Arrays.equals(views, that.views);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(views);
    }

    @Override
    public String toString() {
        return Arrays.toString(views);
    }

    /** The next instances in the making. */
    private static final class Merge {
        private final int[] numbers;
        private final InstanceView[] views;
        private final String[] hosts;
        private final byte[] facts;
        private int size;

        Merge(int most) {
            numbers = new int[most];
            views = new InstanceView[most];
            hosts = new String[most];
            facts = new byte[most];
        }

        void keep(Instances from, int at) {
            numbers[size] = from.numbers[at];
            views[size] = from.views[at];
            hosts[size] = from.hosts[at];
            facts[size++] = from.facts[at];
        }

        void put(int n, InstanceView instance) {
            numbers[size] = n;
            views[size] = instance;
            hosts[size] = instance.host();
            facts[size++] = (byte) (instance.state().ordinal() | (instance.isStopping() ? STOPPING : 0));
        }

        Instances merged(Collection<? extends @Nullable InstanceView> changed, @Nullable Assignment before) {
            if (size == 0) return NONE;
            // Where they differed, the one that did may be gone: then all have to be looked at.
            @Nullable Assignment alike = before == null
                    ? alike(views[0].assignment(), Arrays.asList(views).subList(0, size))
                    : alike(before, changed);
            if (size == numbers.length) return new Instances(numbers, views, hosts, facts, alike);
            return new Instances(
                    Arrays.copyOf(numbers, size), Arrays.copyOf(views, size), Arrays.copyOf(hosts, size), Arrays.copyOf(facts, size), alike);
        }

        private static @Nullable Assignment alike(Assignment one, Collection<? extends @Nullable InstanceView> others) {
            for (InstanceView other : others) if (other != null && !areAlike(one, other.assignment())) return null;
            return one;
        }
    }
}
