package concierge.server.content;

import concierge.model.Digest;
import concierge.model.Intent;
import concierge.model.ServiceView;
import concierge.model.Site;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.server.answer.Shown;
import concierge.state.LiveView;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what deployments refer to from the server that it was uploaded to, as soon as they do: so that each server can go
 * on with a stack, and each router serves its sites, when that one is gone. One virtual thread.
 */
public final class ContentKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ContentKeeper.class);

    /** For content that nobody had at the last try. */
    private static final Duration AGAIN = Duration.ofSeconds(15);

    private final LiveView live;
    private final Blobs blobs;
    private final Thread thread;
    private final Set<Digest> here = new HashSet<>();

    public ContentKeeper(LiveView live, Blobs blobs) {
        this.live = live;
        this.blobs = blobs;
        this.thread = Thread.ofVirtual().name("content keeper").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (true) {
                View view = live.view();
                Map<Digest, Boolean> needed = needed(view);
                // What nothing refers to may be thrown away.
                here.retainAll(needed.keySet());
                boolean complete = true;
                for (Map.Entry<Digest, Boolean> content : needed.entrySet()) complete &= keep(content.getKey(), content.getValue());
                live.await(view.revision() + 1, complete ? Duration.ofDays(1) : AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Digests, and whether each is a site's. */
    static Map<Digest, Boolean> needed(View view) {
        Map<Digest, Boolean> needed = new HashMap<>();
        for (String name : view.stacks().sortedKeys()) {
            StackRecord stack = view.stacks().find(name);
            if (stack != null) stack.files().values().forEach(file -> needed.put(file, false));
        }
        for (ServiceView service : Shown.services(view, _ -> true)) {
            service.intent().flatMap(_ -> service.spec()).flatMap(spec -> spec.site()).flatMap(Site::content).ifPresent(site -> needed.put(site, true));
        }
        return needed;
    }

    private boolean keep(Digest digest, boolean site) {
        if (here.contains(digest)) return true;
        try {
            if (!blobs.has(digest)) return false;
            if (site) blobs.unpackSite(digest);
            here.add(digest);
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.warn("content not kept digest={} reason={}", digest, e.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
