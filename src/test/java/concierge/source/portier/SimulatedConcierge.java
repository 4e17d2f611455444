package concierge.source.portier;

import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.Instances;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import concierge.model.Status;
import concierge.model.View;
import concierge.runtime.Core;
import concierge.simulation.Scheduler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One installation in virtual time: the real core, over a state that survives its process, a planner that needs a moment,
 * and an engine whose containers live on when the process dies.
 */
final class SimulatedConcierge {
    private static final Digest DIGEST = Digest.of("spec".getBytes(StandardCharsets.UTF_8));

    private static final Duration JUST = Duration.ofSeconds(1);

    final String name;
    Instant died = Scheduler.START;
    /** Where the start of a task fails, as one whose image is gone. */
    final Set<String> broken = new HashSet<>();
    int slots;
    boolean storeAway;
    /** No way to the queue. */
    boolean cutOff;
    boolean draining;
    /** Since when the process and its store work. */
    Instant well = Scheduler.START;
    Instant lastListing = Scheduler.START;
    boolean expelled;

    private final TaskWorld world;
    private final PortierSettings settings;
    private final Map<String, Claim> records = new LinkedHashMap<>();
    private final Map<ServiceId, Job> jobs = new HashMap<>();
    private final Set<ServiceId> dirty = new HashSet<>();
    private SharedMap<ServiceId, ServiceView> services = SharedMap.empty();
    private @Nullable Core<PortierEvent, PortierEffect> core;
    private int life;
    private long fence;
    private long revision = 100;
    private int used;
    private Instant lastView = Scheduler.START;
    private final Set<String> claiming = new HashSet<>();

    /** What the state and the engine have of one task. */
    private static final class Job {
        final String task;
        @Nullable ServiceSpec spec;
        boolean stopped;
        boolean placed;
        boolean up;
        Instant since = Scheduler.START;
        boolean crashed;
        String pending = "";
        long generation;
        boolean placing;
        boolean starting;
        boolean stopping;

        Job(String task) {
            this.task = task;
        }

        boolean isWanted() {
            return spec != null && !stopped;
        }
    }

    SimulatedConcierge(TaskWorld world, String name, int slots, Duration silence) {
        this.world = world;
        this.name = name;
        this.slots = slots;
        this.settings = new PortierSettings("http://queue", name, Duration.ofSeconds(2), silence, Duration.ofSeconds(3), Duration.ofSeconds(3));
    }

    boolean isAlive() {
        return core != null;
    }

    int life() {
        return life;
    }

    boolean runs(String task) {
        return jobs.values().stream().anyMatch(job -> job.up && job.task.equals(task));
    }

    /** What really runs here. */
    List<String> running() {
        return jobs.values().stream().filter(job -> job.up).map(job -> job.task).toList();
    }

    /** What it is about to give back. */
    List<String> leaving() {
        return records.values().stream().filter(Claim::isLeaving).map(Claim::task).toList();
    }

    Set<String> recorded() {
        return records.keySet();
    }

    /** Whether anything of it is wanted or left here. */
    boolean has(String task) {
        return jobs.values().stream().anyMatch(job -> job.task.equals(task) && (job.up || job.spec != null));
    }

    // ---- its process

    void start() {
        if (core != null) return;
        core = world.mutant.core(new PortierCore(TaskWorld.TYPES, settings));
        life++;
        world.trace(name + " starts");
        disturbed();
        if (world.scheduler.chance(0.5)) {
            lead();
            show();
        } else {
            show();
            lead();
        }
        if (draining) tell(new PortierEvent.Drain(true));
        for (Job job : List.copyOf(jobs.values())) work(job);
    }

    void crash() {
        if (core == null) return;
        world.trace(name + " dies");
        core = null;
        life++;
        died = world.scheduler.instant();
        claiming.clear();
        for (Job job : jobs.values()) {
            job.placing = false;
            job.starting = false;
            job.stopping = false;
        }
        disturbed();
    }

    /** Leads anew: claims are read from the state, after whatever an earlier leader wrote. */
    void lead() {
        fence++;
        revision++;
        claiming.clear();
        disturbed();
        tell(new PortierEvent.Elected(fence, revision, world.mutant.recorded(List.copyOf(records.values()))));
    }

    void deposed() {
        tell(new PortierEvent.Deposed());
    }

    void drain(boolean on) {
        draining = on;
        tell(new PortierEvent.Drain(on));
    }

