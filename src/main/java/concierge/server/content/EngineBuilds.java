package concierge.server.content;

import concierge.executor.Executor;
import concierge.executor.ImageEngine;
import concierge.image.BuildEvent;
import concierge.image.BuildOutcome;
import concierge.image.BuildPlan;
import concierge.image.ContextDigest;
import concierge.image.Images;
import concierge.model.Digest;
import concierge.model.ImageName;
import concierge.model.Parsed;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.BuiltOn;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** Builds with the first engine of this host that can build. */
public final class EngineBuilds implements ImageBuilds {
    private final String host;
    private final List<Executor> executors;
    private final Blobs blobs;
    private final String installation;
    /** A context is read through once a name; the digests of a few hundred are small. */
    private final Map<String, Digest> contexts = new ConcurrentHashMap<>();

    /** @param host the name of this machine's */
    public EngineBuilds(String host, List<Executor> executors, Blobs blobs, String installation) {
        this.host = host;
        this.executors = List.copyOf(executors);
        this.blobs = blobs;
        this.installation = installation;
    }

    private Optional<Executor> builder() {
        return executors.stream().filter(ImageEngine.class::isInstance).findFirst();
    }

    private ImageEngine engine() {
        return (ImageEngine) builder().orElseThrow(() -> Refusal.of(Code.engineUnavailable, "no executor here builds images", "install Docker, or name docker in executors"));
    }

    @Override
    public Optional<String> unavailable() {
        Optional<Executor> builder = builder();
        if (builder.isEmpty()) return Optional.of("no executor here builds images");
        Executor.Availability availability = builder.get().availability();
        return availability.available() ? Optional.empty() : Optional.of(availability.text());
    }

    @Override
    public List<Planned> plan(Order order) {
        return steps(order).steps().stream()
                .map(step -> new Planned(step.image(), step.reference(), !step.build(), step.reason()))
                .toList();
    }

    @Override
    public Map<ImageName, String> build(Order order, BiConsumer<String, String> progress) {
        ImageEngine.ContextSource context = order.context()
                .<ImageEngine.ContextSource>map(digest -> () -> blobs.open(digest))
                .orElse(Images.NO_CONTEXT);
        BuildOutcome outcome = new Images(engine(), installation).build(steps(order), context, order.noCache(), event -> tell(event, progress));
        return switch (outcome) {
            case BuildOutcome.Built built -> built.references();
            case BuildOutcome.Failed failed -> throw Refusal.detailed(
                    Code.buildFailed, failed.problem().message(), String.join("\n", failed.output()), failed.problem().hint());
        };
    }

    @Override
    public Optional<BuiltOn> where(String reference) {
        return engine().imageId(reference).map(id -> new BuiltOn(host, id));
    }

    @Override
    public void push(String reference, String target, BiConsumer<String, String> progress) {
        engine().push(reference, target, line -> progress.accept(target, line));
    }

    @Override
    public Removed removeAll() {
        Images.Removed removed = new Images(engine(), installation).removeAll();
        return new Removed(removed.removed(), removed.kept());
    }

    private BuildPlan steps(Order order) {
        Images.Request request = new Images.Request(
                order.builds(), order.context().map(digest -> context(digest, order.stackFile())), order.others(), order.noCache());
        return switch (new Images(engine(), installation).plan(request)) {
            case Parsed.Good<BuildPlan> good -> good.value();
            case Parsed.Bad<BuildPlan> bad -> throw Refusal.problems(Code.badStackFile, "the images cannot be built", bad.problems());
        };
    }

    private Digest context(Digest blob, String stackFile) {
        return contexts.computeIfAbsent(blob.hex() + "/" + stackFile, _ -> {
            try (InputStream tar = blobs.open(blob)) {
                return ContextDigest.of(tar, stackFile);
            } catch (IOException e) {
                throw Refusal.of(Code.internal, "the uploaded context " + blob + " cannot be read: " + e.getMessage(), "deploy again");
            }
        });
    }

    private static void tell(BuildEvent event, BiConsumer<String, String> progress) {
        String image = event.image().toString();
        switch (event) {
            case BuildEvent.Started started -> progress.accept(image, "building (" + started.number() + "/" + started.of() + "): " + started.reason());
            case BuildEvent.Kept _ -> progress.accept(image, "unchanged");
            case BuildEvent.Output output -> progress.accept(image, output.line());
            case BuildEvent.Finished _ -> progress.accept(image, "built");
        }
    }
}
