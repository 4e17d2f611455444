package concierge.peer;

import concierge.executor.Attachable;
import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageEngine;
import concierge.executor.ImageSource;
import concierge.executor.ImageTransfer;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The Docker engine of another host: what runs there is its agent's, but its images may be built, pushed and removed from here. */
final class RemoteDocker extends RemoteExecutor.OfProcesses implements Attachable, ImageEngine, ImageSource {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteDocker.class);

    RemoteDocker(Peer peer) {
        super(peer, ExecutorKind.docker);
    }

    @Override
    public ExecSession attach(InstanceId instance, int columns, int rows) {
        return new RemoteSession(peer, peer.open(new Question.Attach(kind, instance.path(), columns, rows)));
    }

    @Override
    public Optional<String> imageId(String reference) {
        return describe(reference).map(ImageTransfer.Image::id);
    }

    @Override
    public Optional<String> imageContent(String reference) {
        return describe(reference).map(ImageTransfer.Image::content);
    }

    private Optional<ImageTransfer.Image> describe(String reference) {
        try {
            return Optional.of(peer.ask(new Question.DescribeImage(reference), ImageTransfer.Image.class));
        } catch (ExecutorException e) {
            if (e.kind() == Kind.imageMissing) return Optional.empty();
            throw e;
        }
    }

    @Override
    public List<BuiltImage> builtImages() {
        return List.of(peer.ask(new Question.BuiltImages(), BuiltImage[].class));
    }

    @Override
    public void removeImage(String reference) {
        peer.ask(new Question.RemoveImage(reference), JsonNode.class);
    }

    @Override
    public String push(String reference, String target, Consumer<String> progress) {
        return follow(new Question.PushImage(reference, target), progress).path("digest").asString("");
    }

    @Override
    public void fetch(String reference, Consumer<String> progress) {
        follow(new Question.BringImage(reference), progress);
    }

    private JsonNode follow(Question question, Consumer<String> lines) {
        try (Link link = peer.open(question)) {
            return listen(link, lines);
        } catch (IOException e) {
            throw peer.gone(e);
        }
    }

    /** The context goes there while lines come back: an engine that has seen enough of it says so, and the rest stays here. */
    @Override
    public String build(BuildRequest request, Consumer<String> progress) {
        AtomicReference<@Nullable IOException> unread = new AtomicReference<>();
        try (Link link = peer.open(Question.BuildImage.of(request))) {
            Thread.ofVirtual().name("build context to " + peer.name()).start(() -> send(request.context(), link, unread));
            return built(listen(link, progress));
        } catch (IOException e) {
            IOException cause = unread.get();
            if (cause != null) throw new ExecutorException(Kind.refused, "build context of " + request.reference() + ": " + cause.getMessage(), cause);
            throw peer.gone(e);
        }
    }

    private void send(ContextSource context, Link link, AtomicReference<@Nullable IOException> unread) {
        byte[] buffer = new byte[PeerLimits.MESSAGE_BYTES];
        ContentOutput content = new ContentOutput(link);
        try (InputStream in = context.open()) {
            for (int count = in.read(buffer); count >= 0; ) {
                if (!pass(content, buffer, count)) return;
                count = in.read(buffer);
            }
        } catch (IOException e) {
            // Whoever waits for the build learns of it by the end of the connection.
            unread.set(e);
            link.close();
            return;
        }
        finish(content);
    }

    /** Whether the other end takes more. */
    private boolean pass(ContentOutput content, byte[] buffer, int count) {
        try {
            content.write(buffer, 0, count);
            return true;
        } catch (IOException e) {
            LOG.debug("build context not sent to its end host={} reason={}", peer.name(), e.getMessage());
            return false;
        }
    }

    private void finish(ContentOutput content) {
        try {
            content.finish();
        } catch (IOException e) {
            LOG.debug("build context not sent to its end host={} reason={}", peer.name(), e.getMessage());
        }
    }

    private static String built(JsonNode end) {
        JsonNode failed = end.path("failed");
        if (failed.isMissingNode()) return end.path("id").asString("");
        List<String> output = new ArrayList<>();
        failed.path("output").forEach(line -> output.add(line.asString("")));
        throw new BuildFailedException(failed.path("message").asString(""), failed.path("step").asString(""), output);
    }

    /** Lines until the last word, which is returned. As long as it takes: one that is gone is noticed by its silence. */
    private JsonNode listen(Link link, Consumer<String> lines) throws IOException {
        try {
            while (true) {
                Channels.Message message = link.require(PeerLimits.FOR_EVER);
                if (message.channel() == Channels.STDOUT) {
                    lines.accept(new String(message.content(), StandardCharsets.UTF_8));
                    continue;
                }
                JsonNode control = Answer.read(message.content());
                Answer.requireGranted(control, peer.text());
                if (control.has("end")) return control;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutorException(Kind.unavailable, "interrupted while host " + peer.name() + " worked", e);
        }
    }
}
