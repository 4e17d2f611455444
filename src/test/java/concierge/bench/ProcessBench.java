package concierge.bench;

import concierge.executor.Executor;
import concierge.executor.Workload;
import concierge.executor.process.ProcessExecutor;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.SpecBuilder;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Seconds that so many instances take to start, to be stopped and to be removed as processes, as many at once
 * as the agent has under way. Arguments: instances (default 120).
 */
public final class ProcessBench {
    private static final int AT_ONCE = 64;
    private static final OperatingSystemMXBean PROCESS = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private ProcessBench() {}

    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 120;
        Path folder = Files.createTempDirectory("concierge-bench");
        System.out.println("| instances | start s | stop s | remove s |\n| --- | --- | --- | --- |");
        System.out.println("(in brackets the processor's seconds of this side, which a busy machine does not change)");
        try (ProcessExecutor executor = new ProcessExecutor(folder, "bench");
                AutoCloseable _ = executor.watch(new Silent())) {
            round(executor, 1);
            System.out.println("| 1 | " + String.join(" | ", round(executor, 1)) + " |");
            System.out.println("| " + count + " | " + String.join(" | ", round(executor, count)) + " |");
        }
    }

    private static List<String> round(ProcessExecutor executor, int count) throws Exception {
        return List.of(
                each(count, n -> executor.ensure(workload(n), _ -> {})),
                each(count, n -> executor.stop(instance(n), Duration.ofSeconds(10))),
                each(count, n -> executor.remove(instance(n))));
    }

    private static String each(int count, IntConsumer verb) throws Exception {
        long start = System.nanoTime();
        long used = PROCESS.getProcessCpuTime();
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE)) {
            List<? extends Future<?>> all = java.util.stream.IntStream.rangeClosed(1, count).mapToObj(n -> pool.submit(() -> verb.accept(n))).toList();
            for (Future<?> one : all) one.get();
        }
        return String.format(Locale.ROOT, "%.2f (%.2f)", (System.nanoTime() - start) / 1e9, (PROCESS.getProcessCpuTime() - used) / 1e9);
    }

    private static InstanceId instance(int n) {
        return InstanceId.parse("bench/default/web/" + n);
    }

    private static Workload workload(int n) {
        SpecBuilder spec = new SpecBuilder().executors(List.of(ExecutorKind.process)).command(List.of("sleep", "1000")).ports(List.of(Port.tcp(80)));
        return new Workload(instance(n), 1, Digest.of("bench"), spec.build(), new TreeMap<>(), Map.of(), "127.0.0.1");
    }

    /** As the agent has one: an instance is looked at when its shim rings. */
    private static final class Silent implements Executor.Watcher {
        @Override
        public void changed(concierge.executor.Running running) {}

        @Override
        public void gap() {}
    }
}
