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
        SimulatedLeader server = world.servers.get(scheduler.number(world.servers.size()));
        int fault = scheduler.number(world.cluster ? 17 : 9);
        world.trace("fault", fault + " on " + host.name + " or " + server.name);
        switch (fault) {
            case 0 -> {
                host.crash();
                scheduler.within(50, scheduler.chance(0.2) ? 60_000 : 5_000, host::start);
            }
            case 1 -> {
                server.crash();
                scheduler.within(50, 8_000, server::start);
            }
            case 2, 3 -> kill(host);
            case 4 -> {
                boolean ends = scheduler.chance(0.5);
                host.engine.away = true;
                host.couldNotStop();
                if (ends) host.engine.endAll();
                scheduler.within(50, 20_000, () -> {
                    host.couldNotStop();
                    host.engine.away = false;
                });
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
                server.crash();
                scheduler.within(50, 3_000, () -> {
                    host.start();
                    server.start();
                });
            }
            case 9 -> {
                host.lose();
                scheduler.within(500, 40_000, host::start);
            }
            case 10, 11 -> cut(host.uplink, host::heal, host::disconnect);
            case 12, 13 -> cut(leading().uplink, leading()::heal, leading()::disconnect);
            case 14 -> host.freeze(scheduler.instant().plusMillis(scheduler.number(12_000)));
            case 15 -> leading().freeze(scheduler.instant().plusMillis(scheduler.number(12_000)));
            case 16 -> {
                // An agent that is back at the very moment at which a leader, who hears late of it, gives its host up.
                host.crash();
                SimulatedLeader leader = leading();
                leader.uplink.slowMillis = 300 + scheduler.number(1_500);
                scheduler.within(2_500, 6_500, host::start);
                scheduler.within(7_000, 8_000, leader::heal);
            }
            default -> throw new AssertionError(fault);
        }
        scheduler.within(200, 6_000, this::next);
    }

    /** Who leads, or thinks so: what befalls others is seldom seen. */
    private SimulatedLeader leading() {
        List<SimulatedLeader> leading = world.servers.stream().filter(SimulatedLeader::isLeading).toList();
        List<SimulatedLeader> among = leading.isEmpty() ? world.servers : leading;
        return among.get(scheduler.number(among.size()));
    }

    /** A partition: both ways, or one of them; or every message takes its time. */
    private void cut(Uplink uplink, Runnable heals, Runnable notices) {
        int how = scheduler.number(4);
        if (how != 1) uplink.outbound = how == 3;
        if (how != 2) uplink.inbound = how == 3;
        if (how == 3) uplink.slowMillis = 100 + scheduler.number(3_000);
        // A connection that is gone is often noticed late, and then as if nothing had been.
        if (scheduler.chance(0.5)) scheduler.within(50, 10_000, notices);
        scheduler.within(500, scheduler.chance(0.5) ? 45_000 : 8_000, heals);
    }

    private void disconnect() {
        world.hosts.forEach(SimulatedHost::disconnect);
        world.servers.forEach(SimulatedLeader::disconnect);
    }

    private void kill(SimulatedHost host) {
        List<FakeEngine.Container> running = host.engine.running();
        if (running.isEmpty()) return;
        FakeEngine.Container victim = running.get(scheduler.number(running.size()));
        boolean oom = scheduler.chance(0.3);
        host.engine.end(victim, oom ? 137 : scheduler.number(3), oom);
        // Some are removed behind the agent's back.
        if (scheduler.chance(0.2) && !host.engine.away) host.engine.remove(victim);
    }
}