    void storeAway(boolean away) {
        storeAway = away;
        disturbed();
    }

    private void disturbed() {
        well = world.scheduler.instant();
        world.rules.disturbed(this);
    }

    /** Soon, unless this process has ended by then. */
    private void later(int minMillis, int maxMillis, Runnable action) {
        int then = life;
        world.scheduler.within(minMillis, maxMillis, () -> {
            if (then == life && core != null) action.run();
        });
    }

    private void tell(PortierEvent event) {
        if (core == null) return;
        for (PortierEffect effect : core.step(event, world.scheduler.instant())) run(effect);
    }

    private void run(PortierEffect effect) {
        switch (effect) {
            case PortierEffect.Beat(long number) -> {
                Instant sent = world.scheduler.instant();
                long leading = fence;
                world.wire.call(this, "heartbeat", "", answer -> {
                    Answer heard = PortierClient.listing(answer);
                    if (heard instanceof Answer.Listing listing && leading == fence) {
                        lastListing = world.scheduler.instant();
                        world.rules.heard(this, listing, sent);
                    }
                    tell(new PortierEvent.Beaten(number, world.mutant.beaten(heard, List.copyOf(records.keySet()))));
                });
            }
            case PortierEffect.ClaimTask(long operation, String task) -> {
                world.rules.claims(this, task, records.containsKey(task), !claiming.add(task));
                world.wire.call(this, "claim", task, answer -> {
                    claiming.remove(task);
                    tell(new PortierEvent.Claimed(operation, world.mutant.claimed(PortierClient.grant(task, answer), task)));
                });
            }
            case PortierEffect.ReleaseTask(long operation, long _, String identity, String task) ->
                world.wire.call(this, "release", task, answer -> {
                    if (answer instanceof Answer.Unreachable) world.doubt(task);
                    tell(new PortierEvent.Released(operation, answer));
                });
            case PortierEffect.Write write -> {
                Job job = jobs.get(write.claim().service());
                // What had waited too long for a place may have begun while that was decided.
                boolean runs = job != null && job.up && job.isWanted() && job.since.plus(JUST).isBefore(world.scheduler.instant());
                if (runs && (write.spec().isEmpty() || write.stopped())) world.rules.stops(this, write.claim().task());
                later(1, 60, () -> commit(write));
            }
            case PortierEffect.WakeAt(Instant at) -> {
                int then = life;
                world.scheduler.at(at, () -> {
                    if (then == life) tell(new PortierEvent.Woke());
                });
            }
            case PortierEffect.Say(boolean _, String text) -> world.trace(name + " says: " + text);
            case PortierEffect.Tell _, PortierEffect.Draining _, PortierEffect.Drained _ -> {
                // Nobody waits for it here.
            }
        }
    }

    // ---- its state

    private void commit(PortierEffect.Write write) {
        if (storeAway) {
            later(400, 600, () -> commit(write));
            return;
        }
        if (write.fence() != fence) return;
        Claim claim = write.claim();
        revision++;
        long at = revision;
        if (write.kept()) records.put(claim.task(), claim);
        else records.remove(claim.task());
        Job job = jobs.computeIfAbsent(claim.service(), _ -> new Job(claim.task()));
        job.spec = write.spec().orElse(null);
        job.stopped = write.stopped();
        job.crashed = false;
        changed(claim.service());
        work(job);
        // An answer that is in doubt is asked for again.
        later(0, world.isCalm() ? 20 : 700, () -> tell(new PortierEvent.Written(write.operation(), at)));
    }

    private void changed(ServiceId service) {
        if (dirty.isEmpty() && core != null) {
            // In order: a view never overtakes an earlier one.
            Instant now = world.scheduler.instant();
            Instant at = now.plusMillis(1 + world.scheduler.number(world.isCalm() ? 20 : 150));
            lastView = at.isAfter(lastView) ? at : lastView.plusNanos(1);
            int then = life;
            world.scheduler.at(lastView, () -> {
                if (then == life && core != null) show();
            });
        }
        dirty.add(service);
    }

