package concierge.peer;

import concierge.executor.Attachable;
import concierge.executor.ClusterNode;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.InputEngine;
import concierge.executor.VolumeEngine;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What this machine answers to its peers, from its own executors. Thread-safe. */
public final class Answers {
    private final List<Executor> executors;
    private final Optional<Serving> serving;
    private final ImageAnswers images;
    private final Optional<Leaving> leaving;

    /** What servers answer besides. Blocking, any thread. */
    public interface Serving {
        /** Names of hosts that have an image, those to ask first come first. */
        List<String> imageHosts(String reference);

        /** @throws java.nio.file.NoSuchFileException when it is not here */
        Path upload(Digest digest) throws IOException;

        /**
         * Answers a call of the queue, if this server leads; it asks nobody else.
         *
         * @param path of the call, as it came
         * @param installation whose concierge called; empty: it did not say
         */
        QueueAnswer queue(String path, String installation);

        /** As an agent's gate does it, for the routers that this server knows. */
        void awaitRouters(long revision, Duration bound) throws InterruptedException;
    }

    /** Of a host. */
    public Answers(List<Executor> executors) {
        this(executors, List.of(), Optional.empty(), Optional.empty());
    }

    /**
     * @param fetching the same executors, able to bring images; empty: they are not
     * @param serving a server's part
     * @param leaving empty: it does not
     */
    public Answers(List<Executor> executors, List<Executor> fetching, Optional<Serving> serving, Optional<Leaving> leaving) {
        this.executors = List.copyOf(executors);
        this.serving = serving;
        this.images = new ImageAnswers(executors, fetching);
        this.leaving = leaving;
    }

    private Serving serving() {
        return serving.orElseThrow(() -> new ExecutorException(Kind.refused, "this is no server"));
    }

    private void upload(Link link, Digest digest) throws IOException {
        Path file = serving().upload(digest);
        try (InputStream in = Files.newInputStream(file)) {
            ImageAnswers.started(link, Files.size(file));
            ContentOutput content = new ContentOutput(link);
            in.transferTo(content);
            content.finish();
        } catch (NoSuchFileException e) {
            throw new ExecutorException(Kind.other, "upload " + digest + " is not here", e);
        }
    }

    private void queue(Link link, String path, String installation) throws IOException {
        QueueAnswer answer = serving().queue(path, installation);
        Answer.give(link, Map.of());
        ContentOutput content = new ContentOutput(link);
        content.write(Json.mapper().writeValueAsBytes(answer));
        content.finish();
    }

    void answer(Question question, Link link) throws IOException, InterruptedException {
        switch (question) {
            case Question.Availability(ExecutorKind kind) -> Answer.give(link, executor(kind).availability());
            case Question.Inspect(ExecutorKind kind, String instance) -> Answer.give(link, executor(kind).inspect(id(instance)).map(List::of).orElse(List.of()));
            case Question.Stats(ExecutorKind kind, String instance) -> Answer.give(link, executor(kind).stats(id(instance)));
            case Question.Logs logs -> logs(logs, link);
            case Question.Exec exec -> converse(link, () -> opened(() -> executor(exec.kind()).exec(id(exec.instance()), exec.request())));
            case Question.Attach(ExecutorKind kind, String instance, int columns, int rows) ->
                converse(link, () -> opened(() -> able(kind, Attachable.class).attach(id(instance), columns, rows)));
            case Question.Input(ExecutorKind kind, String instance) -> input(link, able(kind, InputEngine.class), id(instance));
            case Question.RemoveVolumes(ExecutorKind kind, String stack) -> Answer.give(link, able(kind, VolumeEngine.class).removeVolumes(stack));
            case Question.Node() -> Answer.give(link, executors.stream().filter(ClusterNode.class::isInstance)
                    .flatMap(executor -> ((ClusterNode) executor).node().stream()).findFirst().orElse(""));
            case Question.OfImages about -> images.answer(about, link);
            case Question.ImageHosts(String reference) -> Answer.give(link, serving().imageHosts(reference));
            case Question.FetchUpload(Digest digest) -> upload(link, digest);
            case Question.AwaitRouters(long revision, Duration bound) -> {
                serving().awaitRouters(revision, bound.compareTo(PeerLimits.ROUTERS) > 0 ? PeerLimits.ROUTERS : bound);
                Answer.give(link, Map.of());
            }
            case Question.AskQueue(String path, Optional<String> installation) -> queue(link, path, installation.orElse(""));
            case Question.Clear(boolean volumes) -> Answer.give(link, leaving().clear(volumes));
            case Question.Leave(boolean volumes) -> {
                Answer.give(link, Map.of());
                leaving().leave(volumes);
            }
        }
    }

    private Leaving leaving() {
        return leaving.orElseThrow(() -> new ExecutorException(Kind.refused, "does not leave its installation"));
    }

    private Executor executor(ExecutorKind kind) {
        return executors.stream().filter(it -> it.kind() == kind).findFirst()
                .orElseThrow(() -> new ExecutorException(Kind.unavailable, "there is no executor " + kind));
    }

    private <T> T able(ExecutorKind kind, Class<T> ability) {
        Executor executor = executor(kind);
        if (ability.isInstance(executor)) return ability.cast(executor);
        throw new ExecutorException(Kind.refused, "executor " + kind + " cannot do that (expected: one that is " + ability.getSimpleName() + ")");
    }

    private static InstanceId id(String instance) {
        try {
            return InstanceId.parse(instance);
        } catch (IllegalArgumentException e) {
            throw new ExecutorException(Kind.refused, String.valueOf(e.getMessage()), e);
        }
    }

    private interface Opening {
        ExecSession open() throws IOException;
    }

    private static ExecSession opened(Opening opening) {
        try {
            return opening.open();
        } catch (IOException e) {
            throw new ExecutorException(Kind.unavailable, String.valueOf(e.getMessage()), e);
        }
    }

    private static void converse(Link link, Supplier<ExecSession> opening) throws IOException, InterruptedException {
        try (ExecSession session = opening.get()) {
            Answer.give(link, Map.of());
            Relay.run(link, session);
        }
    }

    private void logs(Question.Logs logs, Link link) throws IOException, InterruptedException {
        Executor executor = executor(logs.kind());
        InstanceId instance = id(logs.instance());
        Answer.give(link, Map.of());
        try (Link.Watch _ = link.interruptWhenGone()) {
            executor.logs(instance, logs.query(), (at, error, text) -> {
                byte[] line = new LogLine(at, text).bytes();
                try {
                    // Without following, more comes at once or the end does.
                    link.put(error ? Channels.STDERR : Channels.STDOUT, line, line.length, logs.follow());
                    return true;
                } catch (IOException _) {
                    return false;
                }
            });
        }
        Answer.end(link);
    }

    /** Until there is no more, or the other end is gone: the instance's input ends either way. */
    private static void input(Link link, InputEngine engine, InstanceId instance) throws IOException, InterruptedException {
        try (OutputStream input = engine.input(instance)) {
            Answer.give(link, Map.of());
            for (Channels.Message message = link.receive(); message != null; message = link.receive()) {
                if (message.channel() != Channels.STDIN) return;
                input.write(message.content());
                input.flush();
            }
        }
    }
}
