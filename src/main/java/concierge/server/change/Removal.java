package concierge.server.change;

import concierge.executor.VolumeEngine;
import concierge.model.Deployment;
import concierge.model.ExecutorKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.server.answer.Shown;
import concierge.server.http.ApiLimits;
import concierge.server.records.Commits;
import concierge.server.records.History;
import concierge.server.records.Listing;
import concierge.server.records.Selection;
import concierge.state.Chunks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Takes stacks, tags and services down: removes the intents, ends a deployment under way, waits until the
 * agents have stopped the instances. Doing it again is harmless, and goes on with the waiting.
 */
public final class Removal {
    /** Each change wakes it; this only bounds how long a lost wake-up lasts. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Room for the deployment and the stack record beside the intents in the store's 127 operations. */
    private static final int MOST_AT_ONCE = 100;

    private final Store store;
    private final LiveView live;
    private final History history;
    private final Volumes volumes;

    /** What removes a stack's volumes, where something can. */
    interface Volumes {
        /** @param used hosts that may hold some, as far as that is known, with the executors that ran something */
        VolumeEngine.Removed remove(String stack, Map<String, Set<ExecutorKind>> used);
    }

    /**
     * @param remaining instances that were still there when the answer came: ask again
     * @param volumes that were removed
     */
    record Removed(List<String> services, List<String> remaining, List<String> volumes, List<String> warnings) {}

    public Removal(Store store, LiveView live, History history, Volumes volumes) {
        this.store = store;
        this.live = live;
        this.history = history;
        this.volumes = volumes;
    }

    Removed remove(String stack, Optional<String> tag, Optional<String> service, boolean withVolumes, boolean wait)
            throws InterruptedException {
        boolean whole = tag.isEmpty() && service.isEmpty();
        Map<String, Set<ExecutorKind>> used = executors(stack);
        boolean known = !Listing.all(store, Keys.PROC + stack + "/").isEmpty();
        // Asked again while the first removal still stops instances: only the waiting is left to do.
        boolean stopping = Shown.services(live.view(), id -> matches(id, stack, tag, service)).stream().anyMatch(it -> !it.instances().isEmpty());
        if (!known && !stopping && withVolumes && whole) return volumesAlone(stack);
        List<String> services = new ArrayList<>();
        long revision = !known && stopping ? live.view().revision() : withdraw(stack, tag, service, services);
        List<String> remaining = wait ? awaitGone(revision, id -> matches(id, stack, tag, service)) : List.of();
        if (!withVolumes || !whole) return new Removed(services, remaining, List.of(), List.of());
        if (!wait || !remaining.isEmpty()) {
            return new Removed(services, remaining, List.of(), List.of("volumes are kept while instances may still use them (ask again once they are gone)"));
        }
        VolumeEngine.Removed done = volumes.remove(stack, used);
        unpin(stack, done);
        return new Removed(services, remaining, done.removed(), done.kept());
    }

    /** Of a stack that was taken down before, and kept its volumes then. */
    private Removed volumesAlone(String stack) {
        VolumeEngine.Removed done = volumes.remove(stack, executors(stack));
        if (done.removed().isEmpty() && done.kept().isEmpty()) Selection.of(store, stack, Optional.empty(), Optional.empty());
        unpin(stack, done);
        return new Removed(List.of(), List.of(), done.removed(), done.kept());
    }

    /** Where instances are, and where pinned ones wait for their data. */
    private Map<String, Set<ExecutorKind>> executors(String stack) {
        Map<String, Set<ExecutorKind>> used = new TreeMap<>();
        for (Entry pin : Listing.all(store, Keys.FIXED + stack + "/")) used.putIfAbsent(pin.value().text(), EnumSet.noneOf(ExecutorKind.class));
        for (ServiceView service : Shown.services(live.view(), id -> id.stack().equals(stack))) {
            service.instances().values().forEach(
                    instance -> used.computeIfAbsent(instance.host(), _ -> EnumSet.noneOf(ExecutorKind.class)).add(instance.assignment().executor()));
        }
        return used;
    }

