package concierge.source.portier;

import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.server.queue.QueueAtWork;
import concierge.simulation.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** One queue, its users, and many concierges, in one thread and virtual time: chaos, then quiet. A seed decides everything. */
final class TaskWorld {
    static final Duration QUEUE_SILENCE = Duration.ofSeconds(12);

    static final TaskTypes TYPES = switch (TaskTypes.read(Map.of("sleep", Map.of("executor", "process", "run", List.of("sleep", "1000"), "resources", Map.of("cpu", 1))), Origin.Table.NONE)) {
        case Parsed.Good<TaskTypes>(TaskTypes types, _) -> types;
        case Parsed.Bad<TaskTypes> bad -> throw new AssertionError(bad.problems());
    };

    /** Within so long all must be well when the faults have ended. */
    static final Duration QUIET = Duration.ofSeconds(10);

    /** But not what was being given back just then: it may not be claimed afresh while that may still arrive, and where alone there is room. */
    static final Duration DOUBTED = Claiming.LATE.plusSeconds(4);

    /**
     * How large a world is.
     *
     * @param chaos how long faults last; zero: there are none
     */
    record Size(int concierges, int tasks, Duration chaos) {}

    final Scheduler scheduler;
    final TaskMutant mutant;
    final Wire wire;
    final TaskRules rules = new TaskRules(this);
    final List<SimulatedConcierge> concierges = new ArrayList<>();
    final Set<String> wanted = new TreeSet<>();
    final QueueAtWork queue;
    /** After which concierges stop what they run, when they hear nothing; zero: never. */
    final Duration silence;

    private final Size size;
    private final TaskFaults faults;
    private final Map<String, Instant> doubted = new HashMap<>();
    private final ArrayDeque<String> trace = new ArrayDeque<>();
    private final int kept = Integer.getInteger("simulation.trace", 400);
    private boolean calm;
    private int numbers;
    private Duration settledAfter = Duration.ZERO;

    TaskWorld(long seed, Size size, TaskMutant mutant) {
        this.scheduler = new Scheduler(seed);
        this.size = size;
        this.mutant = mutant;
        this.wire = new Wire(this);
        this.queue = new QueueAtWork(scheduler, () -> Duration.between(Scheduler.START, scheduler.instant()).toNanos() + 1, QUEUE_SILENCE);
        this.silence = scheduler.chance(0.5) ? Duration.ZERO : Duration.ofSeconds(6);
        // Half of them suffice, even where the tasks are not shared evenly.
        int slots = Math.max(2, size.tasks * 2 / size.concierges);
        for (int i = 0; i < size.concierges; i++) concierges.add(new SimulatedConcierge(this, "c" + i, slots, silence));
        this.faults = new TaskFaults(this, slots);
    }

    boolean isCalm() {
        return calm;
    }

    void trace(String what) {
        if (trace.size() >= kept) trace.removeFirst();
        trace.add(Duration.between(Scheduler.START, scheduler.instant()).toMillis() + " ms " + what);
    }

    void run() {
        calm = size.chaos.isZero();
        for (SimulatedConcierge concierge : concierges) {
            queue.admit(concierge.name);
            scheduler.within(0, 2000, concierge::start);
        }
        for (int i = 0; i < size.tasks; i++) add();
        scheduler.within(1000, 1000, this::tick);
        if (!calm) {
            faults.begin();
            runUntil(Scheduler.START.plus(size.chaos));
            calm = true;
            trace("quiet");
            faults.end();
        }
        Instant quiet = scheduler.instant();
        for (SimulatedConcierge concierge : concierges) concierge.leaving().forEach(this::doubt);
        settle(quiet.plus(QUIET), () -> inDoubt(quiet));
        settledAfter = Duration.between(quiet, scheduler.instant());
        settle(quiet.plus(DOUBTED), Set::of);
        // And it stays so.
        runUntil(scheduler.instant().plusSeconds(5));
        rules.requireSettled(Set.of());
    }

    private void settle(Instant end, Supplier<Set<String>> excused) {
        while (rules.unsettled(excused.get()).isPresent() && scheduler.instant().isBefore(end)) runUntil(scheduler.instant().plusMillis(100));
        rules.requireSettled(excused.get());
    }

    /** A release of it was not answered. */
    void doubt(String task) {
        doubted.put(task, scheduler.instant());
    }

    private Set<String> inDoubt(Instant quiet) {
        Set<String> tasks = new TreeSet<>();
        doubted.forEach((task, at) -> {
            if (at.isAfter(quiet.minus(Claiming.LATE))) tasks.add(task);
        });
        return tasks;
    }

    private void runUntil(Instant end) {
        while (scheduler.step(end)) {
            // Each step looks for itself.
        }
    }

    Duration chaos() {
        return size.chaos;
    }

    Duration settledAfter() {
        return settledAfter;
    }

    private void tick() {
        if (!wire.down && !wire.frozen) {
            queue.expire();
            rules.owned(queue.owners(), true);
        }
        rules.look();
        scheduler.within(1000, 1000, this::tick);
    }

    // ---- the queue and its users

    /** A call has come to the queue. */
    QueueAtWork.Said asked(SimulatedConcierge from, String action, String task) {
        if (mutant == TaskMutant.QUEUE_GIVES_TWICE && action.equals("claim")) queue.free(task);
        QueueAtWork.Said said = queue.call(from.name, action, task);
        if (said.status() == 200 && !action.equals("heartbeat")) {
            trace("queue: " + action + " " + task + " of " + from.name);
            if (action.equals("claim")) rules.granted(from, task);
            else rules.released(from, task);
        }
        return said;
    }

    void add() {
        String task = "t" + numbers++;
        wanted.add(task);
        queue.add(task, "sleep");
    }

    String anyTask() {
        return List.copyOf(wanted).get(scheduler.number(wanted.size()));
    }

    void remove() {
        String task = anyTask();
        trace("users remove " + task);
        wanted.remove(task);
        queue.remove(task);
        rules.owned(queue.owners(), false);
    }

    void free() {
        queue.free(anyTask());
        rules.owned(queue.owners(), false);
    }

    void expel(SimulatedConcierge concierge) {
        concierge.expelled = true;
        queue.expel(concierge.name);
        rules.expelled(concierge);
    }

    void admit(SimulatedConcierge concierge) {
        queue.expire();
        rules.owned(queue.owners(), false);
        concierge.expelled = false;
        queue.admit(concierge.name);
    }

    SimulatedConcierge any() {
        return concierges.get(scheduler.number(concierges.size()));
    }

    /** For a failure's message. */
    String text() {
        StringBuilder out = new StringBuilder("wanted " + wanted + "\nowners " + queue.owners() + "\n");
        for (SimulatedConcierge concierge : concierges) out.append(concierge.text()).append('\n');
        return out.append("last steps:\n").append(String.join("\n", trace)).toString();
    }
}
