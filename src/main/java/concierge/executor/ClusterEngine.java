package concierge.executor;

import concierge.model.Resources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The optional ability of an engine that places instances on several machines by itself: to tell of them. */
public interface ClusterEngine {
    /**
     * As it is now. Blocking, from any thread.
     *
     * @throws ExecutorException when it cannot be asked
     */
    Cluster cluster();

    /**
     * @param address where its published ports are reached
     * @param usable it is up and may be given instances
     * @param said what is wrong with it, or keeps it from being used, in the engine's words; empty: nothing
     */
    record Node(String name, String address, boolean manager, boolean usable, String said, Resources capacity, Set<String> tags) {
        public Node {
            tags = Set.copyOf(tags);
        }
    }

    record Cluster(List<Node> nodes) {
        public Cluster {
            nodes = nodes.stream().sorted(Comparator.comparing(Node::name)).toList();
        }

        /** Of all that may be given instances. */
        public Resources capacity() {
            Resources sum = Resources.NONE;
            for (Node node : nodes) if (node.usable()) sum = sum.plus(node.capacity());
            return sum;
        }

        /** What one instance can have at most. */
        public Resources largest() {
            long cpu = 0;
            long memory = 0;
            for (Node node : nodes) {
                if (!node.usable()) continue;
                cpu = Math.max(cpu, node.capacity().cpuMillis());
                memory = Math.max(memory, node.capacity().memoryBytes());
            }
            return new Resources(cpu, memory);
        }

        /** Managers first: what others talk to. */
        public List<String> addresses() {
            List<String> addresses = new ArrayList<>();
            for (Node node : nodes) if (node.manager() && !node.address().isEmpty()) addresses.add(node.address());
            for (Node node : nodes) if (!node.manager() && !node.address().isEmpty()) addresses.add(node.address());
            return addresses;
        }

        /** What at least one usable node has. */
        public Set<String> tags() {
            Set<String> tags = new TreeSet<>();
            for (Node node : nodes) if (node.usable()) tags.addAll(node.tags());
            return tags;
        }
    }
}
