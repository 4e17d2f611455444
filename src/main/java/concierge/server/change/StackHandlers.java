package concierge.server.change;

import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.ServiceSpec;
import concierge.security.access.Trail;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.records.Selection;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Chunks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Changing what is deployed: scale, start, stop, restart, remove, stored environment. */
public final class StackHandlers {
    /** Hand-made changes are small; a stack of more services than fit in so many chunks is refused before. */
    private static final int TRIES = 10;

    /** A name that a shell and every language accept. */
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");

    /** As much as an environment can hold of one variable on Linux is 128 KiB; half of it leaves room. */
    private static final int VALUE_CHARACTERS = 64 << 10;

    private final Store store;
    private final Removal removal;

    public StackHandlers(Store store, Removal removal) {
        this.store = store;
        this.removal = removal;
    }

    record ScaleRequest(Optional<String> tag, Optional<String> service, Optional<Integer> scale, boolean reset) {}

    record ChosenRequest(Optional<String> tag, Optional<String> service) {}

    /** @param services what was changed */
    record Changed(long revision, List<String> services) {}

    public List<Operation> operations() {
        return List.of(
                Operation.post("/v1/stacks/{stack}/scale", this::scale),
                Operation.post("/v1/stacks/{stack}/start", exchange -> change(exchange, exchange.body(ChosenRequest.class), intent -> intent.withStopped(false))),
                Operation.post("/v1/stacks/{stack}/stop", exchange -> change(exchange, exchange.body(ChosenRequest.class), intent -> intent.withStopped(true))),
                Operation.post("/v1/stacks/{stack}/restart", this::restart),
                Operation.delete("/v1/stacks/{stack}", this::down),
                Operation.delete("/v1/stacks/{stack}/services/{service}", this::remove),
                Operation.get("/v1/stacks/{stack}/env", exchange -> environment(exchange.stack())),
                Operation.put("/v1/stacks/{stack}/env", this::setEnvironment),
                Operation.delete("/v1/stacks/{stack}/env/{key}", this::removeVariable));
    }

    private Changed scale(Exchange exchange) {
        ScaleRequest request = exchange.body(ScaleRequest.class);
        if (request.service().isEmpty()) throw Refusal.of(Code.badRequest, "service: absent (expected: a service's name)", "");
        if (request.scale().isPresent() == request.reset()) {
            throw Refusal.of(Code.badRequest, "scale: " + (request.reset() ? "with reset" : "absent") + " (expected: a number, or reset)", "");
        }
        if (exchange.stack().equals(Names.TASKS_STACK)) {
            throw Refusal.of(Code.badRequest, exchange.stack() + "/" + request.service().get() + ": a task of a queue, which runs once (expected: a service of a stack file)", "concierge portier tasks");
        }
        int override = request.scale().orElse(Intent.NO_OVERRIDE);
        if (request.scale().isPresent() && (override < 0 || override > Intent.MAX_SCALE)) {
            throw Refusal.of(Code.badRequest, "scale: " + override + " (expected: 0 to " + Intent.MAX_SCALE + ")", "");
        }
        Trail.about(named(exchange.stack(), request.tag(), request.service()) + (request.reset() ? " as its file says" : " to " + override));
        requireNoSite(exchange.stack(), request.tag(), request.service());
        return change(exchange.stack(), request.tag(), request.service(), intent -> intent.withOverride(override));
    }

    /** Of a whole stack, its sites have no part in what is done to instances; asked for by name, it would be done to nothing. */
    private void requireNoSite(String stack, Optional<String> tag, Optional<String> service) {
        if (service.isEmpty()) return;
        for (Selection.Chosen chosen : Selection.of(store, stack, tag, service).chosen()) {
            boolean site = store.find(Keys.spec(chosen.intent().spec())).map(Entry::value).map(Codec::spec).filter(ServiceSpec::isSite).isPresent();
            if (site) throw Refusal.of(Code.badRequest, chosen.id() + ": a static site (expected: a service that runs)", "the router serves it; it has no instances");
        }
    }

    /** {@code shop/v2/web}, as far as it was named. */
    private static String named(String stack, Optional<String> tag, Optional<String> service) {
        return stack + tag.map(name -> "/" + name).orElse("") + service.map(name -> "/" + name).orElse("");
    }

    private Changed restart(Exchange exchange) {
        ChosenRequest request = exchange.body(ChosenRequest.class);
        requireNoSite(exchange.stack(), request.tag(), request.service());
        return change(exchange, request, Intent::nextEpoch);
    }

