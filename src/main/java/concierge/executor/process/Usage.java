package concierge.executor.process;

import concierge.executor.Stats;
import concierge.model.InstanceId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What instances use of the machine. Thread-safe. */
final class Usage {
    /** The moment that CPU use is measured over when it was not asked for lately. */
    private static final Duration SAMPLE = Duration.ofMillis(100);

    private final Map<InstanceId, Sample> samples = new ConcurrentHashMap<>();

    private record Sample(long ticks, long nanos) {}

    Stats of(InstanceId instance, ProcessTree tree) {
        Sample before = samples.get(instance);
        if (before == null) {
            before = sample(tree.members());
            Waiting.pause(SAMPLE);
        }
        List<ProcessTable.Entry> members = tree.members();
        Sample now = sample(members);
        samples.put(instance, now);
        // A tick is 10 ms: thousandths of a CPU are ticks · 10 ms over elapsed ms, times 1000.
        double elapsedMillis = Math.max(1, (now.nanos() - before.nanos()) / 1e6);
        long cpu = Math.max(0, Math.round((now.ticks() - before.ticks()) * 10_000 / elapsedMillis));
        return new Stats(cpu, members.stream().mapToLong(entry -> ProcessTable.residentBytes(entry.pid())).sum(), members.size());
    }

    private static Sample sample(List<ProcessTable.Entry> members) {
        return new Sample(members.stream().mapToLong(ProcessTable.Entry::cpuTicks).sum(), System.nanoTime());
    }

    void forget(InstanceId instance) {
        samples.remove(instance);
    }
}
