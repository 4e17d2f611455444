package concierge.source.portier;

import concierge.simulation.Scheduler;

/** What goes wrong, and what people do meanwhile. */
final class TaskFaults {
    private final TaskWorld world;
    private final Scheduler scheduler;
    private final int slots;

    TaskFaults(TaskWorld world, int slots) {
        this.world = world;
        this.scheduler = world.scheduler;
        this.slots = slots;
    }

    void begin() {
        scheduler.within(100, 3000, this::next);
        scheduler.within(100, 3000, this::people);
    }

    private void next() {
        if (world.isCalm()) return;
        strike();
        scheduler.within(100, 3000, this::next);
    }

    /** Undone after a while, unless quiet comes first and undoes everything. */
    private void until(int minMillis, int maxMillis, Runnable end) {
        scheduler.within(minMillis, maxMillis, () -> {
            if (!world.isCalm()) end.run();
        });
    }

    private void strike() {
        SimulatedConcierge one = world.any();
        switch (scheduler.number(11)) {
            case 0, 1 -> {
                one.crash();
                until(50, scheduler.chance(0.3) ? 25_000 : 1500, one::start);
            }
            case 2 -> {
                world.trace("queue down");
                world.wire.down = true;
                world.queue.stop();
                until(100, scheduler.chance(0.3) ? 20_000 : 2000, this::queueUp);
            }
            case 3 -> {
                world.trace("queue frozen");
                world.wire.frozen = true;
                until(100, 15_000, this::thaw);
            }
            case 4, 5 -> {
                world.wire.ill = scheduler.chance(0.3) ? 90 : 30;
                world.trace("network ill " + world.wire.ill);
                until(1000, 10_000, () -> world.wire.ill = 0);
            }
            case 6 -> {
                one.storeAway(true);
                until(100, 6000, () -> one.storeAway(false));
            }
            case 7 -> {
                if (!one.isAlive()) return;
                one.deposed();
                until(0, 3000, () -> {
                    if (one.isAlive()) one.lead();
                });
            }
            case 8 -> {
                world.trace(one.name + " is cut off");
                one.cutOff = true;
                until(1000, 25_000, () -> one.cutOff = false);
            }
            case 9 -> {
                one.slots = slots / 4;
                until(1000, 10_000, () -> one.slots = slots);
            }
            default -> {
                String task = world.anyTask();
                one.broken.add(task);
                until(1000, 15_000, () -> one.broken.remove(task));
            }
        }
    }

    private void queueUp() {
        if (!world.wire.down) return;
        world.trace("queue up");
        world.wire.down = false;
        world.queue.start();
    }

    /** As the queue does it itself when it finds that it stood still. */
    private void thaw() {
        world.trace("queue thaws");
        world.wire.frozen = false;
        world.queue.forgive();
    }

    private void people() {
        if (world.isCalm()) return;
        SimulatedConcierge one = world.any();
        switch (scheduler.number(8)) {
            case 0, 1 -> add(1);
            case 2, 3 -> {
                if (world.wanted.size() > 1) world.remove();
                add(1);
            }
            case 4 -> world.free();
            case 5 -> {
                world.trace(one.name + " drains");
                one.drain(true);
                until(500, 8000, () -> one.drain(false));
            }
            case 6 -> {
                // Whoever is let in again asks slowly for a while.
                if (scheduler.instant().isAfter(Scheduler.START.plus(world.chaos()).minusSeconds(20))) return;
                world.trace("expelled " + one.name);
                world.expel(one);
                until(500, 4000, () -> world.admit(one));
            }
            default -> {
                add(scheduler.number(8));
                for (int i = scheduler.number(8); i > 0 && world.wanted.size() > 4; i--) world.remove();
            }
        }
        scheduler.within(100, 3000, this::people);
    }

    /** As long as there is room for what is wanted, unevenly shared as it may be. */
    private void add(int tasks) {
        for (int i = 0; i < tasks && world.wanted.size() < slots * world.concierges.size() * 5 / 8; i++) world.add();
    }

    /** Everything that can be mended is. */
    void end() {
        world.wire.calm();
        queueUp();
        world.queue.start();
        for (SimulatedConcierge one : world.concierges) {
            world.admit(one);
            one.broken.clear();
            one.slots = slots;
            one.cutOff = false;
            one.storeAway(false);
            one.drain(false);
            if (one.isAlive()) one.lead();
            else one.start();
            one.show();
        }
    }
}
