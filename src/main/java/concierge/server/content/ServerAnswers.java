package concierge.server.content;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.model.Digest;
import concierge.peer.Answers;
import concierge.peer.QueueAnswer;
import concierge.server.queue.QueueCalls;
import concierge.server.router.Acks;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What this server answers to its peers besides what a host does. */
public final class ServerAnswers implements Answers.Serving {
    private final ImageHosts images;
    private final concierge.image.Blobs uploads;
    private final Acks acks;
    private final Optional<QueueCalls> queue;

    /** @param queue empty: this server is none */
    public ServerAnswers(ImageHosts images, concierge.image.Blobs uploads, Acks acks, Optional<QueueCalls> queue) {
        this.queue = queue;
        this.images = images;
        this.uploads = uploads;
        this.acks = acks;
    }

    @Override
    public List<String> imageHosts(String reference) {
        return images.of(reference);
    }

    @Override
    public Path upload(Digest digest) throws IOException {
        if (!uploads.exists(digest)) throw new NoSuchFileException(digest.hex());
        return uploads.path(digest);
    }

    @Override
    public QueueAnswer queue(String path, String installation) {
        return queue.map(it -> it.passedOn(path, installation)).orElseThrow(() -> new ExecutorException(Kind.refused, "it is no queue (expected: queue.enabled in its configuration, too)"));
    }

    @Override
    public void awaitRouters(long revision, Duration bound) throws InterruptedException {
        acks.await(revision, bound);
    }
}
