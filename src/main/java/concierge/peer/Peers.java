package concierge.peer;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageTransfer;
import concierge.image.Blobs;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.state.BuiltOn;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The other hosts and servers of this installation, to be asked. Holds no connections; thread-safe. */
public final class Peers {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    private final Directory directory;
    private final Trust trust;
    private final Set<String> own;

    public Peers(Directory directory, Trust trust) {
        this(directory, trust, Set.of());
    }

    /** @param own addresses at which this process answers; may grow */
    public Peers(Directory directory, Trust trust, Set<String> own) {
        this.directory = directory;
        this.trust = trust;
        this.own = own;
    }

    /**
     * An executor of another host.
     *
     * @throws ExecutorException {@code unavailable}, with the reason, where that host cannot be asked
     */
    public Executor executor(String host, ExecutorKind kind) {
        return RemoteExecutor.of(host(host), kind);
    }

    /**
     * Who has an image.
     *
     * @param id the engine's, where it is known; empty: any
     * @param hosts those to ask first come first
     */
    record Sources(String id, List<Peer> hosts) {}

    /** As a server knows it; where none answers, as the state does: whoever built it. */
    Sources sources(String reference, String self) {
        Optional<BuiltOn> built = directory.built(reference);
        Set<String> hosts = new LinkedHashSet<>(known(reference));
        built.ifPresent(it -> hosts.add(it.host()));
        hosts.remove(self);
        List<Peer> reachable = new ArrayList<>();
        for (String host : hosts) directory.host(host).ifPresent(listed -> reachable.add(new Peer(host, listed, trust)));
        return new Sources(built.map(BuiltOn::id).orElse(""), reachable);
    }

    private List<String> known(String reference) {
        for (Peer server : servers()) {
            try {
                return List.of(server.ask(new Question.ImageHosts(reference), String[].class));
            } catch (ExecutorException e) {
                LOG.info("server not asked for an image server={} reason={}", server.name(), e.getMessage());
            }
        }
        return List.of();
    }

    /** In an order of chance, so that not all ask the same. */
    private List<Peer> servers() {
        List<Peer> servers = new ArrayList<>();
        directory.servers().forEach((name, listed) -> servers.add(new Peer(name.substring(0, name.indexOf('/')), listed, trust)));
        Collections.shuffle(servers);
        return servers;
    }

    /**
     * Has another server answer a call of the queue.
     *
     * @param name the server's
     * @param installation whose concierge called; empty: it did not say
     * @throws ExecutorException where it cannot be asked, or is no queue
     */
    public QueueAnswer queue(String name, String path, String installation) {
        Listed listed = directory.servers().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(name + "/") && !own.contains(entry.getValue().address())).map(Map.Entry::getValue).findFirst()
                .orElseThrow(() -> new ExecutorException(Kind.unavailable, "server " + name + " answers no other servers (expected: the installation's secrets.key in its home; its log says more)"));
        Peer server = new Peer(name, listed, trust);
        try (Link link = server.open(new Question.AskQueue(path, Optional.of(installation)), PeerLimits.QUEUE, () -> {});
                ContentInput content = new ContentInput(link, server.text(), _ -> {})) {
            return Json.mapper().readValue(content.readAllBytes(), QueueAnswer.class);
        } catch (JacksonException e) {
            throw new ExecutorException(Kind.other, "server " + name + " answered what this version does not understand: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw server.gone(e);
        }
    }

    /** All processes of the installation, this one among them. */
    List<Peer> members() {
        return directory.members().values().stream().map(listed -> new Peer(listed.member(), listed, trust)).toList();
    }

    /** What asking the servers for routers came to. */
    public enum Routers {
        /** Every server answered: their routers have taken note, or the time is over. */
        asked,
        /** Some server did not answer: its routers may not know yet. */
        uncertain
    }

