package concierge.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Whether other processes of this machine run. Zombies are dead: in a container nobody may be there to
 * reap them, or only after seconds, and {@link ProcessHandle} counts them as alive.
 */
public final class Processes {
    /** An end is seen so soon; a look is one small file. */
    private static final Duration LOOK = Duration.ofMillis(10);

    private Processes() {}

    /** @param pid of any process; no process has one below 1 */
    public static boolean alive(long pid) {
        if (pid < 1) return false;
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name before the state is in brackets and may hold anything.
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            boolean noProc = !Files.exists(Path.of("/proc/self/stat"));
            return noProc && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }
    }

    /** Waits until it has ended; false: it still runs after {@code limit}. */
    public static boolean awaitEnd(long pid, Duration limit) throws InterruptedException {
        long began = System.nanoTime();
        while (alive(pid)) {
            if (System.nanoTime() - began > limit.toNanos()) return false;
            Thread.sleep(LOOK);
        }
        return true;
    }
}
