package concierge.endtoend;

import concierge.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Looks all the time at the processes of this machine that work on tasks, in containers or not, and remembers what ran twice. A look is not one
 * moment: a task may go from one concierge to another meanwhile. What two looks in a row find at the same two places runs twice.
 */
final class TaskWitness implements AutoCloseable {
    /** Between two looks, each of which takes about as long. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final String VARIABLE = "CONCIERGE_CONFIGURATION=";

    private final Set<String> tasks = ConcurrentHashMap.newKeySet();
    private final Map<String, String> twice = new ConcurrentSkipListMap<>();
    private final Thread thread = Thread.ofPlatform().name("witness").daemon(true).unstarted(this::watch);
    private volatile boolean over;
    private volatile long longest;
    private volatile int looks;

    TaskWitness() {
        thread.start();
    }

    /** From now on this task is looked for. */
    void know(String task) {
        tasks.add(task);
    }

    private void watch() {
        Map<String, Set<Long>> before = Map.of();
        long last = System.nanoTime();
        while (!over) {
            Map<String, Set<Long>> now = running();
            for (Map.Entry<String, Set<Long>> one : now.entrySet()) {
                Set<Long> both = new TreeSet<>(one.getValue());
                both.retainAll(before.getOrDefault(one.getKey(), Set.of()));
                if (both.size() > 1) twice.putIfAbsent(one.getKey(), "processes " + both);
            }
            before = now;
            long at = System.nanoTime();
            longest = Math.max(longest, at - last);
            last = at;
            looks++;
            Installation.hold(PAUSE);
        }
    }

    /** The topmost processes that work on each task. */
    Map<String, Set<Long>> running() {
        Map<Long, String> working = new HashMap<>();
        ProcessHandle.allProcesses().map(ProcessHandle::pid).forEach(pid -> {
            String task = task(pid);
            if (!task.isEmpty() && tasks.contains(task)) working.put(pid, task);
        });
        Map<String, Set<Long>> running = new TreeMap<>();
        working.forEach((pid, task) -> {
            boolean below = ProcessHandle.of(pid).flatMap(ProcessHandle::parent).filter(parent -> task.equals(working.get(parent.pid()))).isPresent();
            if (!below) running.computeIfAbsent(task, _ -> new TreeSet<>()).add(pid);
        });
        return running;
    }

    private static String task(long pid) {
        try {
            for (String variable : new String(Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.UTF_8).split("\0")) {
                if (variable.startsWith(VARIABLE)) return Json.mapper().readTree(variable.substring(VARIABLE.length())).path("task").asString("");
            }
            return "";
        } catch (IOException _) {
            return ""; // it has ended meanwhile
        }
    }

    /** Exactly these run, and each once. */
    boolean exactly(List<String> wanted) {
        Map<String, Set<Long>> running = running();
        return running.keySet().equals(new TreeSet<>(wanted)) && running.values().stream().allMatch(all -> all.size() == 1);
    }

    /** What was found to run twice so far, which no test allows. */
    Map<String, String> twice() {
        return twice;
    }

    /** How closely it looked. */
    String text() {
        return looks + " looks, at most " + Duration.ofNanos(longest).toMillis() + " ms apart";
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