    /** Tells the core of the state as it is now. */
    void show() {
        Map<ServiceId, @Nullable ServiceView> changes = new HashMap<>();
        for (ServiceId service : dirty) changes.put(service, view(service, jobs.get(service)));
        dirty.clear();
        services = services.with(changes);
        HostRecord record = new HostRecord("h", List.of("127.0.0.1"), Set.of(), new Resources(slots * 1000L, 0), Set.of(ExecutorKind.process), false);
        HostView host = new HostView("h", Optional.of(record), false, new Resources(used * 1000L, 0), used, new TreeMap<>());
        View view = new View(revision, services, SharedMap.<String, HostView>empty().with(Map.of("h", host)), SharedMap.empty(), SharedMap.empty(), new TreeSet<>());
        tell(new PortierEvent.ViewChanged(world.mutant.view(view)));
    }

    private static @Nullable ServiceView view(ServiceId service, @Nullable Job job) {
        if (job == null || job.spec == null && !job.placed) return null;
        Optional<ServiceSpec> spec = Optional.ofNullable(job.spec);
        TreeMap<Integer, String> pending = new TreeMap<>();
        if (!job.pending.isEmpty()) pending.put(1, job.pending);
        return new ServiceView(service, spec.map(_ -> Intent.of(DIGEST, 1, "").withStopped(job.stopped)), spec, job.placed ? instance(service, job) : Instances.NONE, new TreeMap<>(), pending);
    }

    private static Instances instance(ServiceId service, Job job) {
        Assignment assignment = new Assignment(service.instance(1), "h", DIGEST, ExecutorKind.process, 0, new TreeMap<>(),
                job.isWanted() ? Assignment.Desired.run : Assignment.Desired.stop, RunKind.FOREVER, "");
        Status status = new Status(job.generation, job.up ? InstanceState.ready : job.crashed ? InstanceState.failed : InstanceState.preparing,
                Scheduler.START, job.crashed ? "image gone" : "", Optional.empty(), 0, job.crashed, false, "", new TreeMap<>(), List.of());
        ServiceSpec spec = job.spec == null ? TaskWorld.TYPES.find("sleep").orElseThrow() : job.spec;
        return Instances.of(List.of(new InstanceView(assignment, job.generation, spec, Optional.of(status), List.of(), job.up ? "c" : "", 0)));
    }

    // ---- its planner, agent and engine

    private void work(Job job) {
        if (job.isWanted() && !job.placed && !job.placing) {
            job.placing = true;
            later(5, 80, () -> place(job));
        } else if (job.isWanted() && job.placed && !job.up && !job.starting && !job.stopping) {
            job.starting = true;
            later(20, 300, () -> begin(job));
        } else if (!job.isWanted() && job.placed && !job.stopping) {
            job.stopping = true;
            later(10, 1500, () -> end(job));
        }
    }

    private ServiceId service(Job job) {
        return Claim.service("sleep", job.task);
    }

    private void place(Job job) {
        job.placing = false;
        if (!job.isWanted() || job.placed) return;
        if (storeAway || used >= slots) {
            boolean news = job.pending.isEmpty();
            job.pending = "1 host: 1 short of cpu";
            if (news) changed(service(job));
            job.placing = true;
            later(300, 500, () -> place(job));
            return;
        }
        used++;
        revision++;
        job.placed = true;
        job.pending = "";
        job.generation = revision;
        changed(service(job));
        work(job);
    }

    private void begin(Job job) {
        job.starting = false;
        if (!job.isWanted()) {
            work(job);
            return;
        }
        revision++;
        job.crashed = broken.contains(job.task);
        if (job.crashed) later(1000, 1500, () -> work(job));
        else {
            job.up = true;
            job.since = world.scheduler.instant();
            world.rules.started(this, job.task);
        }
        changed(service(job));
    }

    private void end(Job job) {
        if (job.up) world.rules.ended(this, job.task);
        job.up = false;
        job.crashed = false;
        revision++;
        changed(service(job));
        later(5, 100, () -> {
            job.stopping = false;
            job.placed = false;
            used--;
            revision++;
            changed(service(job));
            if (job.spec == null) jobs.remove(service(job), job);
            else work(job);
        });
    }

    /** For a failure's message. */
    String text() {
        List<String> all = new ArrayList<>();
        jobs.forEach((_, job) -> all.add(job.task + (job.up ? " up" : job.placed ? " placed" : "") + (job.isWanted() ? "" : " unwanted")));
        return name + (core == null ? " dead" : "") + " used=" + used + "/" + slots + " records=" + records.values().stream().map(it -> it.task() + (it.isLeaving() ? " leaving" : "")).toList() + " jobs=" + all;
    }
}
