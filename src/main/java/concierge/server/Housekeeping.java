package concierge.server;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.StackRecord;
import concierge.security.access.Audit;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.state.Chunks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Throws away what nothing refers to any more: specifications, names of images that replaced tags had built,
 * uploads, sites; and keeps the logs of server and router from filling the disk. Runs on a
 * thread of its own; a failure of one part is told and tried again at the next look.
 */
public final class Housekeeping implements AutoCloseable {
    /** What it removes grows by a few a deploy, and nobody waits for it. */
    static final Duration LOOK = Duration.ofMinutes(10);

    /** A log of this size holds weeks; with the one kept before it, twice as much is on the disk at most. */
    static final long LOG_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Store store;
    private final concierge.image.Blobs blobs;
    private final List<Path> logs;
    private final Thread thread;

    /**
     * Unreferenced at the last look, by modification revision. A deploy writes its specifications first and
     * refers to them a moment later: only what stayed untouched from one look to the next is given up.
     */
    private Map<String, Long> suspects = Map.of();

    /** @param logs files that grow; need not exist */
    public Housekeeping(Store store, concierge.image.Blobs blobs, List<Path> logs) {
        this.store = store;
        this.blobs = blobs;
        this.logs = List.copyOf(logs);
        this.thread = Thread.ofVirtual().name("housekeeping").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(LOOK);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once at everything. */
    void look() {
        try {
            References references = References.read(store);
            collectState(references);
            new Audit(store, InstantSource.system()).prune();
            int collected = blobs.collect(references.blobs()::contains).size();
            if (collected > 0) LOG.info("removed unused uploads count={}", collected);
            for (Path log : logs) shorten(log);
        } catch (StoreException | IOException e) {
            LOG.warn("not all that is unused was removed reason={}", e.getMessage());
        }
    }

    /** What the state refers to, at about one time. */
    record References(Set<Digest> specs, Set<Digest> blobs, Set<String> images, List<Entry> unreferenced, List<String> oldImages) {
        static References read(Store store) {
            // Written with the names of images, so those that are read after these are complete.
            List<Entry> built = Listing.all(store, Keys.BUILT);
            Set<Digest> specs = new HashSet<>();
            Set<String> tags = new HashSet<>();
            for (Entry entry : Listing.all(store, Keys.PROC)) {
                Intent intent = Codec.intent(entry.value());
                ServiceId id = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
                specs.add(intent.spec());
                tags.add(id.stack() + "/" + id.tag());
            }
            for (Entry entry : Listing.all(store, Keys.ASSIGN)) {
                Assignment assignment = Codec.assignment(entry.value());
                specs.add(assignment.spec());
            }
            Set<Digest> blobs = new HashSet<>();
            Set<String> stacks = new HashSet<>();
            for (Entry entry : Listing.all(store, Keys.STACKS)) {
                StackRecord stack = Codec.stack(entry.value());
                stacks.add(stack.name());
                blobs.addAll(stack.files().values());
                stack.files().keySet().forEach(tag -> tags.add(stack.name() + "/" + tag));
            }
            Set<String> images = new HashSet<>();
            List<Entry> unreferenced = new ArrayList<>();
            for (Entry entry : Listing.all(store, Keys.SPECS)) {
                if (!specs.contains(new Digest(entry.key().substring(Keys.SPECS.length())))) {
                    unreferenced.add(entry);
                    continue;
                }
                ServiceSpec spec = Codec.spec(entry.value());
                spec.image().ifPresent(images::add);
                spec.site().flatMap(Site::content).ifPresent(blobs::add);
            }
            List<String> old = new ArrayList<>();
            for (Entry entry : Listing.all(store, Keys.IMAGES)) {
                String path = entry.key().substring(Keys.IMAGES.length());
                String stack = path.substring(0, path.indexOf('/'));
                // A stack that was built and never deployed may be what another one inherits from.
                boolean replaced = stacks.contains(stack) && !tags.contains(path.substring(0, path.lastIndexOf('/')));
                if (replaced) old.add(entry.key());
                else images.add(entry.value().text());
            }
            for (Entry entry : built) {
                if (!images.contains(entry.key().substring(Keys.BUILT.length()))) old.add(entry.key());
            }
            return new References(specs, blobs, images, unreferenced, old);
        }
    }

    private void collectState(References references) {
        Map<String, Long> seen = new HashMap<>();
        Chunks chunks = new Chunks(Commits.id("collect"), _ -> {});
        references.oldImages().forEach(key -> chunks.add(to -> to.delete(key)));
        for (Transaction transaction : chunks.build()) Commits.settled(store, transaction);
        int removed = 0;
        for (Entry entry : references.unreferenced()) {
            if (!Long.valueOf(entry.modified()).equals(suspects.get(entry.key()))) {
                seen.put(entry.key(), entry.modified());
                continue;
            }
            // One each: what a deploy has just written again must not keep the others.
            Commits.settled(store, Transaction.id(Commits.id("collect"))
                    .compare(entry.key(), Transaction.Field.modified, entry.modified())
                    .delete(entry.key())
                    .build());
            removed++;
        }
        suspects = seen;
        if (removed > 0) LOG.info("removed unused specifications count={}", removed);
    }

    /** The process that writes it keeps the file open and appends: it is copied and emptied, not renamed. */
    static void shorten(Path log) throws IOException {
        if (!Files.isRegularFile(log) || Files.size(log) <= LOG_BYTES) return;
        Files.copy(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
