package concierge.executor.docker;

import concierge.executor.Stats;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * CPU, memory and processes of a container. CPU is a difference: between this call and the one before, or,
 * the first time, of two samples that the engine takes a second apart. Thread-safe.
 */
public final class ContainerStats {
    /** An older sample says nothing of "the last moment". */
    private static final Duration RECENT = Duration.ofMinutes(1);

    /** Samples closer than this are mostly noise. */
    private static final Duration APART = Duration.ofMillis(100);

    /** Samples remembered; the oldest are forgotten. */
    private static final int SAMPLES = 10_000;

    private record Sample(Instant at, long cpuNanos, long taken) {}

    private final Engine engine;
    private final Map<String, Sample> samples = new LinkedHashMap<>();

    public ContainerStats(Engine engine) {
        this.engine = engine;
    }

    public Stats of(String container) {
        Sample before = recent(container);
        String path = "/containers/" + container + "/stats?stream=0" + (before == null ? "" : "&one-shot=1");
        JsonNode answer = engine.get(path).orFail("cannot measure an instance").json();
        Sample now = sample(answer, "read", "cpu_stats");
        if (before == null) before = sample(answer, "preread", "precpu_stats");
        synchronized (samples) {
            samples.put(container, now);
            if (samples.size() > SAMPLES) samples.remove(samples.keySet().iterator().next());
        }
        long elapsed = Duration.between(before.at(), now.at()).toNanos();
        long cpuMillis = elapsed <= 0 ? 0 : Math.max(0, Math.round((now.cpuNanos() - before.cpuNanos()) * 1000.0 / elapsed));
        return new Stats(cpuMillis, memory(answer.path("memory_stats")), answer.at("/pids_stats/current").asInt(0));
    }

    private @Nullable Sample recent(String container) {
        synchronized (samples) {
            Sample sample = samples.get(container);
            if (sample == null) return null;
            // By our own clock: the engine's, which the sample bears, may be another.
            Duration age = Duration.ofNanos(System.nanoTime() - sample.taken());
            return age.compareTo(APART) > 0 && age.compareTo(RECENT) < 0 ? sample : null;
        }
    }

    private static Sample sample(JsonNode answer, String time, String cpu) {
        return new Sample(Instant.parse(answer.path(time).asString("1970-01-01T00:00:00Z")), answer.path(cpu).at("/cpu_usage/total_usage").asLong(0), System.nanoTime());
    }

    /** Less the file cache that the kernel gives back when asked: named differently by cgroup 1 and 2. */
    private static long memory(JsonNode memory) {
        JsonNode details = memory.path("stats");
        long cache = details.path("total_inactive_file").asLong(details.path("inactive_file").asLong(0));
        return Math.max(0, memory.path("usage").asLong(0) - cache);
    }
}