    /** Asks all servers at once, and waits for all. */
    public Routers awaitRouters(long revision, Duration bound) throws InterruptedException {
        List<Peer> servers = servers();
        AtomicBoolean all = new AtomicBoolean(!servers.isEmpty());
        List<Thread> asking = new ArrayList<>();
        for (Peer server : servers) {
            asking.add(Thread.ofVirtual().name("routers of " + server.name()).start(() -> {
                try {
                    server.open(new Question.AwaitRouters(revision, bound), bound.plus(PeerLimits.CONNECT), () -> {}).close();
                } catch (ExecutorException e) {
                    all.set(false);
                    LOG.info("routers of a server not asked server={} reason={}", server.name(), e.getMessage());
                }
            }));
        }
        for (Thread thread : asking) thread.join();
        return all.get() ? Routers.asked : Routers.uncertain;
    }

    /**
     * Brings an upload from another server, checked by its digest.
     *
     * @return whether it is here now
     */
    public boolean bring(Digest digest, Blobs into) {
        for (Peer server : servers()) {
            try (Link link = server.open(new Question.FetchUpload(digest));
                    ContentInput content = new ContentInput(link, server.text(), _ -> {})) {
                link.require(PeerLimits.SILENCE);
                Blobs.Put put = into.put(digest, content);
                if (put instanceof Blobs.Put.Kept kept) {
                    LOG.info("upload fetched digest={} from={} bytes={}", digest.shortHex(), server.name(), kept.bytes());
                    return true;
                }
                LOG.warn("upload not taken digest={} from={} reason={}", digest.shortHex(), server.name(), put);
            } catch (ExecutorException | IOException e) {
                LOG.debug("upload not fetched digest={} from={} reason={}", digest.shortHex(), server.name(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /**
     * An executor that fetches the images that its engine lacks, from their registry and from other hosts; the same where it cannot.
     *
     * @param peers empty: other hosts cannot be asked
     */
    public static Executor fetching(Directory directory, Optional<Peers> peers, String host, Executor executor) {
        return executor instanceof ImageTransfer engine ? new FetchingExecutor(executor, engine, new ImageFetcher(host, engine, directory, peers)) : executor;
    }

    /**
     * Removes what the installation left on another host.
     *
     * @throws ExecutorException where it cannot be asked
     */
    public Clearing.Cleared clear(String host, boolean volumes) {
        return host(host).ask(new Question.Clear(volumes), Clearing.Cleared.class, PeerLimits.CLEARING);
    }

    /**
     * Has all other members leave, and waits, bounded, until their processes answer no more.
     *
     * @return those that did not, with the reason
     */
    public Map<String, String> dismiss(boolean volumes) throws InterruptedException {
        Map<String, String> failures = new TreeMap<>();
        List<Peer> leaving = new ArrayList<>();
        for (Map.Entry<String, Listed> entry : directory.members().entrySet()) {
            if (own.contains(entry.getKey())) continue;
            Listed listed = entry.getValue();
            Peer member = new Peer(listed.member(), listed, trust);
            try {
                member.ask(new Question.Leave(volumes), JsonNode.class);
                leaving.add(member);
            } catch (ExecutorException e) {
                failures.put(listed.member(), String.valueOf(e.getMessage()));
            }
        }
        long deadline = System.nanoTime() + PeerLimits.DEPARTURE.toNanos();
        for (Peer member : leaving) {
            while (member.listens()) {
                if (System.nanoTime() > deadline) {
                    failures.put(member.name(), "it still answers " + PeerLimits.DEPARTURE.toSeconds() + " s after it was told to");
                    break;
                }
                Thread.sleep(PeerLimits.LOOK);
            }
        }
        return failures;
    }

    private Peer host(String name) {
        Listed listed = directory.host(name).orElseThrow(() -> new ExecutorException(Kind.unavailable, "host " + name
                + " answers no other hosts (expected: an agent that runs, and the installation's secrets.key in its home; its log says more)"));
        return new Peer(name, listed, trust);
    }
}
