package concierge.source.portier;

import concierge.model.InstanceView;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.source.portier.Ledger.Operation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What becomes of the tasks that are ours: they run, stop, and are given back. Belongs to the core. */
final class Keeping {
    private final Ledger ledger;
    private final Pauses pauses;

    Keeping(Ledger ledger, Pauses pauses) {
        this.ledger = ledger;
        this.pauses = pauses;
    }

    /** What the queue has listed. */
    void listed(Set<String> claims) {
        String identity = ledger.settings.identity();
        for (Held one : ledger.all()) {
            if (!ledger.isToldOf(one.claim.task())) continue;
            if (!one.claim.identity().equals(identity)) leave(one, "claimed as " + one.claim.identity() + ", and we are " + identity + " now");
            else if (claims.contains(one.claim.task())) wanted(one);
            else unwanted(one);
        }
    }

    private void wanted(Held one) {
        if (one.claim.isLeaving() || !ledger.isShown(one)) return;
        Optional<ServiceSpec> spec = ledger.types.spec(one.claim);
        if (spec.isEmpty()) {
            leave(one, "tasks of the type " + one.claim.type() + " are not run here any more");
            return;
        }
        Optional<ServiceView> service = ledger.service(one);
        boolean runs = service.flatMap(ServiceView::intent).filter(intent -> !intent.stopped()).isPresent();
        boolean same = one.current || service.flatMap(ServiceView::spec).equals(spec);
        one.current = true;
        if (!runs || !same || one.silenced) ledger.keep(one, spec.get(), false);
        one.silenced = false;
    }

    /** Taken away on purpose: stopped, and not given back, since it is no longer ours. */
    private void unwanted(Held one) {
        one.owned = false;
        if (one.claim.isLeaving()) return;
        ledger.say(false, "task stopped, the queue does not list it as ours task=" + one.claim.task());
        ledger.forget(one);
    }

    /** What time and the hosts say; the instant at which to look again, or {@code next}. */
    Instant look(boolean draining, boolean silent, Instant now, Instant next) {
        Instant wake = next;
        for (Held one : ledger.all()) {
            if (ledger.isBusy(one.claim.task())) continue;
            if (one.claim.isLeaving()) {
                if (depart(one, now) && one.retry.isAfter(now)) wake = Pulse.earlier(wake, one.retry);
            } else if (draining) {
                leave(one, "drained");
            } else if (silent) {
                silence(one);
            } else {
                unable(one, now).ifPresent(reason -> giveBack(one, reason));
                if (one.unplaced != null) wake = Pulse.earlier(wake, one.unplaced.plus(ledger.settings.patience()));
            }
        }
        return wake;
    }

    private void giveBack(Held one, String reason) {
        one.unfit = true;
        if (pauses.isNews(one.claim.task(), reason)) ledger.say(true, one.claim.givenBack(reason));
        leave(one, reason);
    }

    /** Stopped until the queue is heard again; whoever it gave the task to meanwhile runs it alone. */
    private void silence(Held one) {
        if (one.silenced || !ledger.isShown(one)) return;
        one.silenced = true;
        ledger.say(true, "task stopped, the queue has been silent for " + ledger.settings.silence().toSeconds() + " s task=" + one.claim.task());
        ledger.types.spec(one.claim).ifPresent(spec -> ledger.keep(one, spec, true));
    }

    /** Why it cannot run here; empty: it runs, or may soon. */
    private Optional<String> unable(Held one, Instant now) {
        // One that somebody stopped, or that the silence did, has no place because it wants none.
        Optional<ServiceView> service = ledger.service(one).filter(it -> it.intent().filter(intent -> !intent.stopped()).isPresent());
        if (service.isEmpty()) {
            one.unplaced = null;
            return Optional.empty();
        }
        List<InstanceView> instances = service.get().instances().values();
        if (instances.isEmpty()) {
            if (one.unplaced == null) one.unplaced = now;
            if (one.unplaced.plus(ledger.settings.patience()).isAfter(now)) return Optional.empty();
            return Optional.of(service.get().pending().values().stream().findFirst().orElse("no host took it"));
        }
        one.unplaced = null;
        // One whose runs end is started again and again, as it is wanted; this one never came as far as a run.
        return instances.stream().filter(instance -> instance.container().isEmpty())
                .flatMap(instance -> instance.status().stream()).filter(status -> status.crashing())
                .map(status -> status.reason()).findFirst();
    }

    /** Stopped first; given back when nothing of it is left. */
    private void leave(Held one, String reason) {
        if (one.claim.isLeaving()) return;
        one.claim = one.claim.leaving(reason);
        ledger.stop(one);
    }

    /** What is left to do until nothing is ours; {@code asking} besides what is on record. */
    Departure departure(boolean asking, String trouble) {
        List<String> stopping = new ArrayList<>();
        List<String> releasing = new ArrayList<>();
        for (Held one : ledger.all()) (isGone(one) ? releasing : stopping).add(one.claim.task());
        return new Departure(stopping, releasing, asking, trouble);
    }

    /** Whether nothing of it runs any more, or is to. */
    private boolean isGone(Held one) {
        return one.claim.isLeaving() && ledger.isShown(one) && ledger.service(one).filter(it -> it.intent().isPresent() || !it.instances().isEmpty()).isEmpty();
    }

    /** Goes on with its departure, when nothing of it runs any more; true: it waits. */
    private boolean depart(Held one, Instant now) {
        if (!isGone(one) || one.retry.isAfter(now)) return true;
        if (one.owned) ledger.release(one.claim.task(), one.claim.identity(), Operation.release);
        else ledger.forget(one);
        return false;
    }

    /** It was given up; again after a while. */
    void unanswered(Held one, Instant now) {
        one.retry = now.plus(ledger.settings.interval());
    }

    /** It is the queue's again, or was not ours. */
    void released(Held one, Instant now) {
        if (one.unfit) pauses.leave(one.claim.task(), now.plus(ledger.settings.pause()), one.claim.leaving());
        ledger.forget(one);
    }
}
