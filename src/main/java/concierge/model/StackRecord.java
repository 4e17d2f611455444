package concierge.model;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A stack, under {@code /stacks/<stack>}.
 *
 * @param primary the tag that the domains belong to: the last one deployed without {@code --beside}, as soon as all of it was ready
 * @param files the digest of the stack file, by tag
 */
public record StackRecord(String name, String comment, List<String> require, String primary, SortedMap<String, Digest> files) {
    public StackRecord {
        Names.requireStack(name);
        require = List.copyOf(require);
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    public StackRecord withPrimary(String tag) {
        return new StackRecord(name, comment, require, tag, files);
    }
}
