package concierge.executor.docker;

import concierge.executor.Executor.Watcher;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.json.Json;
import concierge.model.InstanceId;
import concierge.runtime.Backoff;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Follows the engine's events about this installation's containers on a thread of its own, until closed.
 * After a break it connects again, asks for what came since the last event it saw, and tells of the gap all
 * the same: the engine keeps only its last few hundred events.
 */
final class EventStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    /** A restarting engine is back within a second or two; one that is gone is asked every 5 s. */
    private static final Backoff RECONNECT = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    /**
     * A connection to another machine can die without a word. Asking anew for what came since the last event costs one
     * request, and no more than this is missed until then.
     */
    static final Duration RENEWAL = Duration.ofSeconds(5);

    private final Engine engine;
    private final Containers containers;
    private final String installation;
    private final Watcher watcher;
    private final Optional<Duration> renewal;
    private final CountDownLatch first = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closed;
    private volatile Engine.@Nullable Open open;

    /** Seconds and nanoseconds of the last event; the engine replays from there. */
    private String since;

    EventStream(Engine engine, Containers containers, String installation, Watcher watcher) {
        // A local socket ends with its engine.
        this(engine, containers, installation, watcher, engine.address().isLocal() ? Optional.empty() : Optional.of(RENEWAL));
    }

    /** @param renewal the age at which a connection is replaced; empty: it is kept while it lasts */
    EventStream(Engine engine, Containers containers, String installation, Watcher watcher, Optional<Duration> renewal) {
        this.renewal = renewal;
        this.engine = engine;
        this.containers = containers;
        this.installation = installation;
        this.watcher = watcher;
        this.since = seconds(Instant.now());
        this.thread = Thread.ofVirtual().name("docker-events").unstarted(this::run);
    }

    /** Returns when events come in, or when the first attempt has failed. */
    EventStream start() {
        thread.start();
        try {
            if (!first.await(Engine.PING_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("waits for the engine's events engine={}", engine.address());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return this;
    }

    @Override
    public void close() {
        closed = true;
        Engine.Open current = open;
        if (current != null) current.close();
        thread.interrupt();
    }

    private void run() {
        int failures = 0;
        boolean broken = false;
        while (!closed) {
            Age age = new Age();
            try (Engine.Open stream = connect(); Age _ = age.of(stream)) {
                open = stream;
                first.countDown();
                if (broken) gap();
                broken = false;
                failures = 0;
                ImageStream.read(stream.body(), this::event);
            } catch (IOException | RuntimeException e) {
                if (!closed) LOG.debug("lost the engine's events engine={} because={}", engine.address(), e.getMessage());
            }
            first.countDown();
            // Nothing is missed: the engine tells again what came since the last event.
            if (age.isOver) continue;
            // Once when they stop: the next look then tells whether the engine is away. Once more when they come again.
            if (!closed && !broken) gap();
            broken = true;
            if (!closed) pause(failures++);
        }
    }

    /** Ends a connection when it is old enough. */
    private final class Age implements AutoCloseable {
        private volatile boolean isOver;
        private @Nullable Thread timer;

        Age of(Engine.Open stream) {
            if (renewal.isPresent()) timer = Thread.ofVirtual().name("docker-events-renewal").start(() -> end(stream, renewal.get()));
            return this;
        }

        private void end(Engine.Open stream, Duration after) {
            try {
                TimeUnit.NANOSECONDS.sleep(after.toNanos());
                isOver = true;
                stream.close();
            } catch (InterruptedException _) {
                // it ended before
            }
        }

        @Override
        public void close() {
            if (timer != null) timer.interrupt();
        }
    }

    private Engine.Open connect() {
        String filters = Engine.encode(Json.write(new TreeMap<>(Map.of(
                "type", List.of("container"),
                "event", List.of("start", "die", "oom", "destroy"),
                "label", List.of(Labels.INSTALLATION + "=" + installation)))));
        Engine.Open stream = engine.open("GET", "/events?since=" + since + "&filters=" + filters, Map.of(), null);
        if (stream.status() < 400) return stream;
        try (stream) {
            throw Refusals.of("cannot follow the engine's events", stream.refusal());
        }
    }

    private void event(JsonNode event) {
        long nanos = event.path("timeNano").asLong(0);
        // the engine replays from this instant on, so the next one
        if (nanos > 0) since = seconds(Instant.ofEpochSecond(0, nanos + 1));
        JsonNode actor = event.path("Actor");
        Optional<InstanceId> instance = Labels.instance(actor.path("Attributes"), installation);
        if (instance.isEmpty()) return;
        String action = event.path("Action").asString("");
        String id = actor.path("ID").asString("");
        try {
            switch (action) {
                case "start" -> described(actor).ifPresent(watcher::changed);
                case "oom" -> containers.runs().starved(id);
                case "die" -> watcher.changed(ended(instance.get(), actor, Instant.ofEpochSecond(0, nanos)));
                // its end was told by "die"; somebody else may have removed it
                case "destroy" -> containers.forgetIf(instance.get(), id);
                default -> LOG.debug("did not expect an event action={}", action);
            }
        } catch (ExecutorException e) {
            LOG.warn("could not look at a container that changed instance={} because={}", instance.get(), e.getMessage());
            gap();
        }
    }

    /** As the engine reads times: {@code 1700000000.000000001}. */
    static String seconds(Instant instant) {
        return instant.getEpochSecond() + "." + String.format("%09d", instant.getNano());
    }

    private Optional<Running> described(JsonNode actor) {
        return containers.describe(actor.path("ID").asString("")).flatMap(containers::running);
    }

    private void gap() {
        containers.runs().clear();
        watcher.gap();
    }

    /**
     * By the event alone where it is known which run it is about; else as inspected if the container still is
     * as it ended; else, removed or running again, as the event tells.
     */
    private Running ended(InstanceId instance, JsonNode actor, Instant at) {
        JsonNode attributes = actor.path("Attributes");
        int exitCode = Integer.parseInt(attributes.path("exitCode").asString("0"));
        Optional<Running> known = containers.runs().ended(actor.path("ID").asString(""), at, exitCode);
        if (known.isPresent()) return known.get();
        Optional<Running> now = described(actor);
        if (now.isPresent() && now.get().state() == Running.State.ended) return now.get();
        return new Running(
                instance,
                Long.parseLong(attributes.path(Labels.GENERATION).asString("0")),
                Containers.digest(attributes),
                attributes.path("name").asString(""),
                Running.State.ended,
                Optional.empty(),
                Optional.of(exitCode),
                false,
                "",
                new TreeMap<>());
    }

    private void pause(int failures) {
        try {
            TimeUnit.NANOSECONDS.sleep(RECONNECT.pause(failures, ThreadLocalRandom.current().nextDouble()).toNanos());
        } catch (InterruptedException _) {
            // closed: the loop sees it
        }
    }
}
