package concierge.endtoend;

import concierge.testing.RawDocker;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What an engine starts and ends from now on, by its own events: whether an instance was ever started a
 * second time, or ran twice at one moment. An engine keeps its last 256 events only, hence the thread.
 */
final class Starts implements AutoCloseable {
    /** Far from 256 events even while twenty containers are replaced. */
    private static final Duration LOOK = Duration.ofMillis(300);

    private static final String FILTER = URLEncoder.encode(
            "{\"type\":[\"container\"],\"event\":[\"start\",\"die\"],\"label\":[\"concierge.instance\"]}", StandardCharsets.UTF_8);

    private final RawDocker docker;
    private final Thread thread;
    private volatile boolean closed;
    private Instant since = Instant.now();

    /** The three are guarded by this object's monitor. */
    private final Map<String, String> running = new HashMap<>();

    private final Map<String, Integer> started = new TreeMap<>();
    private final List<String> twice = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    Starts(RawDocker docker) {
        this.docker = docker;
        for (JsonNode container : docker.get("/containers/json").ok().json()) {
            running.put(container.get("Labels").path("concierge.instance").asString(""), container.get("Id").asString());
        }
        this.thread = Thread.ofVirtual().name("starts").start(this::follow);
    }

    /** {@code <instance>@<generation>} with the number of its starts. */
    synchronized Map<String, Integer> started() {
        Installation.await("the engine's events", Duration.ofSeconds(10), this::look);
        return new TreeMap<>(started);
    }

    /** Whatever was started while another copy of it ran. */
    synchronized List<String> twice() {
        Installation.await("the engine's events", Duration.ofSeconds(10), this::look);
        return List.copyOf(twice);
    }

    private void follow() {
        while (!closed) {
            synchronized (this) {
                if (docker.answers()) look();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private boolean look() {
        Instant until = Instant.now();
        String path = "/events?since=" + seconds(since) + "&until=" + seconds(until) + "&filters=" + FILTER;
        RawDocker.Reply reply;
        try {
            reply = docker.get(path).ok();
        } catch (IllegalStateException _) {
            return false; // the engine went away just then; since stays, nothing is missed
        }
        reply.text().lines().filter(line -> !line.isBlank()).forEach(line -> take(concierge.json.Json.mapper().readTree(line)));
        since = until.minusSeconds(1);
        return true;
    }

    /** As the engine takes moments. */
    static String seconds(Instant at) {
        return at.getEpochSecond() + "." + "%09d".formatted(at.getNano());
    }

    private void take(JsonNode event) {
        String container = event.get("Actor").get("ID").asString();
        JsonNode labels = event.get("Actor").get("Attributes");
        String instance = labels.get("concierge.instance").asString();
        boolean start = event.get("Action").asString().equals("start");
        if (!seen.add(container + event.get("timeNano").asLong() + start)) return;
        if (!start) {
            running.remove(instance, container);
            return;
        }
        started.merge(instance + "@" + labels.get("concierge.generation").asString(), 1, Integer::sum);
        String other = running.put(instance, container);
        if (other != null && !other.equals(container)) twice.add(instance + ": " + container + " beside " + other);
    }

    @Override
    public void close() {
        closed = true;
        Installation.await("the last look", Duration.ofSeconds(20), () -> !thread.isAlive());
    }
}
