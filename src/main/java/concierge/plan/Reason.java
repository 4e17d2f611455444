package concierge.plan;

import concierge.model.Amounts;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Link;
import concierge.model.Loss;
import concierge.model.ServiceId;
import java.time.Duration;
import java.util.List;

/** Why an action is taken, or not taken: a typed value, made into text only where somebody reads it. */
public sealed interface Reason {
    /** For people, lower case, no full stop. */
    String text();

    /** What can end it, where it keeps an instance from being placed. */
    enum Remedy {
        /** Nothing but time: it is under way, or comes back by itself. */
        time,
        /** Another service that becomes ready. */
        link,
        /** Somebody who makes room, or wants less. */
        room
    }

    default Remedy remedy() {
        return Remedy.time;
    }

    /** An agent's words without when it tries again: that is long past when somebody reads this. */
    private static String lasting(String cause) {
        return cause.replaceFirst("; (starts|tried) again.*", "");
    }

    /** Fewer run than are wanted. */
    record Wanted(int wanted, int placed) implements Reason {
        @Override
        public String text() {
            return "wanted " + wanted + ", placed " + placed;
        }
    }

    /** More run than are wanted. */
    record Surplus(int wanted, int placed) implements Reason {
        @Override
        public String text() {
            return "wanted " + wanted + ", placed " + placed;
        }
    }

    /** Nobody wants the service any more. */
    record Unwanted() implements Reason {
        @Override
        public String text() {
            return "removed";
        }
    }

    /** It runs an older version of its specification. */
    record Changed() implements Reason {
        @Override
        public String text() {
            return "its specification changed";
        }
    }

    /** A restart was asked for. */
    record RestartAsked() implements Reason {
        @Override
        public String text() {
            return "restart asked for";
        }
    }

    /** The endpoints of a linked service are others now. */
    record LinksChanged() implements Reason {
        @Override
        public String text() {
            return "the endpoints it is linked to changed";
        }
    }

    /** Its earlier copy has ended and makes room for it. */
    record Replaces(String host) implements Reason {
        @Override
        public String text() {
            return "replaces its earlier copy on host " + host;
        }
    }

    /** The generation has ended. */
    record Ended() implements Reason {
        @Override
        public String text() {
            return "ended";
        }
    }

    record HostLost(String host) implements Reason {
        @Override
        public String text() {
            return "host " + host + " is lost";
        }
    }

    /** It must not run twice, and may be being stopped there yet. */
    record StopsWhenLost(String host) implements Reason {
        @Override
        public String text() {
            return "host " + host + " is lost; waits until that has stopped it (lost: stop), at most " + Loss.STOPPED_AFTER.toSeconds() + " s";
        }
    }

    /** Its host is to be emptied. */
    record Drained(String host) implements Reason {
        @Override
        public String text() {
            return "host " + host + " is drained";
        }
    }

    /** It stays on a host that is to be emptied, because no other can take it now. */
    record DrainWaits(String host, Reason elsewhere) implements Reason {
        @Override
        public Remedy remedy() {
            return elsewhere.remedy();
        }

        @Override
        public String text() {
            return "host " + host + " is drained, but: " + elsewhere.text();
        }
    }

    /** Its service is spread over the hosts. */
    record Spreads(String from, int there, String to, int here) implements Reason {
        @Override
        public String text() {
            return from + " has " + there + " of it, " + to + " " + Amounts.orNone(here);
        }
    }

    /** @param fromShare the larger used part of CPU and memory, of 1 */
    record Relieves(String from, double fromShare, String to, double toShare) implements Reason {
        @Override
        public String text() {
            return from + " is " + Amounts.percent(fromShare) + " used, " + to + " " + Amounts.percent(toShare);
        }
    }

    /** What asks for nothing is counted. */
    record EvensOut(String from, int there, String to, int here) implements Reason {
        @Override
        public String text() {
            return from + " has " + Amounts.counted(there, "instance") + ", " + to + " " + Amounts.orNone(here);
        }
    }

    /** It was ready elsewhere first. */
    record Moved(InstanceId successor, String host) implements Reason {
        @Override
        public String text() {
            return "moved to host " + host + " as " + successor;
        }
    }

    /** An instance that is to move begins anew elsewhere, before it stops. */
    record TakesOver(InstanceId predecessor, String host) implements Reason {
        @Override
        public String text() {
            return "takes over from " + predecessor + " on host " + host;
        }
    }

    /** It was to take over, and nobody could have relied on it. */
    record NotReadyThere(InstanceId successor, String host, InstanceState state, String cause) implements Reason {
        @Override
        public String text() {
            String lasting = lasting(cause);
            return successor + " did not get ready on host " + host + ": " + state + (lasting.isEmpty() ? "" : ", " + lasting);
        }
    }

    /** An instance is not moved after all. */
    record Stays(String because) implements Reason {
        @Override
        public String text() {
            return because;
        }
    }

    record MoveRefused(String to, Refusal refusal) implements Reason {
        @Override
        public String text() {
            return "host " + to + ": " + refusal.text();
        }
    }

