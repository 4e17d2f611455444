package concierge.image;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.executor.ImageEngine.BuiltImage;
import concierge.executor.ImageSource;
import concierge.model.Digest;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.model.Names;
import concierge.model.Parsed;
import concierge.model.Problem;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Builds the images of a stack over an {@link ImageEngine}. An image is named by the digest of what it is
 * made from ({@code concierge/<stack>-<image>:<digest>}), so what did not change has its name already and is
 * not built. Stateless; any thread; blocks while the engine works.
 */
public final class Images {
    /** Carried by every built image: the digest of what it was made from. */
    public static final String INPUTS_LABEL = "concierge.inputs";

    /** Carried by everything an installation makes. */
    public static final String INSTALLATION_LABEL = "concierge.installation";

    /** Before the names of all that is built. */
    private static final String REPOSITORIES = "concierge/";

    /** Enough to go back a few deploys without building. */
    public static final int KEPT_UNUSED = 5;

    /** A tar without entries, for stacks without a context. */
    public static final ImageEngine.ContextSource NO_CONTEXT = () -> new ByteArrayInputStream(new byte[1024]);

    private final ImageEngine engine;
    private final String installation;
    private final Optional<ImageSource> source;

    public Images(ImageEngine engine, String installation) {
        this(engine, installation, Optional.empty());
    }

    /** @param source brings parents that were built on other engines */
    public Images(ImageEngine engine, String installation, Optional<ImageSource> source) {
        this.engine = engine;
        this.installation = installation;
        this.source = source;
    }

    /**
     * @param builds parents before children
     * @param context {@link ContextDigest} of the uploaded context; empty: none was uploaded
     * @param others references of other stacks' built images
     * @param noCache build everything anew
     */
    public record Request(
            List<ImageBuild> builds, Optional<Digest> context, Function<ImageName, Optional<String>> others, boolean noCache) {
        public Request {
            builds = List.copyOf(builds);
        }
    }

    /** Whether a reference names an image that an installation of this program built. */
    public static boolean isBuilt(String reference) {
        return reference.startsWith(REPOSITORIES);
    }

    /** What {@link #build} would do; asks the engine only what it has. */
    public Parsed<BuildPlan> plan(Request request) {
        List<BuiltImage> built = engine.builtImages();
        Planning planning = new Planning(request, built);
        for (ImageBuild build : request.builds()) planning.add(build);
        return planning.problems.isEmpty()
                ? new Parsed.Good<>(new BuildPlan(planning.steps), List.of())
                : new Parsed.Bad<>(planning.problems);
    }

    /**
     * Carries a plan out; steps that are kept cost nothing.
     *
     * @throws concierge.executor.ExecutorException when the engine is away
     */
    public BuildOutcome build(BuildPlan plan, ImageEngine.ContextSource context, boolean noCache, Consumer<BuildEvent> events) {
        int of = (int) plan.steps().stream().filter(BuildPlan.Step::build).count();
        int number = 0;
        for (BuildPlan.Step step : plan.steps()) {
            if (!step.build()) {
                events.accept(new BuildEvent.Kept(step.image(), step.reference()));
                continue;
            }
            events.accept(new BuildEvent.Started(step.image(), step.reference(), step.reason(), ++number, of));
            Map<String, String> labels = Map.of(INPUTS_LABEL, step.inputs().hex(), INSTALLATION_LABEL, installation);
            try {
                for (String parent : step.parents()) bring(parent, line -> events.accept(new BuildEvent.Output(step.image(), line)));
                String id = engine.build(
                        new ImageEngine.BuildRequest(step.dockerfile(), context, step.reference(), labels, noCache),
                        line -> events.accept(new BuildEvent.Output(step.image(), line)));
                events.accept(new BuildEvent.Finished(step.image(), step.reference(), id));
            } catch (ImageEngine.BuildFailedException e) {
                String where = "build." + step.image().image() + ": " + (e.step().isEmpty() ? "" : e.step() + ": ");
                Problem problem = Problem.of("build-failed", where + e.getMessage(), "correct that step; nothing has been changed");
                return new BuildOutcome.Failed(step.image(), e.step(), e.output(), problem);
            }
        }
        return new BuildOutcome.Built(plan.references());
    }

    private void bring(String parent, Consumer<String> progress) {
        if (source.isPresent() && engine.imageId(parent).isEmpty()) source.get().fetch(parent, progress);
    }

    /** References of all that this installation built, wherever it did, as far as the engine has it. */
    public List<String> own() {
        return engine.builtImages().stream().filter(Images::isNamedByUs).map(BuiltImage::reference).toList();
    }

    /** Removes this installation's images, but for those in use and the newest {@link #KEPT_UNUSED} unused of each name. */
    public Removed prune(Predicate<String> inUse) {
        Map<String, Integer> unused = new HashMap<>();
        List<String> old = new ArrayList<>();
        for (String reference : own()) {
            if (!inUse.test(reference) && unused.merge(repository(reference), 1, Integer::sum) > KEPT_UNUSED) old.add(reference);
        }
        return remove(old);
    }

