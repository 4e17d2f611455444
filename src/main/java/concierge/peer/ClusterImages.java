package concierge.peer;

import concierge.executor.ClusterNode;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageTransfer;
import concierge.executor.NodeImages;
import concierge.image.Images;
import concierge.state.BuiltOn;
import concierge.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Built images for a cluster whose engines fetch from registries alone: by the name under which one was pushed; else each
 * node's engine is made to have it by the agent that serves that engine, as it would fetch it for itself. Nodes that
 * nobody of ours serves are left out. Thread-safe.
 */
public final class ClusterImages implements NodeImages {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterImages.class);

    /** Nodes that fetch one image at the same time: those that give it give to no more. */
    private static final int AT_ONCE = PeerLimits.IMAGES_GIVEN;

    private final Directory directory;
    private final Optional<Peers> peers;
    private final List<Executor> own;
    /** One at a time looks for one image. */
    private final ConcurrentMap<String, Object> turns = new ConcurrentHashMap<>();
    private final Map<String, Looked> looked = new ConcurrentHashMap<>();

    /** What a look found out; it is looked again for other nodes, and for those that lack it after {@link PeerLimits#LACKING}. */
    private record Looked(Set<String> there, SortedMap<String, String> lacking, long at) {
        boolean covers(Set<String> nodes) {
            boolean fresh = lacking.isEmpty() || System.nanoTime() - at < PeerLimits.LACKING.toNanos();
            return fresh && nodes.stream().allMatch(node -> there.contains(node) || lacking.containsKey(node));
        }
    }

    /**
     * @param peers empty: other hosts cannot be asked
     * @param own executors of this process
     */
    public ClusterImages(Directory directory, Optional<Peers> peers, List<Executor> own) {
        this.directory = directory;
        this.peers = peers;
        this.own = List.copyOf(own);
    }

    @Override
    public Placed place(String image, Map<String, String> nodes, Consumer<String> progress) {
        if (!Images.isBuilt(image)) return Placed.everywhere(image);
        Optional<String> pushed = directory.built(image).flatMap(BuiltOn::pushed);
        if (pushed.isPresent()) return Placed.everywhere(pushed.get());
        Looked found;
        synchronized (turns.computeIfAbsent(image, _ -> new Object())) {
            found = looked.get(image);
            if (found == null || !found.covers(nodes.keySet())) {
                found = look(image, nodes, progress);
                looked.put(image, found);
            }
        }
        SortedMap<String, String> lacking = new TreeMap<>(found.lacking());
        lacking.keySet().retainAll(nodes.keySet());
        if (lacking.size() == nodes.size()) throw missing(image, lacking);
        return new Placed(image, lacking);
    }

    @Override
    public void missed(String image) {
        looked.remove(image);
    }

    private static ExecutorException missing(String image, SortedMap<String, String> lacking) {
        return new ExecutorException(Kind.imageMissing, "image: " + image + " was built, and no registry has it; no node of the Swarm can have it: "
                + (lacking.isEmpty() ? "none may be given tasks" : String.join("; ", lacking.values()))
                + " (expected: images.registry in the servers' configuration, or an agent of this installation with the executor docker on the nodes)");
    }

    private Looked look(String image, Map<String, String> nodes, Consumer<String> progress) {
        Map<String, Source> engines = engines();
        SortedMap<String, String> lacking = new TreeMap<>();
        Set<String> there = ConcurrentHashMap.newKeySet();
        Map<String, String> failures = new ConcurrentHashMap<>();
        Semaphore places = new Semaphore(AT_ONCE);
        List<Thread> fetching = new ArrayList<>();
        nodes.forEach((node, name) -> {
            Source engine = engines.get(node);
            if (engine == null) {
                lacking.put(node, "node " + name + ": no agent of this installation serves its engine");
                return;
            }
            fetching.add(Thread.ofVirtual().name("image for " + name).start(() -> {
                places.acquireUninterruptibly();
                try {
                    engine.bring(image, line -> progress.accept(name + ": " + line));
                    there.add(node);
                } catch (ExecutorException e) {
                    failures.put(node, "node " + name + ": " + e.getMessage());
                } finally {
                    places.release();
                }
            }));
        });
        join(fetching);
        lacking.putAll(failures);
        if (!lacking.isEmpty()) LOG.warn("image is not on all nodes of the Swarm, what needs it runs on the others alone image={} reasons={}", image, lacking.values());
        return new Looked(Set.copyOf(there), lacking, System.nanoTime());
    }

    private static void join(List<Thread> threads) {
        try {
            for (Thread thread : threads) thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutorException(Kind.unavailable, "interrupted while nodes fetched an image", e);
        }
    }

    /** The engine of a node. */
    private interface Source {
        void bring(String image, Consumer<String> progress);
    }

    /** Those that can be asked, by the id of their node. */
    private Map<String, Source> engines() {
        Map<String, Source> engines = new ConcurrentHashMap<>();
        for (Executor executor : own) {
            if (!(executor instanceof ClusterNode node && executor instanceof ImageTransfer engine)) continue;
            node.node().ifPresent(id -> engines.put(id, (image, _) -> {
                if (engine.describe(image).isEmpty()) throw new ExecutorException(Kind.imageMissing, "it is not there");
            }));
        }
        if (peers.isEmpty()) return engines;
        List<Thread> asking = new ArrayList<>();
        for (Peer peer : members(peers.get())) {
            asking.add(Thread.ofVirtual().name("node of " + peer.name()).start(() -> {
                try {
                    String id = peer.ask(new Question.Node(), String.class);
                    // Also the engine here: it may have to fetch, too.
                    if (!id.isEmpty()) engines.put(id, new RemoteDocker(peer)::fetch);
                } catch (ExecutorException e) {
                    LOG.info("host not asked for its node host={} reason={}", peer.name(), e.getMessage());
                }
            }));
        }
        join(asking);
        return engines;
    }

    private static List<Peer> members(Peers peers) {
        try {
            return peers.members();
        } catch (StoreException e) {
            throw new ExecutorException(Kind.unavailable, "the store does not tell which hosts there are: " + e.getMessage(), e);
        }
    }
}
