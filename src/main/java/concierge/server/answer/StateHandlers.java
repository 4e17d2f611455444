package concierge.server.answer;

import concierge.model.Deployment;
import concierge.model.HostView;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.plan.Planner;
import concierge.plan.Verdict;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.History;
import concierge.server.refusal.Refusal;
import concierge.state.LiveView;
import concierge.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Reading: the fixed paths, and what is shown of the state as a whole. */
public final class StateHandlers {
    private final Store store;
    private final LiveView live;
    private final Shown shown;
    private final History history;
    private final String own;
    private final Supplier<List<String>> remarks;
    private final Supplier<Optional<Instant>> asOf;

    /**
     * @param own the host that this server stands on
     * @param remarks told of it
     * @param asOf {@link concierge.server.ApiParts#asOf}
     */
    public StateHandlers(Store store, LiveView live, Shown shown, History history, String own, Supplier<List<String>> remarks, Supplier<Optional<Instant>> asOf) {
        this.store = store;
        this.live = live;
        this.shown = shown;
        this.history = history;
        this.own = own;
        this.remarks = remarks;
        this.asOf = asOf;
    }

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/ping", _ -> true),
                Operation.get("/v1/info", _ -> new Info(store).read()),
                Operation.get("/v1/network", _ -> hosts()),
                Operation.get("/v1/hosts", _ -> hosts()),
                Operation.get("/v1/server/{name}", this::host),
                Operation.get("/v1/stacks", _ -> stacks()),
                Operation.get("/v1/stack/{stack}", this::stack),
                Operation.get("/v1/tags/{stack}", exchange -> Shown.tags(live.view(), known(live.view(), exchange.stack()))),
                Operation.get("/v1/nodes/{stack}/{tag}", this::nodes),
                Operation.get("/v1/allocate/{stack}/{tag}/{service}", this::allocate),
                Operation.get("/v1/deployments/{stack}", this::deployments),
                Operation.get("/v1/deployments/{stack}/{id}", this::deployment));
    }

    private List<Shown.Host> hosts() {
        View view = live.view();
        Optional<Instant> shown = asOf.get();
        // That the store is away is nothing of one host's: it is told of all.
        List<String> told = shown.isEmpty() ? remarks.get() : List.of();
        List<Shown.Host> hosts = new ArrayList<>();
        for (String name : view.hosts().sortedKeys()) {
            view.host(name).ifPresent(host -> hosts.add(Shown.host(host).with(name.equals(own) ? told : List.of()).with(shown)));
        }
        return hosts;
    }

    private Shown.HostDetail host(Exchange exchange) {
        View view = live.view();
        String name = exchange.path("name");
        HostView host = view.host(name).orElseThrow(() -> Refusal.notFound("host", name, view.hosts().sortedKeys()));
        return shown.hostDetail(view, host);
    }

    private List<Shown.Stack> stacks() {
        View view = live.view();
        return Shown.stackNames(view).stream().map(name -> shown.stack(view, name)).toList();
    }

    /** The stack's name, if there is such a stack. */
    static String known(View view, String stack) {
        List<String> names = Shown.stackNames(view);
        if (!names.contains(stack)) throw Refusal.notFound("stack", stack, names);
        return stack;
    }

    private Shown.StackDetail stack(Exchange exchange) {
        View view = live.view();
        String stack = known(view, exchange.stack());
        return shown.detail(view, stack, history.of(stack).stream().map(DeploymentAnswer::of).toList());
    }

    private List<Shown.Service> nodes(Exchange exchange) {
        View view = live.view();
        String stack = known(view, exchange.stack());
        String tag = exchange.path("tag");
        if (!Shown.tags(view, stack).contains(tag)) throw Refusal.notFound("tag", stack + "/", tag, Shown.tags(view, stack));
        return Shown.services(view, id -> id.stack().equals(stack) && id.tag().equals(tag)).stream().map(Shown::service).toList();
    }

    private List<Verdict> allocate(Exchange exchange) {
        View view = live.view();
        ServiceView service = service(view, exchange.service());
        return new Planner().explain(view, service.id());
    }

    public static ServiceView service(View view, ServiceId id) {
        known(view, id.stack());
        return view.service(id).orElseThrow(() -> Refusal.notFound("service", id.path(), names(view, id.stack())));
    }

    private static List<String> names(View view, String stack) {
        return Shown.services(view, id -> id.stack().equals(stack)).stream().map(it -> it.id().path()).toList();
    }

    /** Those of a stack that was taken down stay readable while they are kept. */
    private List<DeploymentAnswer> deployments(Exchange exchange) {
        List<Deployment> deployments = history.of(exchange.stack());
        if (deployments.isEmpty()) known(live.view(), exchange.stack());
        return deployments.stream().map(DeploymentAnswer::of).toList();
    }

    private Object deployment(Exchange exchange) {
        return DeploymentAnswer.of(history.find(exchange.stack(), exchange.path("id")));
    }
}