    /** @param kept a line for each that could not be removed, with its reason */
    public record Removed(List<String> removed, List<String> kept) {
        public Removed {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
        }
    }

    /**
     * Removes every image that this installation built, also under the names it was pushed by. An image that somebody
     * made from one inherits its labels, but has no name of ours: it stays.
     */
    public Removed removeAll() {
        List<BuiltImage> all = engine.builtImages();
        Set<String> ours = all.stream().filter(Images::isNamedByUs).map(BuiltImage::id).collect(Collectors.toSet());
        return remove(all.stream().filter(image -> ours.contains(image.id())).map(BuiltImage::reference).toList());
    }

    private Removed remove(List<String> references) {
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (String reference : references) {
            try {
                engine.removeImage(reference);
                removed.add(reference);
            } catch (ExecutorException e) {
                kept.add("image " + reference + ": " + e.getMessage());
            }
        }
        return new Removed(removed, kept);
    }

    private static boolean isNamedByUs(BuiltImage image) {
        String repository = repository(image.reference());
        return repository.startsWith(REPOSITORIES)
                && image.inputs().filter(inputs -> image.reference().startsWith(repository + ":" + inputs.shortHex())).isPresent();
    }

    private static String repository(String reference) {
        int colon = reference.lastIndexOf(':');
        return colon > reference.lastIndexOf('/') ? reference.substring(0, colon) : reference;
    }

    /** One run over the builds, parents first. */
    private final class Planning {
        private final Request request;
        private final List<BuiltImage> built;
        private final Map<ImageName, String> references = new HashMap<>();
        private final Map<ImageName, Boolean> triggers = new HashMap<>();
        private final List<BuildPlan.Step> steps = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();

        Planning(Request request, List<BuiltImage> built) {
            this.request = request;
            this.built = built;
        }

        void add(ImageBuild build) {
            boolean usesContext = build.dockerfile().usesContext();
            for (ImageName parent : build.dockerfile().parents()) {
                resolve(build, parent);
                // another stack's image may carry triggers that nobody here has seen
                usesContext |= triggers.getOrDefault(parent, true);
            }
            triggers.put(build.name(), build.dockerfile().triggersContext());
            if (usesContext && request.context().isEmpty()) {
                problems.add(Problem.of("blobs-missing", "build." + build.name().image() + ": needs the build context, which was not uploaded", "deploy again"));
            }
            if (!problems.isEmpty()) return;
            String dockerfile = build.dockerfile().withParents(name -> references.getOrDefault(name, name.toString()));
            Digest inputs = inputs(build.name(), dockerfile, usesContext ? request.context() : Optional.empty());
            BuildPlan.Step step = step(build, dockerfile, inputs);
            references.put(build.name(), step.reference());
            steps.add(step);
        }

        private void resolve(ImageBuild build, ImageName parent) {
            if (references.containsKey(parent)) return;
            Optional<String> reference = request.others().apply(parent);
            reference.ifPresent(found -> references.put(parent, found));
            if (reference.isEmpty()) {
                problems.add(Problem.of("unknown-image", "build." + build.name().image() + ": " + parent + " is not built (expected: a built image)",
                        "deploy stack " + parent.stack() + " first"));
            }
        }

        private BuildPlan.Step step(ImageBuild build, String dockerfile, Digest inputs) {
            ImageName name = build.name();
            List<String> parents = build.dockerfile().parents().stream().map(parent -> references.getOrDefault(parent, "")).toList();
            String repository = REPOSITORIES + Names.dns(name.stack()) + "-" + Names.dns(name.image());
            String reference = repository + ":" + inputs.shortHex();
            Optional<String> existing = built.stream().filter(image -> image.inputs().equals(Optional.of(inputs)))
                    .map(BuiltImage::reference).filter(image -> repository(image).equals(repository)).findFirst()
                    .or(() -> engine.imageId(reference).map(_ -> reference));
            if (request.noCache()) {
                return new BuildPlan.Step(name, dockerfile, parents, inputs, anew(reference), true, "asked for anew");
            }
            if (existing.isPresent()) return new BuildPlan.Step(name, dockerfile, parents, inputs, existing.get(), false, "unchanged");
            boolean before = built.stream().anyMatch(image -> repository(image.reference()).equals(repository));
            return new BuildPlan.Step(name, dockerfile, parents, inputs, reference, true, before ? "its Dockerfile, parents or context changed" : "not built yet");
        }

        /** The same inputs, built again: a name of its own, so that services see that it changed. */
        private String anew(String reference) {
            long again = built.stream().filter(image -> image.reference().equals(reference) || image.reference().startsWith(reference + "-r")).count();
            int number = (int) again;
            while (number > 0 && engine.imageId(reference + "-r" + number).isPresent()) number++;
            return number == 0 ? reference : reference + "-r" + number;
        }

        private Digest inputs(ImageName name, String dockerfile, Optional<Digest> context) {
            // the installation is part of it: two on one engine must not remove each other's images
            return Digest.of(String.join("\0", "image 1", installation, name.toString(), dockerfile, context.map(Digest::hex).orElse("")));
        }
    }
}
