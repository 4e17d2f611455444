package concierge.executor.process;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All processes of one instance: the command, its session and group, whatever descends from them, and
 * stragglers that left all of these but carry the instance's marker in their environment. Single-threaded,
 * made for one stop or one look.
 */
final class ProcessTree {
    /** How long killed processes may take to vanish: one in an uninterruptible wait (a dead disk) may never. */
    static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    /** Between two looks while processes end: short against any grace, long against a look's cost (a few ms). */
    private static final Duration LOOK = Duration.ofMillis(20);

    /** Between two looks at killed processes: nothing keeps them, so they are gone at the next. */
    private static final Duration KILLED_LOOK = Duration.ofMillis(1);

    private final SharedLook look;
    private final Optional<Identity> command;
    private final String marker;
    private final Set<Identity> known = new HashSet<>();

    /** @param marker the value of {@link ProcessRecord#MARKER} */
    ProcessTree(SharedLook look, Optional<Identity> command, String marker) {
        this.look = look;
        this.command = command;
        this.marker = marker;
    }

    /** Who belongs to it now, the oldest first: killed in this order, no parent lives to comment its children's end. */
    List<ProcessTable.Entry> members() {
        List<ProcessTable.Entry> all = look.all();
        Map<Long, List<ProcessTable.Entry>> children = new HashMap<>();
        for (ProcessTable.Entry entry : all) children.computeIfAbsent(entry.parent(), _ -> new ArrayList<>()).add(entry);
        Map<Long, ProcessTable.Entry> members = new HashMap<>();
        Deque<ProcessTable.Entry> open = new ArrayDeque<>();
        boolean sessionIsOurs = sessionIsOurs(all);
        for (ProcessTable.Entry entry : all) {
            if (belongs(entry, sessionIsOurs)) open.add(entry);
        }
        while (!open.isEmpty()) {
            ProcessTable.Entry entry = open.remove();
            if (members.putIfAbsent(entry.pid(), entry) == null) open.addAll(children.getOrDefault(entry.pid(), List.of()));
        }
        members.remove(ProcessHandle.current().pid());
        for (ProcessTable.Entry entry : members.values()) known.add(Identity.of(entry));
        return members.values().stream().sorted(Comparator.comparingLong(ProcessTable.Entry::ticks).thenComparing(ProcessTable.Entry::pid)).toList();
    }

    private boolean belongs(ProcessTable.Entry entry, boolean sessionIsOurs) {
        if (known.contains(Identity.of(entry))) return true;
        long leader = command.map(Identity::pid).orElse(-1L);
        if (sessionIsOurs && (entry.session() == leader || entry.group() == leader)) return true;
        return entry.marker().equals(marker);
    }

    /**
     * A session is named by its first process, and keeps the name while anybody is in it. Once the command
     * has ended that number may have become a stranger's, unless one that we know is still in there.
     */
    private boolean sessionIsOurs(List<ProcessTable.Entry> all) {
        if (command.isEmpty()) return false;
        Identity leader = command.get();
        return all.stream()
                .anyMatch(entry -> entry.session() == leader.pid()
                        && (Identity.of(entry).equals(leader) || known.contains(Identity.of(entry))));
    }

    /** TERM to all, KILL to those that are left after the grace; whether all have ended. */
    boolean end(Duration grace) throws InterruptedException {
        Set<Long> asked = new HashSet<>();
        long deadline = System.nanoTime() + grace.toNanos();
        List<ProcessTable.Entry> left = members();
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            // Those that were born since the last look are asked as well.
            for (ProcessTable.Entry entry : left) {
                if (asked.add(entry.pid())) ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroy);
            }
            Thread.sleep(LOOK);
            left = members();
        }
        long limit = System.nanoTime() + KILL_LIMIT.toNanos();
        while (!left.isEmpty() && System.nanoTime() < limit) {
            for (ProcessTable.Entry entry : left) ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly);
            Thread.sleep(KILLED_LOOK);
            left = members();
        }
        return left.isEmpty();
    }
}