    private Changed change(Exchange exchange, ChosenRequest request, UnaryOperator<Intent> change) {
        Trail.about(named(exchange.stack(), request.tag(), request.service()));
        return change(exchange.stack(), request.tag(), request.service(), change);
    }

    private Changed change(String stack, Optional<String> tag, Optional<String> service, UnaryOperator<Intent> change) {
        List<String> changed = new ArrayList<>();
        long revision = 0;
        // A conflict starts over with what is not changed yet: a restart must not count up twice.
        for (int attempt = 0; ; attempt++) {
            Selection selection = Selection.of(store, stack, tag, service);
            Chunks chunks = new Chunks(Commits.id("change"), _ -> {});
            List<String> names = new ArrayList<>();
            for (Selection.Chosen chosen : selection.chosen()) {
                if (changed.contains(chosen.id().path())) continue;
                chunks.add(to -> Writes.intent(to, chosen.entry(), change.apply(chosen.intent())));
                names.add(chosen.id().path());
            }
            boolean conflict = false;
            for (Transaction transaction : chunks.build()) {
                switch (Commits.settled(store, transaction)) {
                    case CommitResult.Committed(long at) -> {
                        revision = at;
                        for (Transaction.Put put : transaction.puts()) changed.add(put.key().substring(Keys.PROC.length()));
                    }
                    case CommitResult.Conflict _ -> conflict = true;
                    case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
                }
            }
            if (!conflict) return new Changed(revision, List.copyOf(changed));
            if (attempt == TRIES) throw Refusal.of(Code.conflict, stack + " is being changed by others", "try again");
        }
    }

    private Object down(Exchange exchange) throws InterruptedException {
        return removal.remove(
                exchange.stack(), exchange.query("tag"), Optional.empty(), exchange.flag("volumes", false), exchange.flag("wait", true));
    }

    private Object remove(Exchange exchange) throws InterruptedException {
        return removal.remove(exchange.stack(), exchange.query("tag"), Optional.of(exchange.path("service")), false, exchange.flag("wait", true));
    }

    private Map<String, String> environment(String stack) {
        TreeMap<String, String> variables = new TreeMap<>();
        String prefix = Keys.ENV + stack + "/";
        for (Entry entry : Listing.all(store, prefix)) variables.put(entry.key().substring(prefix.length()), entry.value().text());
        return variables;
    }

    /** Allowed before the stack's first deployment, which may need them. */
    private Map<String, Object> setEnvironment(Exchange exchange) {
        String stack = exchange.stack();
        Map<?, ?> variables = exchange.body(Map.class);
        Chunks chunks = new Chunks(Commits.id("env"), _ -> {});
        List<String> names = new ArrayList<>();
        variables.forEach((key, value) -> {
            String name = requireVariable(String.valueOf(key));
            if (!(value instanceof String text)) {
                throw Refusal.of(Code.badRequest, name + ": no text (expected: a JSON string)", "write numbers in quotes");
            }
            if (text.length() > VALUE_CHARACTERS) {
                throw Refusal.of(Code.badRequest, name + ": " + text.length() + " characters (expected: at most " + VALUE_CHARACTERS + ")", "");
            }
            if (text.indexOf('\0') >= 0) {
                throw Refusal.of(Code.badRequest, name + ": with a NUL character (expected: a text without)", "a program's environment cannot hold one; use a secret");
            }
            chunks.add(to -> to.put(Keys.env(stack, name), text));
            names.add(name);
        });
        if (names.size() == 1) Trail.about(stack + " " + names.getFirst());
        else Trail.about(stack + ", " + names.size() + " variables");
        for (Transaction transaction : chunks.build()) Commits.retried(store, stack, () -> transaction);
        return Map.of("set", names);
    }

    private static String requireVariable(String name) {
        if (VARIABLE.matcher(name).matches()) return name;
        throw Refusal.of(Code.badRequest, "variable: " + name + " (expected: letters, digits and _, no digit first)", "");
    }

    private Map<String, Object> removeVariable(Exchange exchange) {
        String stack = exchange.stack();
        String name = requireVariable(exchange.path("key"));
        if (store.find(Keys.env(stack, name)).isEmpty()) {
            throw Refusal.notFound("variable", name, List.copyOf(environment(stack).keySet()));
        }
        Commits.retried(store, stack, () -> Transaction.id(Commits.id("env")).delete(Keys.env(stack, name)).build());
        return Map.of("removed", List.of(name));
    }
}
