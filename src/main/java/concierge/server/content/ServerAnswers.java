package concierge.server.content;

import concierge.model.Digest;
import concierge.peer.Answers;
import concierge.server.router.Acks;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What this server answers to its peers besides what a host does. */
public final class ServerAnswers implements Answers.Serving {
    private final ImageHosts images;
    private final concierge.image.Blobs uploads;
    private final Acks acks;

    public ServerAnswers(ImageHosts images, concierge.image.Blobs uploads, Acks acks) {
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
    public void awaitRouters(long revision, Duration bound) throws InterruptedException {
        acks.await(revision, bound);
    }
}
