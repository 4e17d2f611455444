package concierge.server.deploy;

import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.Problem;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.server.records.Commits;
import concierge.server.records.History;
import concierge.server.records.Listing;
import concierge.server.records.Turn;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.stackfile.StackFile;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The one commit that makes a submitted file the intent: everything it wants, the end of what it does not
 * want any more, the deployment. Read afresh and compared, so that nothing others changed meanwhile is
 * lost; made anew after a conflict.
 */
public final class DeployCommit {
    /** Past deployments of a stack that are kept. */
    public static final int HISTORY = 20;

    /** Removed with one deployment at most: history shrinks a little faster than it grows. */
    private static final int FORGOTTEN_AT_ONCE = 2;

    private final Store store;
    private final Submission submission;
    private final List<StackFile.Resolved> services;
    private final Predicate<ServiceId> stuck;
    private final long startedSeconds;
    private final String stack;

    /** @param stuck see {@link #isStuck} */
    DeployCommit(Store store, Submission submission, List<StackFile.Resolved> services, Predicate<ServiceId> stuck, long startedSeconds) {
        this.store = store;
        this.submission = submission;
        this.services = List.copyOf(services);
        this.stuck = stuck;
        this.startedSeconds = startedSeconds;
        this.stack = submission.file().name();
    }

    /** A commit, ready to be made. */
    record Made(Transaction transaction, Deployment deployment, Changes changes, StackRecord stack) {}

    /**
     * What the file makes of the intents that are there.
     *
     * @param left shared services that are not in the file any more and run on
     * @param replaces tags that end when this one is ready
     */
    record Changes(Map<ServiceId, Intent> wanted, List<ServiceId> removed, List<ServiceId> left, List<String> replaces) {}

    /** The service's id: shared ones stand under the reserved tag. */
    static ServiceId id(String stack, String tag, StackFile.Resolved service) {
        return new ServiceId(stack, service.spec().shared() ? Names.STATIC_TAG : tag, service.name());
    }

    private Changes changes(Map<ServiceId, Intent> known, String deployment) {
        Map<ServiceId, Intent> wanted = new TreeMap<>();
        for (StackFile.Resolved service : services) {
            ServiceId id = id(stack, submission.tag(), service);
            Digest spec = Codec.digest(service.spec());
            Intent before = known.get(id);
            if (before == null) {
                wanted.put(id, Intent.of(spec, service.scale(), deployment));
                continue;
            }
            Intent next = before.withSpec(spec, service.scale(), deployment).withStopped(false);
            wanted.put(id, stuck.test(id) ? next.nextEpoch() : next);
        }
        List<ServiceId> removed = new ArrayList<>();
        List<ServiceId> left = new ArrayList<>();
        TreeSet<String> replaces = new TreeSet<>();
        known.forEach((id, intent) -> {
            boolean oneOff = intent.kind() instanceof RunKind.ToCompletion;
            if (oneOff || wanted.containsKey(id)) return;
            if (id.tag().equals(Names.STATIC_TAG)) left.add(id);
            else if (id.tag().equals(submission.tag())) removed.add(id);
            else if (!submission.beside()) replaces.add(id.tag());
        });
        left.sort(null);
        removed.sort(null);
        return new Changes(wanted, removed, left, List.copyOf(replaces));
    }

    /** @param turn read before anything that the deployment was checked against */
    Made make(Turn turn) {
        Optional<Entry> record = store.find(Keys.stack(stack));
        Map<ServiceId, Entry> entries = new HashMap<>();
        Map<ServiceId, Intent> known = new HashMap<>();
        for (Entry entry : Listing.all(store, Keys.PROC + stack + "/")) {
            ServiceId id = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
            entries.put(id, entry);
            known.put(id, Codec.intent(entry.value()));
        }
        List<Entry> history = new History(store).entries(stack);
        requireNoOther(submission, history.stream().map(entry -> Codec.deployment(entry.value())).toList());
        String id = nextId(history);
        Changes changes = changes(known, id);
        Deployment deployment = new Deployment(
                stack, id, submission.tag(), changes.replaces(), Deployment.Outcome.active, "", startedSeconds);
        Transaction.Builder to = Transaction.id(Commits.id("deploy"));
        turn.take(to, stack + "/" + id);
        changes.wanted().forEach((service, intent) -> want(to, service, intent, Optional.ofNullable(entries.get(service))));
        for (ServiceId service : changes.removed()) {
            Entry entry = entries.get(service);
            if (entry != null) Writes.withdraw(to, service, entry.modified());
        }
        endEarlier(to, history, id);
        to.absent(Keys.deployment(stack, id));
        Writes.deployment(to, deployment);
        StackRecord stackRecord = record(to, record, known.keySet(), changes.replaces());
        requireFits(to);
        return new Made(to.build(), deployment, changes, stackRecord);
    }

