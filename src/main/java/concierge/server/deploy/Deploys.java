package concierge.server.deploy;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceId;
import concierge.model.View;
import concierge.security.access.Trail;
import concierge.server.change.Secrets;
import concierge.server.content.Blobs;
import concierge.server.content.ImageBuilds;
import concierge.server.records.Commits;
import concierge.server.records.History;
import concierge.server.records.Listing;
import concierge.server.records.Turn;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.stackfile.Lookup;
import concierge.source.stackfile.StackFile;
import concierge.source.stackfile.StackService;
import concierge.security.access.Trail;
import concierge.state.BuiltOn;
import concierge.state.Chunks;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * From a submitted stack file to committed intent: check, build, resolve, one commit. Deployments of one
 * stack come one after the other. Doing one again replaces nothing that did not change.
 */
public final class Deploys {
    private final Store store;
    private final LiveView live;
    private final Blobs blobs;
    private final ImageBuilds images;
    private final Secrets secrets;
    private final InstantSource clock;
    /** One a stack: they are few and live as long as the server. */
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

    /** Held for one commit: {@link Turn}. */
    private final ReentrantLock turns = new ReentrantLock(true);

    /** A view follows its store within milliseconds; so long only while its watch is being mended. */
    private static final Duration BEHIND = Duration.ofSeconds(5);

    /** Told what is being done, and what of it people should know. */
    interface Progress extends ImageBuilds.Progress {
        void warning(Problem warning);
    }

    /** @param revision of the commit: the view shows the deployment from there on */
    record Accepted(Deployment deployment, List<ServiceId> services, long revision) {}

