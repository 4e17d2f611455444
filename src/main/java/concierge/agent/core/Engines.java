package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.model.ExecutorKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The engines of this host: asks whether they are there, ever rarer while they are not, and for their listings;
 * tells the network which of them work. Confined to the core.
 */
final class Engines {
    /** Something changed for all that stands on an engine. */
    interface News {
        void about(Engine engine);
    }

    private final Map<ExecutorKind, Engine> byKind = new EnumMap<>(ExecutorKind.class);
    private final RandomGenerator random;
    private final Consumer<AgentEffect> effects;
    private final News news;
    private AgentEffect.@Nullable Announce announced;

    Engines(Set<ExecutorKind> kinds, RandomGenerator random, Consumer<AgentEffect> effects, News news) {
        for (ExecutorKind kind : kinds) byKind.put(kind, new Engine(kind));
        this.random = random;
        this.effects = effects;
        this.news = news;
    }

    Collection<Engine> all() {
        return byKind.values();
    }

    /** Empty: this host has no such engine. */
    Optional<Engine> find(ExecutorKind kind) {
        return Optional.ofNullable(byKind.get(kind));
    }

    Engine get(ExecutorKind kind) {
        return find(kind).orElseThrow(() -> new IllegalArgumentException("executor: " + kind + " (expected: one of " + byKind.keySet() + ")"));
    }

    void check(Engine engine) {
        engine.checking = true;
        engine.nextCheck = Instant.MAX;
        effects.accept(new AgentEffect.CheckEngine(engine.kind));
    }

    void checked(Engine engine, boolean available, String text, long step, Instant now) {
        if (!engine.checking) return;
        engine.checking = false;
        if (!available) {
            away(engine, text, now);
            return;
        }
        boolean back = !engine.available;
        engine.available = true;
        engine.nextCheck = now.plus(AgentLimits.CHECK_EVERY);
        if (back) list(engine, step, now);
    }

    void away(Engine engine, String text, Instant now) {
        boolean isNews = engine.available || !text.equals(engine.text);
        engine.worked |= engine.available;
        engine.available = false;
        engine.listed = false;
        engine.listing = 0;
        engine.text = text;
        engine.nextListing = Instant.MAX;
        // One under way tells soon how it is.
        Instant again = now.plus(AgentLimits.CHECK.pause(engine.checks++, random.nextDouble()));
        if (!engine.checking) engine.nextCheck = again;
        if (isNews) news.about(engine);
    }

    /** @param step its number says which of two things that were told came first */
    void list(Engine engine, long step, Instant now) {
        if (!engine.available) return;
        if (engine.listing != 0) {
            engine.listAgain = true;
            return;
        }
        engine.listAgain = false;
        engine.listing = step;
        engine.listingSince = now;
        engine.nextListing = now.plus(AgentLimits.SILENCE);
        effects.accept(new AgentEffect.ListEngine(engine.kind, engine.listing));
    }

    /** A complete listing came; false: it is not the one that was asked for last. */
    boolean listed(Engine engine, long listing, Instant now) {
        if (engine.listing != listing) return false;
        engine.listing = 0;
        engine.listed = true;
        engine.worked = true;
        // One that answers and cannot list works no more than one that is away: the pauses go on growing.
        engine.checks = 0;
        engine.nextListing = now.plus(AgentLimits.LIST_EVERY);
        return true;
    }

    void onTime(long step, Instant now) {
        for (Engine engine : byKind.values()) {
            if (!now.isBefore(engine.nextCheck)) check(engine);
            if (now.isBefore(engine.nextListing)) continue;
            if (engine.listing == 0) {
                list(engine, step, now);
            } else {
                engine.nextListing = Instant.MAX;
                news.about(engine);
            }
        }
    }

    Instant wakeAt() {
        Instant next = Instant.MAX;
        for (Engine engine : byKind.values()) {
            if (engine.nextCheck.isBefore(next)) next = engine.nextCheck;
            if (engine.nextListing.isBefore(next)) next = engine.nextListing;
        }
        return next;
    }

    /** Tells which work, and what else people should know of this host, when that has changed. */
    void announce(Optional<String> remark) {
        Set<ExecutorKind> available = new TreeSet<>();
        List<String> remarks = new ArrayList<>();
        for (Engine engine : byKind.values()) {
            // Before each has been asked and listed once, silence would tell the network a shorter list than is true.
            if (!engine.isUsable() && engine.checks == 0) return;
            if (engine.isUsable()) available.add(engine.kind);
            else if (engine.worked) remarks.add(engine.kind + " is away: " + engine.text);
        }
        remark.ifPresent(remarks::add);
        AgentEffect.Announce now = new AgentEffect.Announce(available, remarks);
        if (now.equals(announced)) return;
        announced = now;
        effects.accept(now);
    }
}
