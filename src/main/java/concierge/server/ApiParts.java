package concierge.server;

import concierge.config.Configuration;
import concierge.config.Setting;
import concierge.executor.Executor;
import concierge.model.ClockSkew;
import concierge.model.HostRecord;
import concierge.model.View;
import concierge.peer.Peers;
import concierge.security.Token;
import concierge.server.change.Secrets;
import concierge.server.content.Blobs;
import concierge.server.content.ImageBuilds;
import concierge.server.events.EventLog;
import concierge.server.home.ServerHome;
import concierge.server.queue.QueueCalls;
import concierge.server.router.Acks;
import concierge.source.portier.TaskTypes;
import concierge.state.LiveView;
import concierge.store.Condition;
import concierge.store.Store;
import concierge.store.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What the API is made of.
 *
 * @param names further host names under which it may be asked, lower case
 * @param version of the program
 * @param installation id
 * @param host the name of this machine's host; {@code executors} are its
 * @param peers the other hosts and servers, where they can be asked
 * @param tokens their records by their keys, as they are remembered while the store is away
 * @param condition how the store does now
 * @param judged a view as the leader would plan from
 * @param sites the folder under which site contents are unpacked; absolute
 * @param announcement asked at each use: the ports are known only once everything runs
 * @param types how tasks of a queue are run
 * @param queue the queue that this server is for others; empty: it is none
 * @param skew how far this machine's clock is from the leader's
 * @param stop ends the server
 */
public record ApiParts(
        Set<String> names,
        Token token,
        String version,
        String installation,
        String host,
        Store store,
        Function<String, Optional<Value>> tokens,
        Supplier<Condition> condition,
        LiveView live,
        UnaryOperator<View> judged,
        List<Executor> executors,
        Optional<Peers> peers,
        Blobs blobs,
        ImageBuilds images,
        Secrets secrets,
        Path sites,
        EventLog events,
        Acks acks,
        Supplier<ServerHome.Announcement> announcement,
        Supplier<List<Configuration.Shown>> settings,
        TaskTypes types,
        Supplier<Optional<QueueCalls>> queue,
        Supplier<Optional<ClockSkew>> skew,
        Runnable stop,
        InstantSource clock) {
    public ApiParts {
        names = Set.copyOf(names);
        executors = List.copyOf(executors);
    }

    /** What people should know of all that is shown, and that the state cannot tell. */
    List<String> remarks() {
        return Stream.of(trouble().stream(), skew.get().map(found -> found.text("this server's")).stream(), blame().stream()).flatMap(all -> all).toList();
    }

    /** The value of a text of the configuration. */
    String setting(Setting<String> setting) {
        return settings.get().stream().filter(shown -> shown.key().equals(setting.key())).findFirst().map(shown -> shown.value().toString()).orElse(setting.fallback());
    }

    private List<String> trouble() {
        return switch (condition.get()) {
            case Condition.Well _ -> List.of();
            case Condition.Closed(String reason) -> List.of("the state takes no changes: " + reason + "; what is shown is how it was before, and nothing new is started");
            case Condition.Away(Instant since, String reason) -> List.of("the store has not answered for " + Math.max(1, Duration.between(since, clock.instant()).toSeconds())
                    + " s; what is shown is how it was at " + since.truncatedTo(ChronoUnit.SECONDS) + ", instances run on, and nothing can be changed (" + reason + ")");
        };
    }

    /** Where most hosts differ from one that leads, it is rather that one's clock: told there. */
    private Optional<String> blame() {
        List<HostRecord> hosts = new ArrayList<>();
        live.view().hosts().forEach((_, host) -> host.record().ifPresent(hosts::add));
        long differ = hosts.stream().filter(record -> record.skew().filter(found -> found.leader().equals(host)).isPresent()).count();
        if (differ < 2 || 2 * differ <= hosts.size()) return Optional.empty();
        return Optional.of("the clocks of " + differ + " of " + hosts.size() + " hosts differ from this server's, which leads: this one's may be wrong");
    }

    /** When the state was what is shown, where the store does not answer; empty: now. */
    Optional<Instant> asOf() {
        return condition.get() instanceof Condition.Away(Instant since, _) ? Optional.of(since.truncatedTo(ChronoUnit.SECONDS)) : Optional.empty();
    }
}
