package concierge.peer;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageEngine;
import concierge.executor.ImageSource;
import concierge.executor.ImageTransfer;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** What a host answers about the images of its engine: gives them, builds and pushes them for others. Thread-safe. */
final class ImageAnswers {
    private final List<Executor> executors;
    private final List<Executor> fetching;
    private final Semaphore given = new Semaphore(PeerLimits.IMAGES_GIVEN, true);
    private final Semaphore building = new Semaphore(PeerLimits.IMAGES_BUILT, true);

    /** @param fetching the same executors, able to bring images; empty: they are not */
    ImageAnswers(List<Executor> executors, List<Executor> fetching) {
        this.executors = List.copyOf(executors);
        this.fetching = List.copyOf(fetching);
    }

    void answer(Question.OfImages question, Link link) throws IOException, InterruptedException {
        switch (question) {
            case Question.DescribeImage(String reference) -> Answer.give(link, able(executors, ImageTransfer.class).describe(reference)
                    .orElseThrow(() -> new ExecutorException(Kind.imageMissing, "image " + reference + " is not there")));
            case Question.FetchImage(String reference, int without) -> give(link, reference, without);
            case Question.BuiltImages() -> Answer.give(link, able(executors, ImageEngine.class).builtImages());
            case Question.BuildImage build -> build(link, build);
            case Question.PushImage(String reference, String target) -> {
                ImageEngine engine = able(executors, ImageEngine.class);
                told(link, lines -> Map.of("digest", engine.push(reference, target, lines)));
            }
            case Question.BringImage(String reference) -> {
                ImageSource source = able(fetching, ImageSource.class);
                told(link, lines -> {
                    source.fetch(reference, lines);
                    return Map.of();
                });
            }
            case Question.RemoveImage(String reference) -> {
                able(executors, ImageEngine.class).removeImage(reference);
                Answer.give(link, Map.of());
            }
        }
    }

    private static <T> T able(List<Executor> executors, Class<T> ability) {
        return executors.stream().filter(ability::isInstance).map(ability::cast).findFirst()
                .orElseThrow(() -> new ExecutorException(Kind.imageMissing, "there is no engine here"));
    }

    private void give(Link link, String reference, int without) throws IOException, InterruptedException {
        take(given, "gives " + PeerLimits.IMAGES_GIVEN + " images to others now");
        ContentOutput content = new ContentOutput(link);
        try (Link.Watch _ = link.interruptWhenGone()) {
            able(executors, ImageTransfer.class).give(reference, without, size -> started(link, size), content);
            content.finish();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            given.release();
        }
    }

    private static void take(Semaphore places, String busy) throws InterruptedException {
        if (places.tryAcquire(PeerLimits.PLACE.toMillis(), TimeUnit.MILLISECONDS)) return;
        throw new ExecutorException(Kind.unavailable, busy + " (expected: a free place; ask again)");
    }

    static void started(Link link, long size) {
        try {
            Answer.give(link, Map.of());
            Answer.write(link, Map.of("size", size));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whoever asked for it is gone: the build ends, too. */
    private void build(Link link, Question.BuildImage build) throws IOException, InterruptedException {
        ImageEngine engine = able(executors, ImageEngine.class);
        take(building, "builds " + PeerLimits.IMAGES_BUILT + " images for others now");
        try {
            ImageEngine.BuildRequest request = new ImageEngine.BuildRequest(
                    build.dockerfile(), () -> context(link), build.reference(), build.labels(), build.noCache());
            told(link, lines -> {
                try {
                    return Map.of("id", engine.build(request, lines));
                } catch (ImageEngine.BuildFailedException e) {
                    return Map.of("failed", Map.of("message", String.valueOf(e.getMessage()), "step", e.step(), "output", e.output()));
                }
            });
        } finally {
            building.release();
        }
    }

    /** Closing it ends the context, not the connection. */
    private static InputStream context(Link link) {
        return new FilterInputStream(new ContentInput(link, "the server that builds here", _ -> {})) {
            @Override
            public void close() throws IOException {
                // What comes after a tar's end says whether all of it came.
                in.transferTo(OutputStream.nullOutputStream());
            }
        };
    }

    /** Says the lines that some work tells as they come, and then what came of it. */
    private static void told(Link link, Function<Consumer<String>, Map<String, Object>> work) throws IOException {
        Answer.give(link, Map.of());
        try (Link.Watch _ = link.interruptWhenGone()) {
            Answer.end(link, work.apply(line -> say(link, line)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void say(Link link, String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        try {
            link.send(Channels.STDOUT, bytes, Math.min(bytes.length, PeerLimits.MESSAGE_BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
