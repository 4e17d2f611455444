package concierge.simulation;

import java.util.List;

/** What goes wrong while chaos lasts. */
final class Faults {
    private final World world;
    private final Scheduler scheduler;

    Faults(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    void begin() {
        scheduler.within(500, 4_000, this::next);
    }

    private void next() {
        if (!world.isChaos()) return;
        SimulatedHost host = world.hosts.get(scheduler.number(world.hosts.size()));
        int fault = scheduler.number(9);
        world.trace("fault", fault + " on " + host.name);
        switch (fault) {
            case 0 -> {
                host.crash();
                scheduler.within(50, scheduler.chance(0.2) ? 60_000 : 5_000, host::start);
            }
            case 1 -> {
                world.leader.crash();
                scheduler.within(50, 8_000, world.leader::start);
            }
            case 2, 3 -> kill(host);
            case 4 -> {
                boolean ends = scheduler.chance(0.5);
                host.engine.away = true;
                if (ends) host.engine.endAll();
                scheduler.within(50, 20_000, () -> host.engine.away = false);
            }
            case 5 -> host.engine.hangsUntil = scheduler.instant().plusMillis(scheduler.number(40_000));
            case 6 -> {
                world.storeAway = true;
                disconnect();
                scheduler.within(50, 5_000, () -> world.storeAway = false);
            }
            case 7 -> {
                world.storeForeign = true;
                disconnect();
                scheduler.within(50, 5_000, () -> world.storeForeign = false);
            }
            case 8 -> {
                // Both at once, as when the one process that is server and agent is killed.
                host.crash();
                world.leader.crash();
                scheduler.within(50, 3_000, () -> {
                    host.start();
                    world.leader.start();
                });
            }
            default -> throw new AssertionError(fault);
        }
        scheduler.within(200, 6_000, this::next);
    }

    private void disconnect() {
        world.hosts.forEach(SimulatedHost::disconnect);
        world.leader.disconnect();
    }

    private void kill(SimulatedHost host) {
        List<FakeEngine.Container> running = host.engine.running();
        if (running.isEmpty()) return;
        FakeEngine.Container victim = running.get(scheduler.number(running.size()));
        boolean oom = scheduler.chance(0.3);
        host.engine.end(victim, oom ? 137 : scheduler.number(3), oom);
        // Some are removed behind the agent's back.
        if (scheduler.chance(0.2) && !host.engine.away) host.engine.remove(victim.workload.instance());
    }
}