    public Deploys(Store store, LiveView live, Blobs blobs, ImageBuilds images, Secrets secrets, InstantSource clock) {
        this.store = store;
        this.live = live;
        this.blobs = blobs;
        this.images = images;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** Checks a request; nothing is changed and nothing was told yet. */
    Submission check(DeployRequest request) {
        Submission submission = checkBuild(request);
        List<Problem> problems = submission.file().secretProblems(name -> secrets.kept(submission.file().name(), name));
        if (!problems.isEmpty()) throw Refusal.problems(Code.conflict, "the stack needs secrets that are not to be had", problems);
        // Before anything is built; once more when it is committed.
        DeployCommit.requireNoOther(submission, new History(store).of(submission.file().name()));
        return submission;
    }

    /** What its images need alone: they hold no secrets. */
    Submission checkBuild(DeployRequest request) {
        Submission submission = Submission.of(request, live.view(), blobs);
        Trail.about(submission.file().name() + "/" + submission.tag());
        requireEngine(submission);
        return submission;
    }

    private void requireEngine(Submission submission) {
        if (submission.file().builds().isEmpty() || canRunUnbuilt(submission)) return;
        images.unavailable().ifPresent(reason -> {
            throw Refusal.detailed(Code.engineUnavailable, "no engine to build images with", reason, "start Docker, or set docker.host");
        });
    }

    /** Without an engine, services that may run as processes need no image. */
    private static boolean canRunUnbuilt(Submission submission) {
        List<StackService> running = submission.file().services().stream().filter(service -> service.draft().site().isEmpty()).toList();
        return running.stream().allMatch(service -> service.draft().executors().contains(ExecutorKind.process));
    }

    /** Builds what is not built yet. */
    ImageBuilds.Built build(Submission submission, Progress progress) {
        List<ImageBuild> builds = submission.file().builds();
        if (builds.isEmpty()) return new ImageBuilds.Built(Map.of(), Map.of());
        if (canRunUnbuilt(submission) && images.unavailable().isPresent()) return new ImageBuilds.Built(planned(submission), Map.of());
        progress.step(builds.size() == 1 ? "building image " + builds.getFirst().name() : "building " + builds.size() + " images");
        try {
            ImageBuilds.Built built = images.build(order(submission), progress);
            remember(submission, built);
            return built;
        } catch (ImageEngine.BuildFailedException e) {
            throw Refusal.detailed(Code.buildFailed, String.valueOf(e.getMessage()), String.join("\n", e.output()), "correct that step; nothing has been changed");
        } catch (ExecutorException e) {
            if (e.kind() == ExecutorException.Kind.unavailable) throw e;
            throw Refusal.of(Code.buildFailed, "the build failed: " + e.getMessage(), "");
        }
    }

    /** Without an engine: which services run as processes instead, and which wait. Nobody should have to guess where a service went. */
    private List<Problem> engineless(List<StackFile.Resolved> services) {
        List<String> processes = new ArrayList<>();
        List<String> waiting = new ArrayList<>();
        for (StackFile.Resolved service : services) {
            List<ExecutorKind> executors = service.spec().executors();
            if (service.spec().isSite() || !executors.contains(ExecutorKind.docker)) continue;
            (executors.contains(ExecutorKind.process) ? processes : waiting).add(service.name());
        }
        if (processes.isEmpty() && waiting.isEmpty()) return List.of();
        Optional<String> unavailable = images.unavailable();
        if (unavailable.isEmpty()) return List.of();
        List<String> told = new ArrayList<>();
        if (processes.size() == 1) told.add(processes.getFirst() + " runs as a local process");
        else if (!processes.isEmpty()) told.add(String.join(", ", processes) + " run as local processes");
        if (!waiting.isEmpty()) told.add(String.join(", ", waiting) + (waiting.size() == 1 ? " waits" : " wait") + " for one");
        return List.of(Problem.of("no-engine", "no engine answers: " + String.join("; ", told), unavailable.get()));
    }

    /** What should be known of the engines that services may run on: that none answers, that they lack images, that nobody reaches their ports. */
    List<Problem> engines(List<StackFile.Resolved> services) {
        List<Problem> told = new ArrayList<>(engineless(services));
        if (!images.pushes()) UnservedNodes.told(live.view(), services).ifPresent(told::add);
        if (services.stream().allMatch(service -> service.spec().ports().isEmpty())) return told;
        View view = live.view();
        for (String host : view.hosts().sortedKeys()) {
            List<String> remarks = view.host(host).flatMap(HostView::record).map(HostRecord::remarks).orElse(List.of());
            for (String remark : remarks) told.add(Problem.of("host-remark", "host " + host + ": " + remark, ""));
        }
        return told;
    }

    /** What the images will be called, without building them. */
    Map<ImageName, String> planned(Submission submission) {
        Map<ImageName, String> references = new HashMap<>();
        for (ImageBuilds.Planned planned : plannedBuilds(submission)) references.put(planned.name(), planned.reference());
        return references;
    }

    List<ImageBuilds.Planned> plannedBuilds(Submission submission) {
        List<ImageBuild> builds = submission.file().builds();
        if (builds.isEmpty()) return List.of();
        Optional<String> unavailable = images.unavailable();
        if (unavailable.isEmpty()) return images.plan(order(submission));
        // Names for the specifications of processes, which never use them.
        return builds.stream().map(build -> new ImageBuilds.Planned(build.name(), build.name().toString(), true, unavailable.get())).toList();
    }

    private ImageBuilds.Order order(Submission submission) {
        return new ImageBuilds.Order(
                submission.file().builds(), submission.context(), submission.fileName(), this::builtElsewhere, this::builtOn,
                lastBuilder(submission.file().name()), submission.noCache());
    }

    private Optional<BuiltOn> builtOn(String reference) {
        return store.find(Keys.built(reference)).flatMap(entry -> BuiltOn.of(entry.value()));
    }

    private Optional<String> lastBuilder(String stack) {
        return Listing.all(store, Keys.IMAGES + stack + "/").stream()
                .max(Comparator.comparingLong(Entry::modified))
                .flatMap(entry -> builtOn(entry.value().text()))
                .map(BuiltOn::host);
    }

    private void remember(Submission submission, ImageBuilds.Built built) {
        Chunks chunks = new Chunks(Commits.id("images"), _ -> {});
        built.references().forEach((name, reference) -> chunks.add(to -> to.put(Keys.image(name.stack(), submission.tag(), name.image()), reference)));
        built.where().forEach((reference, where) -> chunks.add(to -> to.put(Keys.built(reference), where.value())));
        for (Transaction transaction : chunks.build()) Commits.retried(store, submission.file().name(), () -> transaction);
    }

    /** An image of another stack, as its primary tag built it, else as any did. */
    private Optional<String> builtElsewhere(ImageName name) {
        String primary = store.find(Keys.stack(name.stack())).map(entry -> concierge.state.Codec.stack(entry.value()).primary()).orElse("");
        Optional<Entry> found = store.find(Keys.image(name.stack(), primary, name.image()));
        if (!primary.isEmpty() && found.isPresent()) return found.map(entry -> entry.value().text());
        return Listing.all(store, Keys.IMAGES + name.stack() + "/").stream()
                .filter(entry -> entry.key().endsWith("/" + name.image()))
                .map(entry -> entry.value().text())
                .findFirst();
    }

    /** Concrete specifications; {@code viking:} images as {@code built}, other stacks' as they built them. */
    Parsed.Good<List<StackFile.Resolved>> resolve(Submission submission, Map<ImageName, String> built) {
        Lookup lookup = new Lookup() {
            @Override
            public Optional<String> image(ImageName name) {
                String reference = built.get(name);
                return reference == null ? builtElsewhere(name) : Optional.of(reference);
            }

            @Override
            public Optional<String> environment(String stack, String key) {
                return store.find(Keys.env(stack, key)).map(entry -> entry.value().text());
            }

            @Override
            public Kept secret(String name) {
                return secrets.kept(submission.file().name(), name);
            }

            @Override
            public Optional<Digest> site(String documentRoot) {
                return Optional.ofNullable(submission.sites().get(documentRoot));
            }
        };
        return switch (submission.file().resolve(lookup)) {
            case Parsed.Good<List<StackFile.Resolved>> good -> good;
            case Parsed.Bad<List<StackFile.Resolved>> bad -> throw Submission.bad(bad.problems());
        };
    }

    /** Builds and commits; others of the same stack wait their turn. */
    Accepted accept(Submission submission, Progress progress) throws InterruptedException, IOException {
        String stack = submission.file().name();
        ReentrantLock lock = locks.computeIfAbsent(stack, _ -> new ReentrantLock(true));
        if (!lock.tryLock()) {
            progress.step("waiting for another deployment of " + stack);
            lock.lockInterruptibly();
        }
        try {
            submission.warnings().forEach(progress::warning);
            Map<ImageName, String> built = build(submission, progress).references();
            Parsed.Good<List<StackFile.Resolved>> resolved = resolve(submission, built);
            resolved.warnings().forEach(progress::warning);
            engines(resolved.value()).forEach(progress::warning);
            keepSources(submission);
            progress.step("deploying " + stack + (submission.tag().equals(concierge.model.Names.DEFAULT_TAG) ? "" : " at " + submission.tag()));
            return commit(submission, resolved.value(), progress);
        } finally {
            lock.unlock();
        }
    }

    /** The file itself, so that it can be deployed again, and its sites where the router finds them. */
    private void keepSources(Submission submission) throws IOException {
        byte[] text = submission.source().text().getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(text);
        if (!blobs.has(digest)) blobs.put(digest, new ByteArrayInputStream(text));
        for (String site : submission.file().sites()) {
            Digest content = submission.sites().get(site);
            if (content != null) blobs.unpackSite(content);
        }
    }

    private Accepted commit(Submission submission, List<StackFile.Resolved> services, Progress progress) {
        String stack = submission.file().name();
        Chunks specs = new Chunks(Commits.id("specs"), _ -> {});
        // Before the intents that name them: a specification that nobody names harms nobody.
        for (StackFile.Resolved service : services) specs.add(to -> Writes.spec(to, service.spec()));
        for (Transaction transaction : specs.build()) Commits.retried(store, stack, () -> transaction);
        DeployCommit commit = new DeployCommit(
                store, submission, services, id -> DeployCommit.isStuck(live.view(), id), clock.instant().getEpochSecond());
        DeployCommit.Made[] made = new DeployCommit.Made[1];
        long revision;
        // Among this server's own nobody has to be late; among servers there are few.
        turns.lock();
        try {
            revision = Commits.retried(store, stack, () -> {
                Turn turn = Turn.last(store);
                submission.requireFits(viewAt(turn.revision()));
                made[0] = commit.make(turn);
                return made[0].transaction();
            });
        } finally {
            turns.unlock();
        }
        made[0].changes().left().forEach(service -> progress.warning(DeployCommit.left(service)));
        List<ServiceId> ids = services.stream().map(service -> DeployCommit.id(stack, submission.tag(), service)).toList();
        return new Accepted(made[0].deployment(), ids, revision);
    }

    /** A view that shows every deployment up to a revision. */
    private View viewAt(long revision) {
        try {
            if (live.await(revision, BEHIND)) return live.view();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw Refusal.of(Code.busy, "the server stops", "ask again when it is back");
        }
        throw Refusal.of(Code.busy, "this server does not see what others deployed: its view is behind the store", "nothing was changed; try again, see server.log");
    }
}
