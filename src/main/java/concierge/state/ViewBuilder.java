package concierge.state;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Problem;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.model.View;
import concierge.store.Batch;
import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Builds {@link View}s from a listing and then from watch batches, at the cost of what changed. Not
 * thread-safe. Nothing it is told can break it: a record that cannot be read is skipped (what was known
 * of it before stays) and named in {@link #problems} until it is mended or gone.
 * Whoever must know what changed compares two views ({@link concierge.model.SharedMap#forEachChange}).
 */
public final class ViewBuilder {
    /** The prefixes to list, in this order: specifications first, because assignments refer to them. */
    public static final List<String> PREFIXES = List.of(
            Keys.SPECS, Keys.HOST, Keys.CORDON, Keys.FLAPPING, Keys.STACKS, Keys.DEPLOYMENTS, Keys.FIXED, Keys.PROC, Keys.PENDING, Keys.MOVES, Keys.ASSIGN,
            Keys.STATUS, Keys.DEPLOY, Keys.COUNTER, Keys.PORTS);

    /** Listings tried in a row: one takes seconds at most, the history of a store lasts minutes. */
    private static final int LISTINGS = 5;

    private final Specs specs = new Specs();
    private final Hosts hosts = new Hosts();
    /** The services of one name under any tag: they share their pins. */
    private final Map<String, Set<ServiceId>> named = new HashMap<>();
    private final Shared shared = new Shared();
    private final Problems problems = new Problems();
    /** What was told of instances that are not in the view: their assignment, or its specification, is missing. */
    private final Map<InstanceId, Strays> strays = new HashMap<>();
    private final Map<ServiceId, ServiceDraft> drafts = new HashMap<>();
    private final Map<String, Optional<Deployment>> deploymentChanges = new HashMap<>();
    /** All that are kept, by stack and id: what is shown of the past while the store is away. */
    private final Map<String, TreeMap<String, Deployment>> past = new HashMap<>();
    private final Map<String, Optional<StackRecord>> stackChanges = new HashMap<>();
    private final MoveDrafts moves = new MoveDrafts();
    private View view = View.EMPTY;
    private long revision;

    /**
     * A builder that has been told all that a store holds, at one revision: what to watch from.
     *
     * @throws CompactedException when the store forgot that revision while it was read, again and again
     */
    public static ViewBuilder load(Store store) {
        for (int attempt = 1; ; attempt++) {
            try {
                return listed(store);
            } catch (CompactedException e) {
                if (attempt == LISTINGS) throw e;
            }
        }
    }

    private static ViewBuilder listed(Store store) {
        ViewBuilder builder = new ViewBuilder();
        long at = store.revision();
        for (String prefix : PREFIXES) {
            String after = "";
            for (boolean more = true; more; ) {
                Page page = store.list(prefix, after, Limits.PAGE, at);
                builder.apply(page.entries(), at);
                more = page.more();
                if (more) after = page.entries().getLast().key();
            }
        }
        return builder;
    }

    /** The revision applied last. */
    public long revision() {
        return revision;
    }

    /** One page of a listing. */
    public void apply(Collection<Entry> entries, long revision) {
        for (Entry entry : entries) apply(entry.key(), entry);
        this.revision = revision;
    }

    public void apply(Batch batch) {
        for (Batch.Change change : batch.changes()) apply(change.key(), change.entry().orElse(null));
        revision = batch.revision();
    }

    /** All of it at the revision applied last; nothing is dirty. */
    public View view() {
        Map<ServiceId, @Nullable ServiceView> services = new HashMap<>();
        drafts.forEach((id, draft) -> {
            ServiceView service = draft.build();
            // Pins alone are no service: they have no tag, and come back with whichever next needs them.
            boolean gone = service.intent().isEmpty() && service.instances().isEmpty() && service.pending().isEmpty();
            services.put(id, gone ? null : service);
            if (gone) forget(id);
        });
        drafts.clear();
        view = new View(
                revision,
                view.services().with(services),
                hosts.build(view.hosts()),
                view.deployments().with(taken(deploymentChanges)),
                view.stacks().with(taken(stackChanges)),
                view.moves().with(moves.taken()),
                Collections.emptySortedSet());
        return view;
    }

    /** The deployments of a stack that are kept, newest first. */
    List<Deployment> deployments(String stack) {
        TreeMap<String, Deployment> kept = past.get(stack);
        return kept == null ? List.of() : List.copyOf(kept.descendingMap().values());
    }

    /** What could not be read, by key; a bounded part of it. */
    public List<Problem> problems() {
        return problems.list();
    }

    private static <V> Map<String, @Nullable V> taken(Map<String, Optional<V>> changes) {
        Map<String, @Nullable V> taken = new HashMap<>();
        changes.forEach((key, value) -> taken.put(key, value.orElse(null)));
        changes.clear();
        return taken;
    }

    private void apply(String key, @Nullable Entry entry) {
        try {
            dispatch(Key.parse(key), entry);
            problems.mended(key);
        } catch (MalformedValueException | IllegalArgumentException e) {
            if (entry == null) problems.mended(key);
            else problems.add(key, String.valueOf(e.getMessage()));
        }
    }

    private void dispatch(Key key, @Nullable Entry entry) {
        @Nullable Value value = entry == null ? null : entry.value();
        switch (key) {
            case Key.Spec at -> spec(at.digest(), value);
            case Key.Host at -> host(at.host(), value);
            case Key.Cordon at -> hosts.cordon(at.host(), value == null ? Hosts.Cordon.none : Hosts.Cordon.of(value.text()));
            case Key.Flapping at -> hosts.flapping(at.host(), value == null ? "" : value.text());
            case Key.Proc at -> intent(at.service(), value);
            case Key.Assign at -> assignment(at.host(), at.instance(), entry);
            case Key.Status at -> status(at.host(), at.instance(), value);
            case Key.Deploy at -> container(at.host(), at.instance(), value);
            case Key.Counter at -> failures(at.host(), at.instance(), value);
            case Key.Ports at -> endpoint(at.endpoint(), value);
            case Key.Fixed at -> pin(at, value);
            case Key.Pending at -> pending(at.instance(), value);
            case Key.Move at -> moves.apply(view, at.instance(), entry);
            case Key.Deployment at -> deployment(at, value);
            case Key.Stack at -> stack(at.stack(), value);
            case Key.Run _, Key.Image _, Key.Env _, Key.Secret _, Key.Peer _, Key.Built _, Key.Leader _, Key.Meta _, Key.Foreign _ -> {
                // Not part of the planner's world: the assignment says what /run says.
            }
        }
    }

    private void spec(Digest digest, @Nullable Value value) {
        if (value == null) {
            specs.remove(digest);
            return;
        }
        specs.put(digest, Codec.spec(value));
        for (InstanceId instance : specs.takeAwaiting(digest)) {
            @Nullable Strays left = strays.get(instance);
            @Nullable Assignment waiting = left == null ? null : left.assignment();
            if (left == null || waiting == null || !waiting.spec().equals(digest)) continue;
            enter(waiting, left.generation());
            problems.mended(Keys.assign(waiting.host(), instance));
        }
        for (ServiceId service : specs.takeWanting(digest)) {
            draft(service).found(digest, specs.find(digest));
        }
    }

    private void host(String host, @Nullable Value value) {
        hosts.record(host, value == null ? Optional.empty() : Optional.of(Codec.host(value)));
    }

    private void intent(ServiceId id, @Nullable Value value) {
        Optional<Intent> intent = value == null ? Optional.empty() : Optional.of(Codec.intent(value));
        ServiceDraft draft = draft(shared.service(id));
        draft.intent(intent, intent.flatMap(wanted -> Optional.ofNullable(specs.find(wanted.spec()))));
        if (intent.isPresent() && draft.lacksSpec()) specs.want(intent.get().spec(), draft.id());
    }

    private void assignment(String host, InstanceId id, @Nullable Entry entry) {
        InstanceId instance = shared.instance(id, this::known);
        if (entry == null) {
            leave(host, instance);
            return;
        }
        Assignment assignment = shared.assignment(Codec.assignment(entry.value()), instance);
        if (!assignment.host().equals(host)) {
            throw new IllegalArgumentException("assignment: host " + assignment.host() + " (expected: its key's, " + host + ")");
        }
        @Nullable InstanceView before = known(instance);
        if (before != null && !before.host().equals(host)) {
            throw new IllegalArgumentException("assignment: a second one of " + instance + " (the first is on " + before.host() + ")");
        }
        enter(assignment, entry.created());
    }

    /** The instance joins the view, or changes in it, unless its specification is not there yet. */
    private void enter(Assignment assignment, long generation) {
        InstanceId instance = assignment.instance();
        @Nullable ServiceSpec spec = specs.find(assignment.spec());
        if (spec == null) {
            strays.computeIfAbsent(instance, _ -> new Strays()).assign(assignment, generation);
            specs.await(assignment.spec(), instance);
            throw new IllegalArgumentException("assignment: specification " + assignment.spec().hex() + " (expected: one under " + Keys.SPECS + ")");
        }
        @Nullable InstanceView old = known(instance);
        if (old != null && old.generation() == generation) {
            stray(instance, false, left -> left.unassign(assignment.host()));
            replace(instance, old, new InstanceView(
                    assignment, generation, spec, old.status(), old.endpoints(), old.container(), old.failures()));
            return;
        }
        Strays left = strays.getOrDefault(instance, new Strays());
        replace(instance, old, left.join(assignment, generation, spec));
        if (left.isEmpty()) strays.remove(instance);
    }

    private void leave(String host, InstanceId instance) {
        stray(instance, false, left -> left.unassign(host));
        @Nullable InstanceView old = on(host, instance);
        if (old == null) return;
        stray(instance, true, left -> left.part(old));
        replace(instance, old, null);
    }

    private void replace(InstanceId instance, @Nullable InstanceView old, @Nullable InstanceView now) {
        draft(instance.service()).instance(instance.n(), now);
        hosts.replace(old, now);
    }

    private void status(String host, InstanceId id, @Nullable Value value) {
        Optional<Status> status = value == null ? Optional.empty() : Optional.of(shared.status(Codec.status(value)));
        @Nullable InstanceView old = on(host, id);
        if (old == null) {
            stray(id, value != null, left -> left.status(host, status));
        } else if (status.isEmpty() || status.get().generation() == old.generation()) {
            replace(old.id(), old, new InstanceView(
                    old.assignment(), old.generation(), old.spec(), status, old.endpoints(), old.container(), old.failures()));
        }
    }

    private void container(String host, InstanceId id, @Nullable Value value) {
        String name = value == null ? "" : value.text();
        @Nullable InstanceView old = on(host, id);
        if (old == null) {
            stray(id, value != null, left -> left.container(host, name));
        } else {
            String same = old.status().map(Status::container).filter(name::equals).orElse(name);
            replace(old.id(), old, new InstanceView(
                    old.assignment(), old.generation(), old.spec(), old.status(), old.endpoints(), same, old.failures()));
        }
    }

    private void failures(String host, InstanceId id, @Nullable Value value) {
        int count = value == null ? 0 : Integer.parseInt(value.text());
        @Nullable InstanceView old = on(host, id);
        if (old == null) {
            stray(id, value != null, left -> left.failures(host, count));
        } else {
            replace(old.id(), old, new InstanceView(
                    old.assignment(), old.generation(), old.spec(), old.status(), old.endpoints(), old.container(), count));
        }
    }

    private void endpoint(Endpoint told, @Nullable Value value) {
        @Nullable InstanceView old = known(told.instance());
        if (old == null) {
            stray(told.instance(), value != null, left -> left.endpoint(told, value != null));
            return;
        }
        List<Endpoint> endpoints = new ArrayList<>(old.endpoints());
        endpoints.remove(told);
        if (value != null) endpoints.add(shared.endpoint(told, old.id()));
        endpoints.sort(Strays.ENDPOINT_ORDER);
        replace(old.id(), old, new InstanceView(
                old.assignment(), old.generation(), old.spec(), old.status(), endpoints, old.container(), old.failures()));
    }

    /** A pin belongs to the service under whatever tag it has; it is shown with each of them. */
    private void pin(Key.Fixed at, @Nullable Value value) {
        @Nullable String host = value == null ? null : shared.text(value.text());
        shared.pin(at, host);
        Set<ServiceId> sharing = named.getOrDefault(name(at.stack(), at.service()), Set.of());
        for (ServiceId service : List.copyOf(sharing)) draft(service).pin(at.n(), host);
    }

    private void pending(InstanceId id, @Nullable Value value) {
        draft(shared.service(id.service())).pending(id.n(), value == null ? null : shared.text(value.text()));
    }

    private void deployment(Key.Deployment at, @Nullable Value value) {
        @Nullable Deployment told = value == null ? null : Codec.deployment(value);
        if (told != null) {
            past.computeIfAbsent(at.stack(), _ -> new TreeMap<>()).put(at.id(), told);
        } else {
            past.computeIfPresent(at.stack(), (_, kept) -> {
                kept.remove(at.id());
                return kept.isEmpty() ? null : kept;
            });
        }
        if (told != null && told.outcome() == Deployment.Outcome.active) {
            deploymentChanges.put(at.stack(), Optional.of(told));
        } else {
            Optional<Deployment> current = deploymentChanges.getOrDefault(at.stack(), Optional.ofNullable(view.deployments().find(at.stack())));
            if (current.isEmpty() || !current.get().id().equals(at.id())) return;
            deploymentChanges.put(at.stack(), Optional.empty());
        }
    }

    private void stack(String stack, @Nullable Value value) {
        stackChanges.put(stack, value == null ? Optional.empty() : Optional.of(Codec.stack(value)));
    }

    private void forget(ServiceId id) {
        named.computeIfPresent(name(id.stack(), id.service()), (_, ids) -> {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
        });
    }

    private static String name(String stack, String service) {
        return stack + "/" + service;
    }

    private ServiceDraft draft(ServiceId id) {
        @Nullable ServiceDraft open = drafts.get(id);
        if (open != null) return open;
        @Nullable ServiceView known = view.services().find(id);
        ServiceDraft draft = known == null ? ServiceDraft.fresh(id, shared.pins(id)) : ServiceDraft.of(known);
        drafts.put(id, draft);
        named.computeIfAbsent(name(id.stack(), id.service()), _ -> new HashSet<>(2)).add(id);
        return draft;
    }

    /** The instance as the view, or what is drafted of the next one, has it. */
    private @Nullable InstanceView known(InstanceId id) {
        @Nullable ServiceDraft open = drafts.get(id.service());
        if (open != null) return open.instance(id.n());
        @Nullable ServiceView service = view.services().find(id.service());
        return service == null ? null : service.instances().find(id.n());
    }

    private @Nullable InstanceView on(String host, InstanceId id) {
        @Nullable InstanceView known = known(id);
        return known != null && known.host().equals(host) ? known : null;
    }

    private void stray(InstanceId id, boolean present, Consumer<Strays> change) {
        @Nullable Strays left = present ? strays.computeIfAbsent(id, _ -> new Strays()) : strays.get(id);
        if (left == null) return;
        change.accept(left);
        if (left.isEmpty()) strays.remove(id);
    }
}