    /** Others leave the host first. */
    record MoveWaits(String to, Refusal refusal) implements Reason {
        @Override
        public String text() {
            return "moves to host " + to + " when others have left it: " + refusal.text();
        }
    }

    /** It fails again and again, and another host could take it. */
    record CrashLoop(int failures, String host) implements Reason {
        @Override
        public String text() {
            return "failed " + Amounts.counted(failures, "time") + " on host " + host + ", moves to another";
        }
    }

    /** No host can take it. */
    record NoHost(int hosts, List<Tally> tallies) implements Reason {
        public NoHost {
            tallies = List.copyOf(tallies);
        }

        @Override
        public Remedy remedy() {
            return hosts > 0 && tallies.stream().allMatch(tally -> tally.refusal().lasts()) ? Remedy.room : Remedy.time;
        }

        @Override
        public String text() {
            if (hosts == 0) return "no hosts";
            return Amounts.counted(hosts, "host") + ": " + String.join(", ", tallies.stream().map(Tally::text).toList());
        }
    }

    /** So many hosts refuse for the same cause. */
    record Tally(int count, Refusal refusal) {
        String text() {
            return count + " " + refusal.text();
        }
    }

    /** A deployed version of its stack has no room but what it holds. */
    record MakesWay(InstanceId successor) implements Reason {
        @Override
        public String text() {
            return "makes way for " + successor;
        }
    }

    /** An earlier version stops first, or will when it is its turn. */
    record WaitsForRoom(InstanceId predecessor, Reason cause) implements Reason {
        @Override
        public String text() {
            return "waits for " + predecessor + " to make way: " + cause.text();
        }
    }

    /** A deployment failed that stopped what it was to replace. */
    record Stranded(Reason cause, ServiceId earlier, String tag) implements Reason {
        @Override
        public String text() {
            return cause.text() + "; " + earlier + " made way and comes back with: concierge down " + earlier.stack() + " --tag " + tag;
        }
    }

    /** It belongs to one host, and that one cannot take it now. */
    record PinnedTo(String host, Refusal refusal) implements Reason {
        @Override
        public Remedy remedy() {
            return refusal.lasts() ? Remedy.room : Remedy.time;
        }

        @Override
        public String text() {
            return "fixed on host " + host + ", " + refusal.clause();
        }
    }

    /** It stays on a lost host, because no other can take it. */
    record NowhereElse(String host, Reason elsewhere) implements Reason {
        @Override
        public Remedy remedy() {
            return elsewhere.remedy();
        }

        @Override
        public String text() {
            return "host " + host + " is lost; " + elsewhere.text();
        }
    }

    /** Linked services are ready first. */
    record WaitsForLink(Link link, long ready, int wanted) implements Reason {
        @Override
        public Remedy remedy() {
            return Remedy.link;
        }

        @Override
        public String text() {
            return "waits for " + link + ": " + ready + " of " + wanted + " ready";
        }
    }

    /** Nothing is deployed under the name of a link. */
    record LinkUnknown(Link link) implements Reason {
        @Override
        public Remedy remedy() {
            return Remedy.link;
        }

        @Override
        public String text() {
            return "waits for " + link + ": no such service is deployed";
        }
    }

    /** An older version runs on, because the new one could not be placed. */
    record UpdateWaits(Reason cause) implements Reason {
        @Override
        public Remedy remedy() {
            return cause.remedy();
        }

        @Override
        public String text() {
            return "the new version is not placed: " + cause.text();
        }
    }

    /** The note about it does not hold any more. */
    record Resolved() implements Reason {
        @Override
        public String text() {
            return "resolved";
        }
    }

    /** The whole deployment is ready. */
    record AllReady(String tag, int services) implements Reason {
        @Override
        public String text() {
            return "all of " + Amounts.counted(services, "service") + " of " + tag + " ready";
        }
    }

    /** Another tag took over. */
    record ReplacedBy(String tag) implements Reason {
        @Override
        public String text() {
            return "replaced by tag " + tag;
        }
    }

    /** An instance of the deployment fails again and again. */
    record KeepsFailing(String instance, String cause) implements Reason {
        @Override
        public String text() {
            String lasting = lasting(cause);
            return instance + " keeps failing" + (lasting.isEmpty() ? "" : ": " + lasting);
        }
    }

    /** All that a deployment still misses has no place, and had none for some time. */
    record NoRoom(InstanceId first, int more, Reason cause, Duration limit) implements Reason {
        @Override
        public String text() {
            String what = first + (more == 0 ? "" : " and " + more + " more");
            return "no room for " + what + " in " + limit.toSeconds() + " s: " + cause.text() + "; still wanted, and placed as soon as there is";
        }
    }

    /** Nothing of the deployment became ready for too long. */
    record NoProgress(Duration limit, String waitsFor) implements Reason {
        @Override
        public String text() {
            return "nothing became ready for " + limit.toMinutes() + " minutes: " + waitsFor;
        }
    }
}
