package concierge.server.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Who was heard of when, by this process' own monotonic clock; and who shares a name. An identity is a name that anybody may
 * be started with twice by mistake; an installation's id is not. Thread-safe.
 */
final class Presence {
    /** Of one name within a silence: two are a mistake already, and more than these a flood. */
    static final int INSTALLATIONS = 16;

    private final Duration silence;
    private final LongSupplier nanos;
    private final Map<String, Map<String, Heard>> heard = new HashMap<>();
    private final Map<String, Long> out = new HashMap<>();
    private final Map<String, Together> together = new TreeMap<>();
    private long began;
    private long calls;

    private record Heard(long at, long call) {}

    /** Several of one name, which were heard in turns. */
    private record Together(long at, Set<String> installations) {}

    /** What came of a call. */
    enum Noted {
        noted,
        /** From now on several installations have this name. */
        shared,
        crowded
    }

    Presence(Duration silence, LongSupplier nanos) {
        this.silence = silence;
        this.nanos = nanos;
    }

    /** Nobody was heard of yet, and everybody has the whole time. */
    synchronized void begin() {
        heard.clear();
        out.clear();
        together.clear();
        began = nanos.getAsLong();
    }

    /** Everybody is given the time until now. */
    synchronized void forgive() {
        long now = nanos.getAsLong();
        began = now;
        heard.values().forEach(all -> all.replaceAll((_, it) -> new Heard(now, it.call())));
        out.replaceAll((_, _) -> now);
    }

    private boolean isPast(long at) {
        return nanos.getAsLong() - at > silence.toNanos();
    }

    /** @param installation empty: it did not say */
    synchronized Noted hear(String identity, String installation) {
        Map<String, Heard> all = heard.computeIfAbsent(identity, _ -> new TreeMap<>());
        all.values().removeIf(it -> isPast(it.at()));
        Heard before = all.get(installation);
        if (before == null && all.size() >= INSTALLATIONS) return Noted.crowded;
        all.put(installation, new Heard(nanos.getAsLong(), ++calls));
        if (installation.isEmpty() || before == null) return Noted.noted;
        Set<String> others = new TreeSet<>();
        // One that took the place of another does not hear of that again; who is heard before and after it is beside it.
        all.forEach((other, it) -> {
            if (!other.isEmpty() && !other.equals(installation) && it.call() > before.call()) others.add(other);
        });
        if (others.isEmpty()) return Noted.noted;
        Together known = together.get(identity);
        boolean fresh = known == null || isPast(known.at());
        others.add(installation);
        if (known != null && !fresh) known.installations().stream().filter(all::containsKey).forEach(others::add);
        together.put(identity, new Together(nanos.getAsLong(), others));
        return fresh ? Noted.shared : Noted.noted;
    }

    /** Those that have one name; empty: it is one's alone. */
    synchronized List<String> together(String identity) {
        Together known = together.get(identity);
        return known == null || isPast(known.at()) ? List.of() : new ArrayList<>(known.installations());
    }

    /** Whether those who may run what this one claimed have been silent too long. */
    synchronized boolean isSilent(String identity, String installation) {
        long last = began;
        for (Map.Entry<String, Heard> one : heard.getOrDefault(identity, Map.of()).entrySet()) {
            // Whoever does not say who he is is told of all tasks under his name.
            boolean his = installation.isEmpty() || one.getKey().isEmpty() || one.getKey().equals(installation);
            if (his && one.getValue().at() - last > 0) last = one.getValue().at();
        }
        return isPast(last);
    }

    /** How long nobody of this name was heard; empty: not since this process leads. */
    synchronized Optional<Duration> silentFor(String identity) {
        return heard.getOrDefault(identity, Map.of()).values().stream().map(it -> nanos.getAsLong() - it.at()).min(Long::compare).map(Duration::ofNanos);
    }

    /** Those who are not let in any more: the time of each begins when it is first told here, and ends when it is not. */
    synchronized void shutOut(Set<String> identities) {
        long now = nanos.getAsLong();
        out.keySet().retainAll(identities);
        for (String identity : identities) out.putIfAbsent(identity, now);
    }

    /** Until the tasks of one who is shut out go to others; empty: it is not known here. */
    synchronized Optional<Duration> left(String identity) {
        return Optional.ofNullable(out.get(identity)).map(at -> silence.minusNanos(nanos.getAsLong() - at));
    }
}
