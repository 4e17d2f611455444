package concierge.executor;

import concierge.model.HostNode;
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

    record Cluster(List<HostNode> nodes) {
        public Cluster {
            nodes = nodes.stream().sorted(Comparator.comparing(HostNode::name)).toList();
        }

        /** Of all that may be given instances. */
        public Resources capacity() {
            Resources sum = Resources.NONE;
            for (HostNode node : nodes) if (node.usable()) sum = sum.plus(node.capacity());
            return sum;
        }

        /** Managers first: what others talk to. */
        public List<String> addresses() {
            List<String> addresses = new ArrayList<>();
            for (HostNode node : nodes) if (node.manager() && !node.address().isEmpty()) addresses.add(node.address());
            for (HostNode node : nodes) if (!node.manager() && !node.address().isEmpty()) addresses.add(node.address());
            return addresses;
        }

        /** What at least one usable node has. */
        public Set<String> tags() {
            Set<String> tags = new TreeSet<>();
            for (HostNode node : nodes) if (node.usable()) tags.addAll(node.tags());
            return tags;
        }
    }
}
