package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** What the core knows of one engine. Confined to the core. */
final class Engine {
    final ExecutorKind kind;

    /** It answered last time. */
    boolean available;

    /** It has answered at some time: that it is away is news, not how this host is made. */
    boolean worked;

    /** A complete listing came since it is available: only then is it acted upon. */
    boolean listed;

    /** Why it did not work last. */
    String text = "not asked yet";
    boolean checking;
    int checks;
    Instant nextCheck = Instant.MIN;

    /** The step at which the listing under way was asked for; 0: none. */
    long listing;

    Instant listingSince = Instant.MIN;
    boolean listAgain;
    Instant nextListing = Instant.MAX;

    private final Lane ensures = new Lane(AgentLimits.ENSURES_AT_ONCE);
    private final Lane removals = new Lane(AgentLimits.REMOVALS_AT_ONCE);

    Engine(ExecutorKind kind) {
        this.kind = kind;
    }

    boolean isUsable() {
        return available && listed;
    }

    /** The lane that operations of this verb need a place in; empty: they need none. */
    Optional<Lane> lane(Instance.Verb verb) {
        return switch (verb) {
            case ensure -> Optional.of(ensures);
            case stop, remove -> Optional.of(removals);
            case inspect, drain -> Optional.empty();
        };
    }

    /** Places for operations under way, and the instances that wait for one, in order. */
    static final class Lane {
        private final int places;
        private int taken;
        private final Set<InstanceId> waiting = new LinkedHashSet<>();

        private Lane(int places) {
            this.places = places;
        }

        /** Takes a place, or queues the instance. */
        boolean enter(InstanceId instance) {
            if (taken == places) {
                waiting.add(instance);
                return false;
            }
            taken++;
            return true;
        }

        void leave() {
            taken--;
        }

        /** The next one to look at, while there is a place. */
        Optional<InstanceId> next() {
            if (taken == places || waiting.isEmpty()) return Optional.empty();
            InstanceId first = waiting.iterator().next();
            waiting.remove(first);
            return Optional.of(first);
        }
    }

    /** What people should know when it does not work; empty: it does. */
    Optional<String> trouble(Instant now) {
        if (!isUsable() && checks > 0) return Optional.of(kind + " is away: " + text);
        if (listing != 0 && Duration.between(listingSince, now).compareTo(AgentLimits.SILENCE) >= 0)
            return Optional.of(kind + " has not answered for " + Duration.between(listingSince, now).toSeconds() / 10 * 10 + " s");
        return Optional.empty();
    }
}