    /**
     * A version beside the others does not end the deployment of another: what that one was to replace would run on, with
     * the domains, and nobody would have said so.
     */
    static void requireNoOther(Submission submission, List<Deployment> history) {
        if (!submission.beside()) return;
        for (Deployment deployment : history) {
            if (deployment.outcome() != Deployment.Outcome.active || deployment.tag().equals(submission.tag())) continue;
            String replaces = deployment.replaces().isEmpty() ? "" : ", which replaces " + String.join(", ", deployment.replaces());
            throw Refusal.detailed(
                    Code.deploymentUnderWay, "tag " + deployment.tag() + " of " + deployment.stack() + " is being deployed",
                    "deployment " + Long.parseLong(deployment.id()) + replaces + ", is under way since " + Instant.ofEpochSecond(deployment.started()),
                    "wait until it has ended, or deploy without --beside, which comes instead of it");
        }
    }

    /**
     * Whether an instance of a service has failed and is not ready. Deploying again then begins anew with it, even
     * if the file is the same: what was wrong may have been outside of it, as an image under the same name.
     */
    static boolean isStuck(View view, ServiceId id) {
        ServiceView service = view.services().find(id);
        if (service == null) return false;
        for (InstanceView instance : service.instances()) {
            if (!instance.isReady() && !instance.isStopping() && (instance.failures() > 0 || instance.state() == InstanceState.failed)) return true;
        }
        return false;
    }

    private static String nextId(List<Entry> newestFirst) {
        if (newestFirst.isEmpty()) return String.format("%010d", 1);
        String key = newestFirst.getFirst().key();
        return String.format("%010d", Long.parseLong(key.substring(key.lastIndexOf('/') + 1)) + 1);
    }

    private static void want(Transaction.Builder to, ServiceId service, Intent intent, Optional<Entry> entry) {
        if (entry.isPresent()) {
            Writes.intent(to, entry.get(), intent);
        } else {
            to.absent(Keys.proc(service));
            Writes.intent(to, service, intent);
        }
    }

    private static void endEarlier(Transaction.Builder to, List<Entry> newestFirst, String id) {
        List<Entry> past = new ArrayList<>();
        for (Entry entry : newestFirst) {
            Deployment deployment = Codec.deployment(entry.value());
            if (deployment.outcome() != Deployment.Outcome.active) past.add(entry);
            else Writes.conclude(to, deployment.ended(Deployment.Outcome.superseded, "deployment " + id + " came after it"), entry);
        }
        for (int i = 0; i < FORGOTTEN_AT_ONCE && past.size() > HISTORY; i++) to.delete(past.removeLast().key());
    }

    private StackRecord record(Transaction.Builder to, Optional<Entry> entry, java.util.Set<ServiceId> known, List<String> replaces) {
        TreeMap<String, Digest> files = new TreeMap<>();
        Optional<StackRecord> before = entry.map(it -> Codec.stack(it.value()));
        before.ifPresent(it -> files.putAll(it.files()));
        // Tags that nothing is wanted of any more are history.
        files.keySet().removeIf(tag -> known.stream().noneMatch(id -> id.tag().equals(tag)));
        files.put(submission.tag(), Digest.of(submission.source().text()));
        // A tag that is replaced keeps the domains until this one is ready: whoever asks is served by what works.
        String primary = before.map(StackRecord::primary).filter(tag -> submission.beside() || replaces.contains(tag)).orElse(submission.tag());
        StackRecord record = new StackRecord(stack, submission.file().comment(), submission.file().require(), primary, files);
        if (entry.isEmpty()) {
            to.absent(Keys.stack(stack));
            Writes.stack(to, record);
        } else {
            Writes.stack(to, entry.get(), record);
        }
        return record;
    }

    private static void requireFits(Transaction.Builder to) {
        if (to.operations() <= Limits.OPERATIONS) return;
        throw Refusal.of(
                Code.tooLarge, "the deployment changes " + to.operations() + " things at once (expected: at most " + Limits.OPERATIONS + ")",
                "split the stack, or remove old services first with concierge rm");
    }

    /** What a person should know of services that are left running. */
    static Problem left(ServiceId service) {
        return Problem.of("shared-service-left", service.stack() + "/" + service.service() + " is not in the file any more and is left running, as shared services are",
                "concierge rm " + service.stack() + "/" + service.service() + " removes it");
    }
}
