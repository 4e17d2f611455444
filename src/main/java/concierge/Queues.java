package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.control.Leader;
import concierge.model.HostView;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.peer.Peers;
import concierge.server.queue.Queue;
import concierge.server.queue.QueueCalls;
import concierge.server.queue.QueueListener;
import concierge.source.portier.Portier;
import concierge.source.portier.PortierSettings;
import concierge.source.portier.TaskTypes;
import concierge.state.LiveView;
import concierge.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** What a server has to do with task queues, put together: claiming from one, and being one. */
final class Queues {
    /** A host is announced within a second or two; tasks wait no longer for one. */
    private static final Duration HOST_PATIENCE = Duration.ofSeconds(5);

    private static final Duration HOST_LOOK = Duration.ofMillis(200);

    private final Configuration configuration;
    private final TaskTypes types;
    private Optional<Portier> portier = Optional.empty();
    private Optional<Queue> queue = Optional.empty();
    private Optional<QueueCalls> calls = Optional.empty();

    private Queues(Configuration configuration, TaskTypes types) {
        this.configuration = configuration;
        this.types = types;
    }

    /** @throws IOException when settings do not fit each other, or the definitions of types are wrong, with all that is */
    static Queues of(Configuration configuration) throws IOException {
        Optional<String> trouble = settings(configuration).trouble();
        if (trouble.isPresent()) throw new IOException(trouble.get());
        return switch (TaskTypes.read(configuration.value(Settings.TYPES), configuration.origins(Settings.TYPES))) {
            case Parsed.Good<TaskTypes>(TaskTypes types, _) -> new Queues(configuration, types);
            case Parsed.Bad<TaskTypes> bad -> throw new IOException(bad.problems().stream().map(Problem::toString).collect(Collectors.joining("\n  ")));
        };
    }

    private static PortierSettings settings(Configuration configuration) {
        return new PortierSettings(
                configuration.value(Settings.PORTIER_ENDPOINT), configuration.value(Settings.PORTIER_IDENTITY), configuration.value(Settings.PORTIER_INTERVAL),
                configuration.value(Settings.PORTIER_SILENCE), configuration.value(Settings.PORTIER_PATIENCE), configuration.value(Settings.PORTIER_PAUSE));
    }

    /** What is wrong with the definitions of types. */
    static List<Problem> problems(Configuration configuration) {
        return TaskTypes.read(configuration.value(Settings.TYPES), configuration.origins(Settings.TYPES)) instanceof Parsed.Bad<TaskTypes>(List<Problem> problems) ? problems : List.of();
    }

    TaskTypes types() {
        return types;
    }

    /** What would be left of tasks if the server ended now, for people; empty: nothing. */
    Optional<String> left() {
        return portier.flatMap(Portier::left);
    }

    /** What other servers may ask of the queue. */
    Optional<QueueCalls> calls() {
        return calls;
    }

    /**
     * Before the leader campaigns.
     *
     * @param peers other servers, where they can be asked
     * @param agent who calls another's queue: {@code concierge/1.2 (<the installation's id>)}
     */
    void lead(Store store, LiveView live, Leader leader, Optional<Peers> peers, String agent, InstantSource clock, BooleanSupplier drains) throws IOException {
        if (configuration.value(Settings.QUEUE_ENABLED)) {
            Queue own = new Queue(store, configuration.value(Settings.QUEUE_SILENCE), System::nanoTime);
            leader.leads(own);
            queue = Optional.of(own);
            calls = Optional.of(new QueueCalls(own, store, peers));
        }
        if (configuration.value(Settings.PORTIER_ENDPOINT).isEmpty()) return;
        PortierSettings settings = settings(configuration);
        try {
            Portier claiming = new Portier(store, live, types, settings, agent, clock, drains);
            leader.leads(claiming);
            portier = Optional.of(claiming);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * When all else is there: closed first, while what stops tasks still works.
     *
     * @param swarm the host that tasks prefer where the engine manages a Swarm; empty: it does not
     */
    void start(Opened opened, LiveView live, Optional<String> swarm) throws IOException, InterruptedException {
        if (queue.isPresent()) {
            opened.own(queue.get().keep());
            opened.own(new QueueListener(calls.orElseThrow(), configuration.value(Settings.QUEUE_HOST), configuration.value(Settings.QUEUE_PORT)));
        }
        if (portier.isEmpty()) return;
        if (swarm.isPresent()) awaitHost(live, swarm.get());
        opened.own(portier.get()).start();
    }

    /** It is announced a moment after the engine's own host, where tasks would go meanwhile, and stay. */
    private static void awaitHost(LiveView live, String host) throws InterruptedException {
        long end = System.nanoTime() + HOST_PATIENCE.toNanos();
        while (System.nanoTime() < end && live.view().host(host).filter(HostView::isPresent).isEmpty()) live.await(live.view().revision() + 1, HOST_LOOK);
    }
}
