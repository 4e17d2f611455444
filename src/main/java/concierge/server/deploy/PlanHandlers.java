package concierge.server.deploy;

import concierge.control.Forecast;
import concierge.control.Wish;
import concierge.model.ImageName;
import concierge.model.Intent;
import concierge.model.Problem;
import concierge.model.Route;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.View;
import concierge.server.answer.DeploymentAnswer;
import concierge.server.content.ImageBuilds;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Turn;
import concierge.source.stackfile.StackFile;
import concierge.state.LiveView;
import concierge.state.Routes;
import concierge.store.Store;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** What a deployment would do: the same check, resolution and commit, made and not committed, and the real planner. */
public final class PlanHandlers {
    private final Deploys deploys;
    private final Store store;
    private final LiveView live;
    private final UnaryOperator<View> judged;
    private final InstantSource clock;

    public PlanHandlers(Deploys deploys, Store store, LiveView live, UnaryOperator<View> judged, InstantSource clock) {
        this.judged = judged;
        this.deploys = deploys;
        this.store = store;
        this.live = live;
        this.clock = clock;
    }

    record PlanAnswer(
            String stack, String tag, Optional<DeploymentAnswer> deployment, List<Problem> warnings, List<Forecast.Step> steps, List<Refusal> refusals) {}

    record Refusal(String instance, String reason) {}

    public List<Operation> operations() {
        return List.of(Operation.post("/v1/plan", this::plan));
    }

    private PlanAnswer plan(Exchange exchange) {
        Submission submission = deploys.check(exchange.body(DeployRequest.class));
        List<ImageBuilds.Planned> builds = deploys.plannedBuilds(submission);
        Map<ImageName, String> references = new HashMap<>();
        for (ImageBuilds.Planned build : builds) references.put(build.name(), build.reference());
        var resolved = deploys.resolve(submission, references);
        View view = live.view();
        DeployCommit.Made made = new DeployCommit(
                store, submission, resolved.value(), id -> DeployCommit.isStuck(view, id), clock.instant().getEpochSecond()).make(Turn.last(store));
        Map<ServiceId, StackFile.Resolved> services = new TreeMap<>();
        for (StackFile.Resolved service : resolved.value()) services.put(DeployCommit.id(submission.file().name(), submission.tag(), service), service);
        List<Forecast.Step> steps = new ArrayList<>();
        for (ImageBuilds.Planned build : builds) if (!build.present()) steps.add(new Forecast.Step("build", build.name().toString(), "build " + build.reference(), build.reason()));
        addServices(view, made.changes(), services, steps);
        Forecast forecast = Forecast.of(judged.apply(view), wish(made, services), clock.instant());
        steps.addAll(forecast.steps());
        addRoutes(view, services, steps);
        List<Problem> warnings = new ArrayList<>(submission.warnings());
        warnings.addAll(resolved.warnings());
        warnings.addAll(deploys.engines(resolved.value()));
        made.changes().left().forEach(service -> warnings.add(DeployCommit.left(service)));
        List<Refusal> refusals = forecast.refusals().stream().map(it -> new Refusal(it.instance().path(), it.reason())).toList();
        return new PlanAnswer(submission.file().name(), submission.tag(), Optional.empty(), warnings, steps, refusals);
    }

    private static Wish wish(DeployCommit.Made made, Map<ServiceId, StackFile.Resolved> services) {
        TreeMap<ServiceId, Wish.Wanted> wanted = new TreeMap<>();
        made.changes().wanted().forEach((id, intent) -> {
            StackFile.Resolved service = services.get(id);
            if (service != null) wanted.put(id, new Wish.Wanted(intent, service.spec()));
        });
        return new Wish(wanted, new TreeSet<>(made.changes().removed()), Optional.of(made.deployment()), Optional.of(made.stack()));
    }

    private static void addServices(View view, DeployCommit.Changes changes, Map<ServiceId, StackFile.Resolved> services, List<Forecast.Step> steps) {
        changes.wanted().forEach((id, intent) -> {
            StackFile.Resolved service = services.get(id);
            Optional<Intent> before = view.service(id).flatMap(known -> known.intent());
            if (before.isEmpty()) {
                steps.add(new Forecast.Step("create", id.path(), service == null ? "" : what(intent, service.spec()), "not there yet"));
            } else if (!before.get().spec().equals(intent.spec())) {
                Optional<ServiceSpec> old = view.service(id).flatMap(known -> known.spec());
                String differences = old.isPresent() && service != null ? Differences.between(old.get(), service.spec()) : "its specification";
                steps.add(new Forecast.Step("change", id.path(), differences, scaled(before.get(), intent)));
            } else if (before.get().wanted() != intent.wanted()) {
                steps.add(new Forecast.Step(
                        "change", id.path(), service != null && service.spec().isSite() ? "served again" : scaled(before.get(), intent),
                        before.get().stopped() ? "it was stopped" + Forecast.scaledByHand(intent).map(note -> "; " + note).orElse("") : "its number changed"));
            }
        });
        for (ServiceId id : changes.removed()) steps.add(new Forecast.Step("remove", id.path(), "the service", "not in the file any more"));
    }

    private static String what(Intent intent, ServiceSpec spec) {
        return spec.isSite() ? "a site, served by the router" : intent.wanted() + " × " + spec.image().orElse("process");
    }

    private static String scaled(Intent before, Intent after) {
        return before.wanted() == after.wanted() ? Forecast.scaledByHand(after).orElse("") : "scale " + before.wanted() + " → " + after.wanted();
    }

    private static void addRoutes(View view, Map<ServiceId, StackFile.Resolved> services, List<Forecast.Step> steps) {
        Map<String, ServiceId> routed = new HashMap<>();
        for (Route route : Routes.of(view, "", "").routes()) routed.put(route.domain(), route.service());
        services.forEach((id, service) -> {
            for (String written : service.spec().domains()) {
                String domain = written.toLowerCase(Locale.ROOT);
                ServiceId before = routed.get(domain);
                if (id.equals(before)) continue;
                steps.add(new Forecast.Step("route", domain, "lead to " + id.path(), before == null ? "a new domain" : "led to " + before.path()));
            }
        });
    }
}
