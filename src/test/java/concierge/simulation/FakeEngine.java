package concierge.simulation;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.InstanceId;
import concierge.model.Port;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An engine whose containers live on through crashes of agents. Verbs are immediate here; {@link
 * SimulatedHost} gives them duration, and takes answers and events away.
 */
final class FakeEngine {
    final String host;
    private final Scheduler scheduler;
    /** The machine's own: an engine and its agent share it. */
    private final InstantSource clock;

    private final Invariants invariants;
    final SortedMap<InstanceId, Container> containers = new TreeMap<>();
    Consumer<Running> events = _ -> {};
    boolean away;
    Instant hangsUntil = Instant.MIN;
    private int nextPort = 20_000;

    static final class Container {
        final Workload workload;
        final SortedMap<String, String> ports = new TreeMap<>();
        Running.State state = Running.State.created;
        @Nullable Instant started;
        Optional<Integer> exitCode = Optional.empty();
        boolean oomKilled;
        int runs;

        Container(Workload workload) {
            this.workload = workload;
        }
    }

    FakeEngine(String host, Scheduler scheduler, InstantSource clock, Invariants invariants) {
        this.host = host;
        this.scheduler = scheduler;
        this.clock = clock;
        this.invariants = invariants;
    }

    boolean hangs() {
        return scheduler.instant().isBefore(hangsUntil);
    }

    void requireAnswering() {
        if (away) throw new ExecutorException(Kind.unavailable, "connection refused");
    }

    /** The first half of an ensure. */
    Container create(Workload workload) {
        requireAnswering();
        Container existing = containers.get(workload.instance());
        if (existing != null && existing.workload.generation() != workload.generation())
            throw new ExecutorException(Kind.conflict, "generation " + existing.workload.generation() + " is there");
        if (existing != null) return existing;
        Container made = new Container(workload);
        containers.put(workload.instance(), made);
        return made;
    }

    /** The second half. */
    Running start(Container container) {
        requireAnswering();
        if (containers.get(container.workload.instance()) != container)
            throw new ExecutorException(Kind.other, "no such container");
        if (container.state == Running.State.running) return seen(container);
        if (container.ports.isEmpty()) publish(container);
        container.state = Running.State.running;
        container.started = clock.instant();
        container.exitCode = Optional.empty();
        container.oomKilled = false;
        container.runs++;
        invariants.started(host, container);
        if ("".equals(container.workload.spec().labels().get(Catalog.JOB))) {
            Instant run = container.started;
            scheduler.within(500, 20_000, () -> {
                if (run.equals(container.started)) end(container, 0, false);
            });
        }
        events.accept(seen(container));
        return seen(container);
    }

    private void publish(Container container) {
        for (Port port : container.workload.spec().ports()) {
            int wanted = port.host().orElse(container.workload.hostPorts().getOrDefault(port.key(), 0));
            boolean taken = isTaken(wanted);
            if (taken && port.host().isPresent()) throw new ExecutorException(Kind.portTaken, "port " + wanted + " is taken");
            int given = wanted != 0 && !taken ? wanted : nextPort++;
            container.ports.put(port.key(), container.workload.bind() + ":" + given);
        }
    }

    private boolean isTaken(int port) {
        return containers.values().stream()
                .filter(other -> other.state == Running.State.running)
                .flatMap(other -> other.ports.values().stream())
                .anyMatch(target -> target.endsWith(":" + port));
    }

    void stop(@Nullable Container container) {
        requireAnswering();
        if (container == null || container.state != Running.State.running) return;
        invariants.stopping(host, container);
        end(container, 143, false);
    }

    void remove(@Nullable Container container) {
        requireAnswering();
        if (container != null) containers.remove(container.workload.instance(), container);
    }

    void end(Container container, int code, boolean oomKilled) {
        if (container.state != Running.State.running) return;
        container.state = Running.State.ended;
        container.exitCode = Optional.of(code);
        container.oomKilled = oomKilled;
        invariants.ended(host, container);
        events.accept(seen(container));
    }

    /** The engine restarts: what it ran is ended. */
    void endAll() {
        for (Container container : List.copyOf(containers.values())) end(container, 137, false);
    }

    Optional<Running> inspect(InstanceId instance) {
        requireAnswering();
        return Optional.ofNullable(containers.get(instance)).map(FakeEngine::seen);
    }

    List<Running> list() {
        requireAnswering();
        List<Running> all = new ArrayList<>();
        containers.values().forEach(container -> all.add(seen(container)));
        return all;
    }

    List<Container> running() {
        return containers.values().stream().filter(it -> it.state == Running.State.running).toList();
    }

    static Running seen(Container container) {
        return new Running(
                container.workload.instance(), container.workload.generation(), container.workload.digest(),
                container.workload.instance().containerName(), container.state, Optional.ofNullable(container.started),
                container.exitCode, container.oomKilled, container.workload.bind(), container.ports);
    }
}
