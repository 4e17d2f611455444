package concierge.server.content;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.image.BuildEvent;
import concierge.image.BuildOutcome;
import concierge.image.BuildPlan;
import concierge.image.ContextDigest;
import concierge.image.ImageRegistry;
import concierge.image.Images;
import concierge.model.Digest;
import concierge.model.ImageName;
import concierge.model.Parsed;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.peer.Peers;
import concierge.state.BuiltOn;
import concierge.state.LiveView;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Builds on an engine, this host's or another's; what is built goes to the registry of images, if there is one. */
public final class EngineBuilds implements ImageBuilds {
    private final Builders builders;
    private final Blobs blobs;
    private final String installation;
    private final Optional<ImageRegistry> registry;
    /** A context is read through once a name; the digests of a few hundred are small. */
    private final Map<String, Digest> contexts = new ConcurrentHashMap<>();

    /**
     * @param host the name of this machine's
     * @param executors this machine's
     * @param fetching the same, able to bring images where there are other hosts
     */
    public EngineBuilds(
            String host, List<Executor> executors, List<Executor> fetching, Optional<Peers> peers, LiveView live, Blobs blobs, String installation, Optional<ImageRegistry> registry) {
        this.builders = new Builders(host, executors, fetching, peers, live);
        this.blobs = blobs;
        this.installation = installation;
        this.registry = registry;
    }

    private Builders.Builder builder(Order order) {
        return switch (builders.choose(order.host())) {
            case Builders.Choice.Found(Builders.Builder builder) -> builder;
            case Builders.Choice.None(String reason) -> throw Refusal.detailed(
                    Code.engineUnavailable, "no engine to build images with", reason, "start Docker on a host, or name docker in its executors");
        };
    }

    @Override
    public Optional<String> unavailable() {
        return switch (builders.choose(Optional.empty())) {
            case Builders.Choice.Found _ -> Optional.empty();
            case Builders.Choice.None(String reason) -> Optional.of(reason);
        };
    }

    @Override
    public boolean pushes() {
        return registry.isPresent();
    }

    @Override
    public List<Planned> plan(Order order) {
        return steps(images(builder(order)), order).steps().stream()
                .map(step -> new Planned(step.image(), step.reference(), !step.build(), step.reason()))
                .toList();
    }

    private Images images(Builders.Builder builder) {
        return new Images(builder.engine(), installation, builder.source());
    }

    @Override
    public Built build(Order order, Progress progress) {
        Builders.Builder builder = builder(order);
        if (!builders.isHere(builder)) progress.step("building on host " + builder.host());
        ImageEngine.ContextSource context = order.context()
                .<ImageEngine.ContextSource>map(digest -> () -> blobs.open(digest))
                .orElse(Images.NO_CONTEXT);
        Images images = images(builder);
        BuildOutcome outcome = images.build(steps(images, order), context, order.noCache(), event -> tell(event, progress));
        return switch (outcome) {
            case BuildOutcome.Built built -> new Built(built.references(), where(built.references().values(), order, builder, progress));
            case BuildOutcome.Failed failed -> throw Refusal.detailed(
                    Code.buildFailed, failed.problem().message(), String.join("\n", failed.output()), failed.problem().hint());
        };
    }

    private Map<String, BuiltOn> where(Collection<String> references, Order order, Builders.Builder builder, Progress progress) {
        Map<String, BuiltOn> where = new HashMap<>();
        for (String reference : references) {
            builder.engine().imageContent(reference).map(content -> new BuiltOn(builder.host(), content)).ifPresent(built -> where.put(
                    reference, registry.isEmpty() ? built : kept(registry.get(), reference, built, order, builder, progress)));
        }
        return where;
    }

    /** In the registry. What was pushed before is not pushed again. */
    private static BuiltOn kept(ImageRegistry registry, String reference, BuiltOn built, Order order, Builders.Builder builder, Progress progress) {
        Optional<BuiltOn> before = order.before().apply(reference).filter(it -> it.id().equals(built.id()));
        Optional<String> source = before.flatMap(BuiltOn::pushed).filter(registry::gives);
        if (source.isPresent()) return built.withPushed(source.get());
        String target = registry.target(reference);
        progress.step("pushing " + target);
        try {
            String digest = push(builder.engine(), reference, target, progress);
            if (!digest.isEmpty()) return built.withPushed(registry.source(reference, digest));
            progress.line(target, "its registry told no digest: hosts fetch it from each other");
            return built;
        } catch (ExecutorException e) {
            if (e.kind() == ExecutorException.Kind.unavailable) throw e;
            throw Refusal.detailed(Code.pushFailed, reference + " is built, but images.registry does not take it", String.valueOf(e.getMessage()),
                    "nothing has been deployed; correct that, or take images.registry out of the configuration: then hosts fetch images from each other");
        }
    }

    /** The name that it needs for it is taken back: an image of ours has one name, and goes with that. */
    private static String push(ImageEngine engine, String reference, String target, Progress progress) {
        String digest = engine.push(reference, target, line -> progress.line(target, line));
        engine.removeImage(target);
        return digest;
    }

    @Override
    public void push(String reference, BuiltOn where, String target, Progress progress) {
        push(builders.at(where.host()).engine(), reference, target, progress);
    }

    private BuildPlan steps(Images images, Order order) {
        Images.Request request = new Images.Request(
                order.builds(), order.context().map(digest -> context(digest, order.stackFile())), order.others(), order.noCache());
        return switch (images.plan(request)) {
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

    private static void tell(BuildEvent event, Progress progress) {
        String image = event.image().toString();
        switch (event) {
            case BuildEvent.Started started -> progress.line(image, "building (" + started.number() + "/" + started.of() + "): " + started.reason());
            case BuildEvent.Kept _ -> progress.line(image, "unchanged");
            case BuildEvent.Output output -> progress.line(image, output.line());
            case BuildEvent.Finished _ -> progress.line(image, "built");
        }
    }
}
