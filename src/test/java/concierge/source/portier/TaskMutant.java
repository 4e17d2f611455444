package concierge.source.portier;

import concierge.model.Instances;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.runtime.Core;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deliberately broken rules, to prove that the simulation notices: each names the violation that must be found. */
enum TaskMutant {
    NONE(""),
    /** A queue that gives a task to whoever asks last. */
    QUEUE_GIVES_TWICE("a task is claimed once"),
    /** A concierge that takes every answer to a claim for a success, as the first client did with 423. */
    TAKES_REFUSAL_FOR_GRANT("only what was claimed runs"),
    /** A concierge that does not care what has vanished from its claims. */
    KEEPS_VANISHED("what is no longer listed stops"),
    /** A concierge that takes a queue that does not answer for one that lists nothing. */
    TAKES_SILENCE_FOR_NOTHING("what is wanted is not stopped"),
    /** A concierge that forgets its claims with its process. */
    FORGETS_CLAIMS("a task is given back when nothing of it is left"),
    /** A concierge that does not look at what is still stopping. */
    OVERLOOKS_WHAT_IS_LEFT("a task is given back when nothing of it is left"),
    /** A concierge that believes a view from before it led. */
    BELIEVES_OLD_VIEWS("a task is given back when nothing of it is left"),
    /** A concierge that takes a release without an answer for one that was made. */
    TAKES_LOST_RELEASE_FOR_DONE("a task is given back when nothing of it is left"),
    /** A concierge that leaves alone what it has lost the configuration of. */
    NEVER_RECLAIMS("every wanted task runs once within 10 s of quiet"),
    /** A concierge that goes on, however long it has heard nothing. */
    NEVER_SILENT("who hears nothing stops in time");

    final String violation;

    TaskMutant(String violation) {
        this.violation = violation;
    }

    Core<PortierEvent, PortierEffect> core(Core<PortierEvent, PortierEffect> core) {
        return switch (this) {
            case NEVER_SILENT -> (event, now) -> core.step(event, now).stream().filter(effect -> !(effect instanceof PortierEffect.Write write && write.stopped())).toList();
            case BELIEVES_OLD_VIEWS -> (event, now) -> core.step(event instanceof PortierEvent.Elected(long fence, _, List<Claim> claims) ? new PortierEvent.Elected(fence, 0, claims) : event, now);
            case TAKES_LOST_RELEASE_FOR_DONE -> (event, now) ->
                core.step(event instanceof PortierEvent.Released(long operation, Answer.Unreachable _) ? new PortierEvent.Released(operation, new Answer.NotOurs()) : event, now);
            default -> core;
        };
    }

    Answer beaten(Answer answer, List<String> recorded) {
        return switch (this) {
            case TAKES_SILENCE_FOR_NOTHING -> answer instanceof Answer.Unreachable ? new Answer.Listing(List.of(), List.of()) : answer;
            case KEEPS_VANISHED -> answer instanceof Answer.Listing(List<String> claims, List<Answer.Available> available, _) ? new Answer.Listing(with(claims, recorded), available) : answer;
            case NEVER_RECLAIMS -> answer instanceof Answer.Listing(List<String> claims, List<Answer.Available> available, _)
                    ? new Answer.Listing(claims.stream().filter(recorded::contains).toList(), available) : answer;
            default -> answer;
        };
    }

    private static List<String> with(List<String> claims, List<String> recorded) {
        List<String> all = new ArrayList<>(claims);
        for (String task : recorded) if (!all.contains(task)) all.add(task);
        return all;
    }

    Answer claimed(Answer answer, String task) {
        return this == TAKES_REFUSAL_FOR_GRANT && answer instanceof Answer.Locked ? new Answer.Granted(task, "sleep", "{}") : answer;
    }

    List<Claim> recorded(List<Claim> claims) {
        return this == FORGETS_CLAIMS ? List.of() : claims;
    }

    View view(View view) {
        if (this != OVERLOOKS_WHAT_IS_LEFT) return view;
        Map<ServiceId, @Nullable ServiceView> changes = new HashMap<>();
        view.services().forEach((id, service) -> {
            if (service.intent().isEmpty()) changes.put(id, service.with(Instances.NONE));
        });
        return new View(view.revision(), view.services().with(changes), view.hosts(), view.deployments(), view.stacks(), view.dirty());
    }
}
