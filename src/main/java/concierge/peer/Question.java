package concierge.peer;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import concierge.executor.ExecRequest;
import concierge.executor.Executor;
import concierge.executor.ImageEngine;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What one peer asks another: the first message of a {@link Link}, as JSON. It is answered by one control message,
 * {@code {"answer": …}} or {@code {"refused": {kind, message}}}; what comes after that is told with each.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "ask")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Question.Availability.class, name = "availability"),
    @JsonSubTypes.Type(value = Question.Inspect.class, name = "inspect"),
    @JsonSubTypes.Type(value = Question.Stats.class, name = "stats"),
    @JsonSubTypes.Type(value = Question.Logs.class, name = "logs"),
    @JsonSubTypes.Type(value = Question.Exec.class, name = "exec"),
    @JsonSubTypes.Type(value = Question.Attach.class, name = "attach"),
    @JsonSubTypes.Type(value = Question.Input.class, name = "input"),
    @JsonSubTypes.Type(value = Question.RemoveVolumes.class, name = "remove-volumes"),
    @JsonSubTypes.Type(value = Question.DescribeImage.class, name = "describe-image"),
    @JsonSubTypes.Type(value = Question.FetchImage.class, name = "fetch-image"),
    @JsonSubTypes.Type(value = Question.BuiltImages.class, name = "built-images"),
    @JsonSubTypes.Type(value = Question.BuildImage.class, name = "build-image"),
    @JsonSubTypes.Type(value = Question.PushImage.class, name = "push-image"),
    @JsonSubTypes.Type(value = Question.BringImage.class, name = "bring-image"),
    @JsonSubTypes.Type(value = Question.RemoveImage.class, name = "remove-image"),
    @JsonSubTypes.Type(value = Question.Node.class, name = "node"),
    @JsonSubTypes.Type(value = Question.ImageHosts.class, name = "image-hosts"),
    @JsonSubTypes.Type(value = Question.FetchUpload.class, name = "fetch-upload"),
    @JsonSubTypes.Type(value = Question.AwaitRouters.class, name = "await-routers"),
    @JsonSubTypes.Type(value = Question.AskQueue.class, name = "ask-queue"),
    @JsonSubTypes.Type(value = Question.Clear.class, name = "clear"),
    @JsonSubTypes.Type(value = Question.Leave.class, name = "leave")
})
sealed interface Question {
    record Availability(ExecutorKind kind) implements Question {}

    record Inspect(ExecutorKind kind, String instance) implements Question {}

    record Stats(ExecutorKind kind, String instance) implements Question {}

    /** Then lines as {@link LogLine}, on the channel of the stream they were said on; at last a control message {@code {"end": true}}. */
    record Logs(ExecutorKind kind, String instance, boolean follow, Optional<Instant> since, int tail) implements Question {
        static Logs of(ExecutorKind kind, String instance, Executor.LogQuery query) {
            return new Logs(kind, instance, query.follow(), query.since(), query.tail());
        }

        Executor.LogQuery query() {
            return new Executor.LogQuery(follow, since, tail);
        }
    }

    /** Then as {@link Relay} does it. */
    record Exec(ExecutorKind kind, String instance, ExecRequest request) implements Question {}

    /** Then as {@link Relay} does it. */
    record Attach(ExecutorKind kind, String instance, int columns, int rows) implements Question {}

    /** Then input, until {@code {"eof": true}}. */
    record Input(ExecutorKind kind, String instance) implements Question {}

    record RemoveVolumes(ExecutorKind kind, String stack) implements Question {}

    /** About the images of a host's engine: {@link ImageAnswers}. */
    sealed interface OfImages extends Question {}

    record DescribeImage(String reference) implements OfImages {}

    /**
     * Once it has been read, {@code {"size": bytes}} and the tar as {@link ContentOutput} sends it.
     *
     * @param without so many layers, from the lowest on, are left out
     */
    record FetchImage(String reference, int without) implements OfImages {}

    /** Those of this installation. */
    record BuiltImages() implements OfImages {}

    /**
     * Then the context as {@link ContentOutput} sends it, while lines of output come on {@link Channels#STDOUT}; at last
     * {@code {"end": true, "id": …}}, or {@code {"end": true, "failed": {message, step, output}}}.
     */
    record BuildImage(String dockerfile, String reference, Map<String, String> labels, boolean noCache) implements OfImages {
        static BuildImage of(ImageEngine.BuildRequest request) {
            return new BuildImage(request.dockerfile(), request.reference(), request.labels(), request.noCache());
        }
    }

    /** Then lines on {@link Channels#STDOUT}; at last {@code {"end": true, "digest": …}}. */
    record PushImage(String reference, String target) implements OfImages {}

    /** Asks a host to fetch it from wherever it is. Then lines on {@link Channels#STDOUT}; at last {@code {"end": true}}. */
    record BringImage(String reference) implements OfImages {}

    record RemoveImage(String reference) implements OfImages {}

    /** The id of the cluster's node that the host's engine is; empty: of none. */
    record Node() implements Question {}

    /** Which hosts have an image: their names, those that are most likely to give it first. */
    record ImageHosts(String reference) implements Question {}

    /** A server's: {@code {"size": bytes}} and the content as {@link ContentOutput} sends it. */
    record FetchUpload(Digest digest) implements Question {}

    /** A server's: answered once the routers that it knows serve that revision, or the time is over. */
    record AwaitRouters(long revision, Duration bound) implements Question {}

    /** A server's: {@link QueueAnswer} as JSON, as {@link ContentOutput} sends it; there may be thousands of tasks. */
    record AskQueue(String path, Optional<String> installation) implements Question {}

    /** {@link Leaving#clear}. */
    record Clear(boolean volumes) implements Question {}

    /** {@link Leaving#leave}; the member's port is closed soon after. */
    record Leave(boolean volumes) implements Question {}
}
