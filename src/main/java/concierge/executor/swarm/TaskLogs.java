package concierge.executor.swarm;

import concierge.executor.Executor.LogQuery;
import concierge.executor.Executor.LogSink;
import concierge.executor.ExecutorException;
import concierge.executor.LogArchive;
import concierge.executor.docker.Engine;
import concierge.executor.docker.LogLines;
import concierge.executor.docker.Refusals;
import concierge.executor.swarm.Members.Member;
import concierge.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Output of an instance's runs, which Swarm fetches from their nodes, after what is kept of removed ones. It is asked
 * for run by run: a service's as a whole comes in the order in which nodes happen to answer.
 */
final class TaskLogs {
    private static final Logger LOG = LoggerFactory.getLogger(TaskLogs.class);

    /** Through the managers: at most 30 MB. A node that does not answer holds it up so long. */
    private static final Duration READ_LIMIT = Duration.ofMinutes(2);

    /** Between two looks at output that is followed: Swarm never ends a stream of what has ended. */
    private static final Duration FOLLOW_PAUSE = Duration.ofMillis(200);

    /** Read backwards from the end of the file at each look; what writes more in a pause is read whole. */
    private static final int FOLLOW_LINES = 1000;

    /** Lines kept of a removed instance; the archive bounds their bytes. */
    private static final int KEPT_LINES = 5000;

    private final Engine engine;
    private final Members members;
    private final Function<InstanceId, Optional<Services.Known>> services;
    private final LogArchive archive;

    TaskLogs(Engine engine, Members members, Function<InstanceId, Optional<Services.Known>> services, LogArchive archive) {
        this.engine = engine;
        this.members = members;
        this.services = services;
        this.archive = archive;
    }

    private record Line(Instant at, boolean error, String text) {}

    void read(InstanceId instance, LogQuery query, LogSink sink) {
        Map<String, Instant> seen = new HashMap<>();
        Deque<Line> lines = new ArrayDeque<>();
        Optional<Services.Known> service = services.apply(instance);
        if (service.isPresent()) {
            for (Tasks.Task task : readable(service.get())) {
                stream(task, service.get().hasTerminal(), query.since(), query.tail(), (at, error, text) -> {
                    seen.put(task.id(), at);
                    lines.addLast(new Line(at, error, text));
                    if (query.tail() >= 0 && lines.size() > query.tail()) lines.removeFirst();
                    return true;
                });
            }
        }
        LogQuery archived = query.tail() < 0 ? query : new LogQuery(false, query.since(), query.tail() - lines.size());
        if (!archive.read(instance, archived, sink)) return;
        for (Line line : lines) if (!sink.line(line.at(), line.error(), line.text())) return;
        if (query.follow() && service.isPresent()) follow(instance, seen, query.since().orElse(Instant.EPOCH), sink);
    }

    private void follow(InstanceId instance, Map<String, Instant> seen, Instant since, LogSink sink) {
        boolean[] wanted = {true};
        while (wanted[0]) {
            if (!pause()) return;
            Optional<Services.Known> service = services.apply(instance);
            if (service.isEmpty()) return;
            for (Tasks.Task task : readable(service.get())) {
                Instant from = seen.containsKey(task.id()) ? seen.get(task.id()).plusNanos(1) : since;
                LogSink noting = (at, error, text) -> {
                    seen.put(task.id(), at);
                    wanted[0] = sink.line(at, error, text);
                    return wanted[0];
                };
                Deque<Line> news = new ArrayDeque<>();
                stream(task, service.get().hasTerminal(), Optional.of(from), FOLLOW_LINES, (at, error, text) -> news.add(new Line(at, error, text)));
                if (news.size() >= FOLLOW_LINES) stream(task, service.get().hasTerminal(), Optional.of(from), -1, noting);
                else for (Line line : news) if (!noting.line(line.at(), line.error(), line.text())) return;
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(FOLLOW_PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Keeps the output of what is about to be removed; that it cannot be kept holds up nothing. */
    void keep(Services.Known service) {
        try (LogArchive.Entry entry = archive.append(service.instance())) {
            for (Tasks.Task task : readable(service)) stream(task, service.hasTerminal(), Optional.empty(), KEPT_LINES, entry);
        } catch (ExecutorException | java.io.UncheckedIOException e) {
            LOG.warn("could not keep the output instance={} because={}", service.instance(), e.getMessage());
        }
    }

    /** Runs whose output can be had: what a node that is down keeps cannot. */
    private List<Tasks.Task> readable(Services.Known service) {
        Map<String, Member> all = members.all();
        return Tasks.of(engine, service.id()).all().stream().filter(task -> !task.container().isEmpty() && task.isThere(all)).toList();
    }

    private void stream(Tasks.Task task, boolean tty, Optional<Instant> since, int tail, LogSink sink) {
        String path = "/tasks/" + task.id() + "/logs?stdout=1&stderr=1&timestamps=1&tail=" + (tail < 0 ? "all" : tail)
                + since.map(at -> "&since=" + at.getEpochSecond() + "." + String.format("%09d", at.getNano())).orElse("");
        engine.within(READ_LIMIT, "GET /tasks/" + task.id() + "/logs", () -> {
            try (Engine.Open open = engine.open("GET", path, Map.of(), null)) {
                if (open.status() == 404) return false;
                if (open.status() >= 400) throw Refusals.of("cannot read the output", open.refusal());
                return LogLines.read(open.body(), tty, sink);
            }
        });
    }
}
