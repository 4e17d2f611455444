package concierge.server.instance;

import concierge.model.EngineOptions;
import concierge.model.ExecutorKind;
import concierge.model.Health;
import concierge.model.InstanceId;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.Problem;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.records.Selection;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** One-offs: a command with a service's image, network and environment, run to its end. */
public final class RunHandlers {
    private static final int PART_LENGTH = 63;

    /** A view follows its store in milliseconds; longer only delays the answer's first look. */
    private static final Duration SEEN = Duration.ofSeconds(2);

    private final Store store;
    private final LiveView live;
    private final Executors executors;

    public RunHandlers(Store store, LiveView live, Executors executors) {
        this.store = store;
        this.live = live;
        this.executors = executors;
    }

    /**
     * @param detach is the client's own affair; taken so that it may send what it was told
     * @param stdin the client will give it its standard input
     * @param tty with a terminal
     */
    record RunRequest(
            Optional<String> tag, Optional<String> service, List<String> command, Map<String, String> environment, boolean detach,
            int priority, Optional<Duration> deadline, boolean stdin, boolean tty) {
        RunRequest {
            command = command == null ? List.of() : List.copyOf(command);
            environment = environment == null ? Map.of() : Map.copyOf(environment);
        }
    }

    /** @param attach whether the client may attach once it runs, unless it runs where that is not possible */
    record Started(String instance, boolean attach, List<Problem> warnings) {}

    public List<Operation> operations() {
        return List.of(Operation.post("/v1/stacks/{stack}/run", this::run));
    }

    private Started run(Exchange exchange) throws InterruptedException {
        RunRequest request = exchange.body(RunRequest.class);
        if (request.service().isEmpty()) throw Refusal.of(Code.badRequest, "service: absent (expected: a service's name)", "");
        request.deadline().filter(deadline -> !deadline.isPositive()).ifPresent(deadline -> {
            throw Refusal.of(Code.badRequest, "deadline: " + deadline + " (expected: > 0)", "");
        });
        Selection selection = Selection.of(store, exchange.stack(), request.tag(), request.service());
        Selection.Chosen origin = selection.chosen().getFirst();
        ServiceSpec spec = store.find(Keys.spec(origin.intent().spec())).map(Entry::value).map(Codec::spec)
                .orElseThrow(() -> Refusal.of(Code.conflict, origin.id() + " has no specification", "deploy the stack again"));
        if (spec.isSite()) throw Refusal.of(Code.badRequest, origin.id() + ": a static site (expected: a service that runs)", "");
        List<Problem> warnings = new ArrayList<>();
        Connected connected = connected(origin.id(), spec, request, warnings);
        ServiceSpec derived = derive(origin.id(), connected, request, warnings);
        ServiceId id = name(origin.id());
        Intent intent = new Intent(
                Codec.digest(derived), 1, Intent.NO_OVERRIDE, false, 0, "", new RunKind.ToCompletion(request.priority(), request.deadline()));
        long revision = Commits.retried(store, id.path(), () -> {
            Transaction.Builder to = Transaction.id(Commits.id("run"));
            Writes.spec(to, derived);
            to.absent(Keys.proc(id));
            Writes.intent(to, id, intent);
            return to.build();
        });
        live.await(revision, SEEN);
        InstanceId instance = id.instance(1);
        return new Started(instance.path(), connected.attach(), warnings);
    }

    /** @param input it shall take some */
    private record Connected(ServiceSpec spec, boolean attach, boolean input) {}

    /** A terminal is to be had only where an executor can connect to the command itself. */
    private Connected connected(ServiceId origin, ServiceSpec spec, RunRequest request, List<Problem> warnings) {
        if (!request.stdin() && !request.tty()) return new Connected(spec, false, false);
        Set<ExecutorKind> attachable = executors.attachable(live.view());
        List<ExecutorKind> able = spec.executors().stream().filter(attachable::contains).toList();
        if (!request.tty()) return given(origin, spec, !able.isEmpty(), warnings);
        if (able.isEmpty()) {
            throw Refusal.of(Code.badRequest, origin + ": runs on " + spec.executors() + ", where a one-off has no terminal (expected: docker)",
                    "leave -t out, or use concierge exec -it");
        }
        List<String> options = new ArrayList<>(spec.options().arguments());
        options.add("--tty");
        return new Connected(spec.with().options(new EngineOptions(options)).executors(able).build(), true, true);
    }

    /** A pipe is offered by every client that has no terminal, and mostly empty: it keeps nothing from running. */
    private static Connected given(ServiceId origin, ServiceSpec spec, boolean attach, List<Problem> warnings) {
        List<ExecutorKind> taking = spec.executors().stream().filter(kind -> kind != ExecutorKind.swarm).toList();
        if (!taking.isEmpty()) return new Connected(spec.with().executors(taking).build(), attach, true);
        warnings.add(Problem.of("no-input", origin + ": a one-off on a Swarm has no input", ""));
        return new Connected(spec, false, false);
    }

    private static ServiceId name(ServiceId origin) {
        String suffix = OneOffs.MARK + String.format("%06x", ThreadLocalRandom.current().nextInt(1 << 24));
        String base = origin.service().substring(0, Math.min(origin.service().length(), PART_LENGTH - suffix.length()));
        return new ServiceId(origin.stack(), origin.tag(), base + suffix);
    }

    private static ServiceSpec derive(ServiceId origin, Connected connected, RunRequest request, List<Problem> warnings) {
        ServiceSpec spec = connected.spec();
        TreeMap<String, String> environment = new TreeMap<>(spec.environment());
        environment.putAll(request.environment());
        // A kept volume belongs to one instance number of one service; two that write it would break it.
        List<Volume> volumes = spec.volumes().stream().filter(volume -> volume.host().isPresent()).toList();
        if (volumes.size() < spec.volumes().size()) {
            warnings.add(Problem.of("volumes-left-out", "the kept volumes of " + origin + " are not there in a one-off", "use exec to reach them"));
        }
        if (origin.tag().equals(Names.STATIC_TAG)) {
            warnings.add(Problem.of("shared-service", origin + " is shared by all tags", ""));
        }
        return spec.with()
                .command(request.command().isEmpty() ? spec.command() : request.command())
                .environment(environment)
                .volumes(volumes)
                .pinned(!volumes.isEmpty())
                .shared(false)
                .ports(List.of())
                .domains(List.of())
                .health(Health.NONE)
                .restart(new Restart(Restart.Policy.never, Restart.ALWAYS.initial(), Restart.ALWAYS.longest()))
                .uniqueHost(false)
                .takesInput(connected.input())
                .build();
    }
}
