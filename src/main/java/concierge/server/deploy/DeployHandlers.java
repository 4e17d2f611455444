package concierge.server.deploy;

import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.ImageName;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Names;
import concierge.model.Problem;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.server.answer.InstanceAnswer;
import concierge.server.answer.Shown;
import concierge.server.content.Blobs;
import concierge.server.content.ImageBuilds;
import concierge.server.http.EventStream;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.http.RequestBody;
import concierge.server.records.History;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.stackfile.StackFile;
import concierge.source.stackfile.StackService;
import concierge.state.BuiltOn;
import concierge.state.LiveView;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Stack files and what they need: check, upload, build, deploy. */
public final class DeployHandlers {
    /** A lost wake-up costs a client no more than this. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Deploys deploys;
    private final Blobs blobs;
    private final ImageBuilds images;
    private final LiveView live;
    private final Shown shown;
    private final History history;
    private final Supplier<List<String>> remarks;

    public DeployHandlers(Deploys deploys, Blobs blobs, ImageBuilds images, LiveView live, Shown shown, History history, Supplier<List<String>> remarks) {
        this.deploys = deploys;
        this.blobs = blobs;
        this.images = images;
        this.live = live;
        this.shown = shown;
        this.history = history;
        this.remarks = remarks;
    }

    record Checked(String stack, List<String> builds, List<String> sites, List<String> services, List<Problem> warnings) {}

    record Text(String text) {}

    record Remarks(List<String> remarks) {}

    record Line(String image, String line) {}

    record AcceptedAnswer(String stack, String id, String tag) {}

    record Done(String outcome, String reason, Optional<Shown.Ps> ps, Map<String, String> images) {}

    public List<Operation> operations() {
        return List.of(
                Operation.post("/v1/stackfile/check", DeployHandlers::check),
                new Operation(HttpMethod.HEAD, "/v1/blobs/{digest}", (Operation.Action.Answering) this::hasBlob),
                new Operation(HttpMethod.PUT, "/v1/blobs/{digest}", (Operation.Action.Receiving) this::putBlob),
                Operation.work("/v1/build", this::build),
                Operation.work("/v1/deploy", this::deploy));
    }

    private static Checked check(Exchange exchange) {
        var parsed = Submission.parse(exchange.body(DeployRequest.File.class));
        StackFile file = parsed.value();
        return new Checked(
                file.name(), file.builds().stream().map(build -> build.name().image()).toList(), file.sites(),
                file.services().stream().map(StackService::name).toList(), parsed.warnings());
    }

    private Object hasBlob(Exchange exchange) {
        Digest digest = digest(exchange);
        if (!blobs.has(digest)) throw Refusal.of(Code.notFound, "no content " + digest.hex(), "PUT it");
        return Map.of();
    }

    private Object putBlob(Exchange exchange, RequestBody body) throws IOException {
        Digest digest = digest(exchange);
        try {
            // Read even when it is known: a client may not listen before it has sent everything.
            if (blobs.has(digest)) body.transferTo(java.io.OutputStream.nullOutputStream());
            else blobs.put(digest, body);
        } catch (Blobs.WrongDigestException e) {
            throw Refusal.of(Code.badRequest, String.valueOf(e.getMessage()), "send the content whose SHA-256 the path names");
        }
        return Map.of("digest", digest.hex());
    }

    private static Digest digest(Exchange exchange) {
        try {
            return new Digest(exchange.path("digest"));
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Code.badRequest, String.valueOf(e.getMessage()), "");
        }
    }

    private static Deploys.Progress progress(EventStream stream) {
        return new Deploys.Progress() {
            @Override
            public void step(String text) {
                stream.send("step", new Text(text));
            }

            @Override
            public void line(String image, String line) {
                stream.send("progress", new Line(image, line));
            }

            @Override
            public void warning(Problem warning) {
                stream.send("warning", warning);
            }
        };
    }

    private void build(Exchange exchange, EventStream stream) {
        DeployRequest request = exchange.body(DeployRequest.class);
        Submission submission = deploys.checkBuild(request);
        images.unavailable().filter(_ -> !submission.file().builds().isEmpty()).ifPresent(reason -> {
            throw Refusal.detailed(Code.engineUnavailable, "no engine to build images with", reason, "start Docker, or set docker.host");
        });
        Deploys.Progress progress = progress(stream);
        submission.warnings().forEach(progress::warning);
        ImageBuilds.Built built = deploys.build(submission, progress);
        Map<String, String> references = new TreeMap<>();
        built.references().forEach((name, reference) -> references.put(name.image(), reference));
        request.push().ifPresent(registry -> push(built, submission.tag(), registry, progress));
        stream.send("done", new Done("succeeded", built.references().isEmpty() ? "the file builds no images" : "", Optional.empty(), references));
    }

    private void push(ImageBuilds.Built built, String tag, String registry, Deploys.Progress progress) {
        String base = registry.endsWith("/") ? registry.substring(0, registry.length() - 1) : registry;
        new TreeMap<>(byImage(built.references())).forEach((image, reference) -> {
            String target = base + "/" + image + ":" + (tag.equals(Names.DEFAULT_TAG) ? "latest" : tag);
            progress.step("pushing " + target);
            BuiltOn where = built.where().get(reference);
            if (where == null) throw Refusal.of(Code.conflict, reference + " is gone from the engine that built it (expected: still there)", "push again");
            images.push(reference, where, target, progress);
        });
    }

    private static Map<String, String> byImage(Map<ImageName, String> built) {
        Map<String, String> references = new HashMap<>();
        built.forEach((name, reference) -> references.put(name.image(), reference));
        return references;
    }

    private void deploy(Exchange exchange, EventStream stream) throws InterruptedException, IOException {
        Submission submission = deploys.check(exchange.body(DeployRequest.class));
        Deploys.Accepted accepted = deploys.accept(submission, progress(stream));
        Deployment deployment = accepted.deployment();
        stream.send("accepted", new AcceptedAnswer(deployment.stack(), deployment.id(), deployment.tag()));
        live.await(accepted.revision(), LOOK);
        follow(accepted, stream);
    }

    /** Tells each change of the deployment's instances until it has ended or nobody listens. */
    private void follow(Deploys.Accepted accepted, EventStream stream) throws InterruptedException {
        Deployment mine = accepted.deployment();
        Map<String, InstanceAnswer> told = new HashMap<>();
        List<String> remarked = List.of();
        boolean watching = false;
        while (!stream.isOver()) {
            View view = live.view();
            List<String> known = remarks.get();
            if (!known.equals(remarked)) stream.send("remarks", new Remarks(known));
            remarked = known;
            for (InstanceAnswer answer : instances(view, accepted.services())) {
                if (!answer.equals(told.put(answer.instance(), answer))) stream.send("instance", answer);
            }
            if (!watching && isWatching(view, accepted.services(), told.values())) {
                watching = true;
                stream.send("step", new Text("watching for " + ServiceSpec.BLIND_MONITOR.toSeconds() + " s that what has no health check stays up"));
            }
            Deployment active = view.deployments().find(mine.stack());
            boolean ended = view.revision() >= accepted.revision() && (active == null || !active.id().equals(mine.id()));
            if (ended) {
                Deployment outcome = history.find(mine.stack(), mine.id());
                if (outcome.outcome() != Deployment.Outcome.active) {
                    Shown.Ps ps = shown.ps(view, id -> id.stack().equals(mine.stack()));
                    stream.send("done", new Done(outcome.outcome().name(), outcome.reason(), Optional.of(ps), Map.of()));
                    return;
                }
            }
            live.await(view.revision() + 1, LOOK);
        }
    }

