package concierge.peer;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageTransfer;
import concierge.executor.OneAtATime;
import concierge.state.BuiltOn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images to this host's engine: from the registry that they were pushed to, by digest; else from other hosts' engines,
 * without the layers that are here already, checked by digest and by the image's content, from the next host when one breaks
 * off. One fetch an image at once. Thread-safe.
 */
final class ImageFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(ImageFetcher.class);

    private final String host;
    private final ImageTransfer engine;
    private final Directory directory;
    private final Optional<Peers> peers;
    private final OneAtATime fetches = new OneAtATime();

    /** @param peers empty: other hosts cannot be asked, registries can */
    ImageFetcher(String host, ImageTransfer engine, Directory directory, Optional<Peers> peers) {
        this.host = host;
        this.engine = engine;
        this.directory = directory;
        this.peers = peers;
    }

    /**
     * Returns when the image is here.
     *
     * @throws ExecutorException {@code imageMissing} when neither registry nor host gives it; the text says what each said
     */
    void fetch(String reference, Consumer<String> progress) {
        fetches.run(reference, progress, () -> fetchFirst(reference, progress));
    }

    private void fetchFirst(String reference, Consumer<String> progress) {
        if (engine.describe(reference).isPresent()) return;
        List<String> failures = new ArrayList<>();
        Optional<String> pushed = directory.built(reference).flatMap(BuiltOn::pushed);
        if (pushed.isPresent() && pulls(pushed.get(), reference, progress, failures)) return;
        if (peers.isEmpty()) {
            failures.add("no other host gives it to this one, whose home has not the installation's secrets.key");
            throw missing(reference, failures);
        }
        Peers.Sources sources = peers.get().sources(reference, host);
        for (Peer source : sources.hosts()) {
            try {
                if (!sources.id().isEmpty()) requireId(reference, source, sources.id());
                fetchFrom(source, reference, progress);
                return;
            } catch (NoRoomException e) {
                throw e.refusal; // no other host can give what this one lacks
            } catch (ExecutorException | IOException e) {
                failures.add(String.valueOf(e.getMessage()));
                LOG.info("image not fetched image={} from={} reason={}", reference, source.name(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ExecutorException(Kind.other, "interrupted while " + reference + " was fetched", e);
            }
        }
        throw missing(reference, failures);
    }

    private static ExecutorException missing(String reference, List<String> failures) {
        String found = failures.isEmpty() ? "no other host is known to have it" : String.join("; ", failures);
        return new ExecutorException(Kind.imageMissing, "image: " + reference + " is not on this engine, and could not be fetched: " + found
                + " (expected: a host that has it and answers; concierge deploy builds what is missing anew)");
    }

    /** Whether its registry gave it. One that is down must hold up nobody: hosts have the image, too. */
    private boolean pulls(String source, String reference, Consumer<String> progress, List<String> failures) {
        try {
            engine.pull(source, reference, progress);
            LOG.info("image pulled image={} source={}", reference, source);
            return true;
        } catch (ExecutorException e) {
            if (e.kind() == Kind.exhausted) throw e;
            failures.add(String.valueOf(e.getMessage()));
            LOG.warn("image not pulled, looking for a host that has it image={} source={} reason={}", reference, source, e.getMessage());
            progress.accept("cannot pull " + source + ", looking for a host that has it: " + e.getMessage());
            return false;
        }
    }

    private static void requireId(String reference, Peer source, String expected) {
        ImageTransfer.Image found = describe(source, reference);
        if (!found.is(expected)) throw new ExecutorException(Kind.imageMissing, "host " + source.name() + " has another image of that name, " + found.content() + " (expected: " + expected + ")");
    }

    private static ImageTransfer.Image describe(Peer source, String reference) {
        return source.ask(new Question.DescribeImage(reference), ImageTransfer.Image.class);
    }

    private void fetchFrom(Peer source, String reference, Consumer<String> progress) throws IOException, InterruptedException {
        progress.accept("fetching " + reference + " from " + source.name());
        ImageTransfer.Image image = describe(source, reference);
        int known = engine.known(image.layers());
        try {
            transfer(source, reference, known, progress);
        } catch (ExecutorException e) {
            if (known == 0) throw e;
            // Some engines want all layers, and what was there may have been removed meanwhile.
            LOG.info("image did not load without the layers that are here, fetching all image={} reason={}", reference, e.getMessage());
            transfer(source, reference, 0, progress);
        }
        Optional<ImageTransfer.Image> here = engine.describe(reference);
        if (here.filter(it -> it.is(image.content())).isEmpty()) {
            throw new IOException("image " + reference + " from " + source.name() + " became " + here.map(ImageTransfer.Image::content).orElse("nothing") + " (expected: " + image.content() + ")");
        }
    }

    private void transfer(Peer source, String reference, int without, Consumer<String> progress) throws IOException, InterruptedException {
        try (Link link = source.open(new Question.FetchImage(reference, without), PeerLimits.SAVE, () -> progress.accept("waiting until " + source.name() + " has read " + reference))) {
            long size = Answer.read(link.require(PeerLimits.SILENCE).content()).path("size").asLong(0);
            long began = System.nanoTime();
            try (ContentInput content = new ContentInput(link, source.text(), taken -> progress.accept(
                    "fetching " + reference + " from " + source.name() + ": " + mebibytes(taken) + " of " + mebibytes(size) + " MiB"))) {
                take(reference, content, size);
            }
            LOG.info("image fetched image={} from={} bytes={} layersHere={} millis={}", reference, source.name(), size, without, (System.nanoTime() - began) / 1_000_000);
        }
    }

    private void take(String reference, ContentInput content, long size) throws IOException {
        try {
            engine.take(reference, content, size);
        } catch (ExecutorException e) {
            if (e.kind() == Kind.exhausted) throw new NoRoomException(e);
            throw e;
        }
    }

    /** This host's own disk is full. */
    private static final class NoRoomException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient ExecutorException refusal;

        NoRoomException(ExecutorException refusal) {
            super(refusal);
            this.refusal = refusal;
        }
    }

    private static String mebibytes(long bytes) {
        return Long.toString((bytes + (1 << 20) - 1) >> 20);
    }
}
