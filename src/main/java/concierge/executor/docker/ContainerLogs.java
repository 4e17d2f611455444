package concierge.executor.docker;

import concierge.executor.Executor.LogQuery;
import concierge.executor.Executor.LogSink;
import concierge.executor.ExecutorException;
import concierge.executor.LogArchive;
import concierge.model.InstanceId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Output of containers that are there, after what is kept of those that were. */
final class ContainerLogs {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLogs.class);

    /** For output that is not followed: at most 30 MB, from the engine's disk. */
    private static final Duration READ_LIMIT = Duration.ofMinutes(2);

    /** Longer than any deployment stays unattended; a follower that is gone longer has been forgotten. */
    private static final Duration FOLLOW_LIMIT = Duration.ofDays(30);

    /** Lines kept of a removed instance; the archive bounds their bytes. */
    private static final int KEPT_LINES = 5000;

    private final Engine engine;
    private final LogArchive archive;

    ContainerLogs(Engine engine, LogArchive archive) {
        this.engine = engine;
        this.archive = archive;
    }

    /** @param container its id; empty: only what is kept */
    void read(InstanceId instance, Optional<String> container, LogQuery query, LogSink sink) {
        LogQuery archived = query;
        if (container.isPresent() && query.tail() >= 0) {
            int[] live = new int[1];
            stream(container.get(), new LogQuery(false, query.since(), query.tail()), (_, _, _) -> ++live[0] > 0);
            archived = new LogQuery(false, query.since(), Math.max(0, query.tail() - live[0]));
        }
        if (archive.read(instance, archived, sink) && container.isPresent()) stream(container.get(), query, sink);
    }

    /** Keeps the output of a container that is about to be removed; that it cannot be kept holds up nothing. */
    void keep(InstanceId instance, String container) {
        try (LogArchive.Entry entry = archive.append(instance)) {
            stream(container, new LogQuery(false, Optional.empty(), KEPT_LINES), entry);
        } catch (ExecutorException | java.io.UncheckedIOException e) {
            LOG.warn("could not keep the output instance={} because={}", instance, e.getMessage());
        }
    }

    private void stream(String container, LogQuery query, LogSink sink) {
        Reply description = engine.get("/containers/" + container + "/json");
        if (description.notFound()) return;
        boolean tty = description.orFail("cannot read the output").json().at("/Config/Tty").asBoolean(false);
        String path = "/containers/" + container + "/logs?stdout=1&stderr=1&timestamps=1&follow=" + (query.follow() ? 1 : 0)
                + "&tail=" + (query.tail() < 0 ? "all" : query.tail()) + query.since().map(at -> "&since=" + EventStream.seconds(at)).orElse("");
        engine.within(query.follow() ? FOLLOW_LIMIT : READ_LIMIT, "GET /containers/" + container + "/logs", () -> {
            try (Engine.Open open = engine.open("GET", path, Map.of(), null)) {
                if (open.status() == 404) return false;
                if (open.status() >= 400) throw Refusals.of("cannot read the output", open.refusal());
                return LogLines.read(open.body(), tty, sink);
            }
        });
    }
}