    /** With its data gone, a pinned instance may start anywhere. */
    private void unpin(String stack, VolumeEngine.Removed done) {
        if (!done.kept().isEmpty()) return;
        Chunks chunks = new Chunks(Commits.id("unpin"), _ -> {});
        for (Entry entry : Listing.all(store, Keys.FIXED + stack + "/")) chunks.add(to -> to.delete(entry.key()));
        for (Transaction transaction : chunks.build()) Commits.retried(store, stack, () -> transaction);
    }

    /** Removes the intents; the revision from which on nobody wants them. */
    private long withdraw(String stack, Optional<String> tag, Optional<String> service, List<String> services) {
        long revision = Commits.retried(store, stack, () -> {
            Selection selection = Selection.of(store, stack, tag, service);
            services.clear();
            Transaction.Builder to = Transaction.id(Commits.id("remove"));
            for (Selection.Chosen chosen : selection.chosen()) {
                if (to.operations() >= MOST_AT_ONCE) break;
                Writes.withdraw(to, chosen.id(), chosen.entry().modified());
                services.add(chosen.id().path());
            }
            if (service.isEmpty()) endDeployment(to, stack, tag);
            if (service.isEmpty()) forget(to, stack, tag);
            return to.build();
        });
        if (service.isEmpty()) services.addAll(remainder(stack, tag));
        return revision;
    }

    /** What did not fit into the first commit; nothing brings it back, so chunks are as good as one. */
    private List<String> remainder(String stack, Optional<String> tag) {
        List<String> removed = new ArrayList<>();
        Chunks chunks = new Chunks(Commits.id("remove-rest"), _ -> {});
        for (Entry entry : Listing.all(store, Keys.PROC + stack + "/")) {
            ServiceId id = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
            if (!matches(id, stack, tag, Optional.empty())) continue;
            chunks.add(to -> to.delete(entry.key()));
            removed.add(id.path());
        }
        for (Transaction transaction : chunks.build()) Commits.retried(store, stack, () -> transaction);
        return removed;
    }

    private void endDeployment(Transaction.Builder to, String stack, Optional<String> tag) {
        for (Entry entry : history.entries(stack)) {
            Deployment deployment = Codec.deployment(entry.value());
            boolean meant = tag.isEmpty() || deployment.tag().equals(tag.get());
            if (deployment.outcome() != Deployment.Outcome.active || !meant) continue;
            Writes.conclude(to, deployment.ended(Deployment.Outcome.superseded, "the stack was taken down"), entry);
        }
    }

    private void forget(Transaction.Builder to, String stack, Optional<String> tag) {
        Optional<Entry> entry = store.find(Keys.stack(stack));
        if (entry.isEmpty()) return;
        StackRecord record = Codec.stack(entry.get().value());
        TreeMap<String, concierge.model.Digest> files = new TreeMap<>(record.files());
        tag.ifPresent(files::remove);
        if (tag.isEmpty() || files.isEmpty()) {
            to.compare(entry.get().key(), Transaction.Field.modified, entry.get().modified()).delete(entry.get().key());
        } else {
            String primary = files.containsKey(record.primary()) ? record.primary() : files.lastKey();
            StackRecord rest = new StackRecord(record.name(), record.comment(), record.require(), primary, files);
            Writes.stack(to, entry.get(), rest);
        }
    }

    private static boolean matches(ServiceId id, String stack, Optional<String> tag, Optional<String> service) {
        return id.stack().equals(stack)
                && (tag.isEmpty() || id.tag().equals(tag.get()))
                && (service.isEmpty() || id.service().equals(service.get()));
    }

    private List<String> awaitGone(long revision, Predicate<ServiceId> meant) throws InterruptedException {
        long deadline = System.nanoTime() + ApiLimits.ANSWER.toNanos();
        live.await(revision, ApiLimits.ANSWER);
        while (true) {
            View view = live.view();
            List<String> left = Shown.services(view, meant).stream()
                    .filter(service -> service.intent().isEmpty())
                    .flatMap(service -> service.instances().values().stream())
                    .map(instance -> instance.id().path())
                    .toList();
            if (left.isEmpty() || System.nanoTime() > deadline) return left;
            live.await(view.revision() + 1, LOOK);
        }
    }
}
