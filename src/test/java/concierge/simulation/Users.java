package concierge.simulation;

import concierge.model.Deployment;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What people do meanwhile: deploy changed versions, at the same tag or at another that replaces it; run
 * jobs; scale, stop, start, restart, remove.
 */
final class Users {
    static final String STACK = "shop";

    private static final List<String> TAGS = List.of("default", "blue");

    private final World world;
    private final Scheduler scheduler;
    private final Catalog catalog;
    private String tag = TAGS.getFirst();
    private int version;
    private int deployments;

    Users(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
        this.catalog = new Catalog(scheduler);
    }

    void begin() {
        deploy();
        scheduler.within(1_000, 6_000, this::next);
    }

    private void next() {
        if (!world.isChaos()) return;
        if (!world.isStoreGone()) act();
        scheduler.within(500, 8_000, this::next);
    }

    private void act() {
        int action = scheduler.number(10);
        ServiceId service = id(Catalog.SERVICES.get(scheduler.number(Catalog.SERVICES.size())));
        Optional<Entry> entry = world.store.find(Keys.proc(service));
        world.trace("user", action + " on " + service);
        switch (action) {
            case 0, 1 -> deploy();
            case 2 -> {
                tag = TAGS.get(scheduler.number(TAGS.size()));
                deploy();
            }
            case 3 -> runJob();
            case 4, 5 -> change(entry, intent -> intent.withOverride(scheduler.number(4)));
            case 6 -> change(entry, intent -> intent.withStopped(true));
            case 7 -> change(entry, intent -> intent.withStopped(false));
            case 8 -> change(entry, Intent::nextEpoch);
            // To take a service away for good would leave little to look at for the rest of a run.
            case 9 -> {
                if (scheduler.chance(0.3)) entry.ifPresent(it -> world.store.commit(transaction().delete(it.key()).build()));
            }
            default -> throw new AssertionError(action);
        }
    }

    private Transaction.Builder transaction() {
        return Transaction.id("user " + version++);
    }

    private void change(Optional<Entry> entry, java.util.function.UnaryOperator<Intent> change) {
        if (entry.isEmpty()) return;
        Transaction.Builder to = transaction();
        Writes.intent(to, entry.get(), change.apply(Codec.intent(entry.get().value())));
        world.store.commit(to.build());
    }

    /** All in one commit, as the server does it. */
    private void deploy() {
        Transaction.Builder to = transaction();
        String id = String.format("%010d", ++deployments);
        for (Entry entry : world.store.list(Keys.DEPLOYMENTS + STACK + "/", "", Limits.PAGE, 0).entries()) {
            Deployment earlier = Codec.deployment(entry.value());
            if (earlier.outcome() == Deployment.Outcome.active) {
                Writes.conclude(to, earlier.ended(Deployment.Outcome.superseded, "another came after it"), entry);
            }
        }
        List<String> replaced = TAGS.stream().filter(other -> !other.equals(tag)).toList();
        Writes.stack(to, new StackRecord(STACK, "", List.of(), serving(world, STACK, replaced, tag), new TreeMap<>()));
        Writes.deployment(to, new Deployment(STACK, id, tag, replaced, Deployment.Outcome.active, "", 0));
        for (String service : Catalog.SERVICES) want(to, service, id);
        world.store.commit(to.build());
    }

    /** The tag with the domains: the one before, as long as it is there and the new one is not ready. */
    static String serving(World world, String stack, Collection<String> replaced, String tag) {
        return world.store.find(Keys.stack(stack)).map(entry -> Codec.stack(entry.value()).primary())
                .filter(replaced::contains)
                .filter(before -> !world.store.list(Keys.PROC + stack + "/" + before + "/", "", 1, 0).entries().isEmpty())
                .orElse(tag);
    }

    /** Some of a deployment's services did not change. */
    private void want(Transaction.Builder to, String service, String deployment) {
        Optional<Entry> before = world.store.find(Keys.proc(id(service)));
        int scale = 1 + scheduler.number(service.equals("api") ? 2 : 3);
        if (before.isEmpty()) {
            Writes.intent(to, id(service), Intent.of(stored(to, catalog.spec(service, version)), scale, deployment));
            return;
        }
        Intent intent = Codec.intent(before.get().value());
        if (scheduler.chance(0.4)) return;
        Writes.intent(to, before.get(), intent.withSpec(stored(to, catalog.spec(service, version)), scale, deployment));
    }

    private concierge.model.Digest stored(Transaction.Builder to, ServiceSpec spec) {
        if (world.store.find(Keys.spec(Codec.digest(spec))).isEmpty()) Writes.spec(to, spec);
        return Codec.digest(spec);
    }

    /** The one before, if it is there yet, makes way: it is another version of the same service. */
    private void runJob() {
        boolean endless = scheduler.chance(0.3);
        Transaction.Builder to = transaction();
        Intent plain = Intent.of(stored(to, catalog.job(version, endless)), 1, "");
        Writes.intent(to, new ServiceId(STACK, TAGS.getFirst(), "job"), new Intent(
                plain.spec(), 1, Intent.NO_OVERRIDE, false, version, "", catalog.runKind(endless)));
        world.store.commit(to.build());
    }

    private ServiceId id(String service) {
        boolean everywhere = service.equals("db") && catalog.shared;
        return new ServiceId(STACK, everywhere ? Names.STATIC_TAG : tag, service);
    }
}