    /** Whether all are ready as they shall be now, and only time can tell of some of them. */
    private static boolean isWatching(View view, List<ServiceId> services, Collection<InstanceAnswer> all) {
        List<InstanceView> instances = services.stream()
                .flatMap(id -> view.service(id).stream())
                .flatMap(service -> service.instances().values().stream())
                .toList();
        boolean current = services.stream().allMatch(id -> view.service(id).filter(service -> !isReplaced(service)).isPresent());
        return current
                && instances.stream().anyMatch(instance -> instance.spec().isWatched(instance.status()))
                && all.stream().allMatch(it -> it.state().equals(InstanceState.ready.name()) || it.state().equals(InstanceState.completed.name()));
    }

    /** Whether some of its instances are those of before; shared ones stay so. */
    private static boolean isReplaced(ServiceView service) {
        return service.intent().filter(intent -> service.instances().values().stream().anyMatch(instance ->
                instance.assignment().epoch() != intent.epoch()
                        || !instance.spec().shared() && !instance.assignment().spec().equals(intent.spec()))).isPresent();
    }

    private List<InstanceAnswer> instances(View view, List<ServiceId> services) {
        return services.stream()
                .flatMap(id -> view.service(id).stream())
                .flatMap((ServiceView service) -> shown.instances(view, service).stream())
                .toList();
    }
}
