package concierge.server.instance;

import concierge.executor.Executor;
import concierge.executor.Executor.LogQuery;
import concierge.executor.ExecutorException;
import concierge.model.ClockSkew;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.server.answer.Shown;
import concierge.server.events.Chronicle;
import concierge.server.events.EventLog;
import concierge.server.http.EventStream;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.LiveView;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The output of instances, merged; also of instances that are gone, as far as it is kept. */
public final class LogHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(LogHandlers.class);

    /** While following, new instances are looked for this often. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** Without following: an engine that says nothing for so long hangs; it is told, and the others' output comes. */
    private static final Duration SILENCE = Duration.ofSeconds(20);

    /** Instances of one request, gone ones included: each is a stream of its engine's. */
    private static final int MOST_INSTANCES = 200;

    /** An instance that is replaced has ended, or is not there, for a moment; for longer, and it is gone. */
    private static final Duration REPLACED = Duration.ofSeconds(3);

    private static final int MOST_LINES = 1_000_000;

    private final LiveView live;
    private final Executors executors;
    private final EventLog events;

    public LogHandlers(LiveView live, Executors executors, EventLog events) {
        this.live = live;
        this.executors = executors;
        this.events = events;
    }

    private record Wanted(
            Optional<String> stack, Optional<String> tag, Optional<String> service, Optional<InstanceId> instance, LogQuery query) {
        boolean matches(InstanceId id) {
            ServiceId service = id.service();
            return (instance.isEmpty() || instance.get().equals(id))
                    && (stack.isEmpty() || stack.get().equals(service.stack()))
                    && (tag.isEmpty() || tag.get().equals(service.tag()))
                    && (this.service.isEmpty() || this.service.get().equals(service.service()));
        }
    }

    public List<Operation> operations() {
        return List.of(Operation.stream("/v1/logs", this::stream));
    }

    private void stream(Exchange exchange, EventStream stream) throws InterruptedException {
        boolean follow = exchange.flag("follow", false);
        int tail = exchange.number("tail", 0, MOST_LINES).orElse(-1);
        Wanted wanted = new Wanted(
                exchange.query("stack"), exchange.query("tag"), exchange.query("service"),
                exchange.query("instance").map(LogHandlers::instance), new LogQuery(follow, exchange.instant("since"), tail));
        wanted.stack().ifPresent(stack -> requireKnown(stack, wanted));
        stream.open();
        new Session(wanted, stream).run();
    }

    private static InstanceId instance(String path) {
        try {
            return InstanceId.parse(path);
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Code.badRequest, String.valueOf(e.getMessage()), "");
        }
    }

    /** A stack that is gone may still have kept output: known is also what the events tell of. */
    private void requireKnown(String stack, Wanted wanted) {
        List<String> names = Shown.stackNames(live.view());
        if (wanted.instance().isPresent() || !gone(wanted).isEmpty()) return;
        if (!names.contains(stack)) throw Refusal.notFound("stack", stack, names);
        List<String> services = Shown.services(live.view(), id -> id.stack().equals(stack)).stream().map(known -> known.id().service()).toList();
        wanted.service().filter(name -> !services.contains(name)).ifPresent(name -> {
            throw Refusal.notFound("service", stack + "/", name, services);
        });
    }

    /** Instances that the events remember, newest first. */
    private Set<InstanceId> gone(Wanted wanted) {
        Set<InstanceId> found = new LinkedHashSet<>();
        for (EventLog.Event event : events.read(0).events().reversed()) {
            if (!event.kind().equals("instance") || found.size() >= MOST_INSTANCES) continue;
            try {
                InstanceId id = InstanceId.parse(event.subject());
                if (wanted.matches(id)) found.add(id);
            } catch (IllegalArgumentException e) {
                LOG.debug("an event about no instance subject={}", event.subject());
            }
        }
        return found;
    }

    /** One request: readers for the instances, a merge, and the client's stream. */
    private final class Session {
        private final Wanted wanted;
        private final EventStream stream;
        private final LogMerge merge = new LogMerge();
        private final Map<InstanceId, Reading> readings = new HashMap<>();
        private final Instant began = Instant.now();
        /** When new instances and new runs were looked for last. */
        private long looked = System.nanoTime();
        /** When the one instance that is followed ran or said something last. */
        private long seen = System.nanoTime();
        private final Set<Thread> readers = ConcurrentHashMap.newKeySet();

        Session(Wanted wanted, EventStream stream) {
            this.wanted = wanted;
            this.stream = stream;
        }

        void run() throws InterruptedException {
            try {
                if (!wanted.query().follow()) startGone();
                startPresent();
                if (wanted.query().follow()) follow();
                else drain();
            } finally {
                merge.close();
                for (Thread reader : readers) reader.interrupt();
            }
        }

        private void drain() throws InterruptedException {
            while (!merge.isEmpty()) {
                Optional<LogMerge.Line> line = merge.next(true, SILENCE);
                if (line.isPresent() && !stream.sendWaiting("line", line.get())) return;
                if (line.isPresent() || merge.isEmpty()) continue;
                for (String instance : merge.giveUpSilent()) {
                    String text = out("nothing came within " + SILENCE.toSeconds() + " s");
                    if (!stream.sendWaiting("line", new LogMerge.Line(instance, Instant.now(), true, text))) return;
                }
            }
        }

        private void follow() throws InterruptedException {
            while (!stream.isOver()) {
                Optional<LogMerge.Line> line = merge.next(false, LOOK);
                if (line.isPresent() && !stream.sendWaiting("line", line.get())) return;
                if (line.isPresent()) seen = System.nanoTime();
                // One that never pauses must not hide what begins beside it.
                if (line.isPresent() && System.nanoTime() - looked < LOOK.toNanos()) continue;
                if (line.isEmpty() && wanted.instance().isPresent() && merge.isEmpty() && hasEnded(wanted.instance().get())) return;
                startPresent();
                looked = System.nanoTime();
                if (merge.isEmpty()) live.await(live.view().revision() + 1, LOOK);
            }
        }

        /** A single instance that was followed to its end. */
        private boolean hasEnded(InstanceId id) {
            Optional<InstanceView> instance = live.view().instance(id);
            boolean over = instance.filter(known -> !known.state().isFinal()).isEmpty();
            if (!over) seen = System.nanoTime();
            boolean once = instance.filter(known -> known.assignment().kind() instanceof RunKind.ToCompletion).isPresent();
            return over && readings.containsKey(id) && (once || System.nanoTime() - seen > REPLACED.toNanos());
        }

        private void startPresent() {
            View view = live.view();
            for (ServiceView service : Shown.services(view, id -> wanted.stack().isEmpty() || wanted.stack().get().equals(id.stack()))) {
                for (InstanceView instance : service.instances().values()) {
                    Reading before = readings.get(instance.id());
                    if (before != null && !before.goesOnIn(instance)) continue;
                    if (!wanted.matches(instance.id()) || !hasOutput(instance) || before == null && readings.size() >= MOST_INSTANCES) continue;
                    Reading reading = before == null ? new Reading(instance, wanted.query()) : new Reading(instance, before.rest(wanted.query(), began));
                    readings.put(instance.id(), reading);
                    startPresent(view, instance, reading);
                }
            }
        }

        /** One instance of many that is out of reach must not keep the others' output back. */
        private void startPresent(View view, InstanceView instance, Reading reading) {
            try {
                start(instance.id(), List.of(executors.running(view, instance.id())), reading, ahead(view, instance.host()));
            } catch (ExecutorException e) {
                reading.fail();
                try (LogMerge.Source source = merge.open(instance.id().path())) {
                    put(source, instance.id(), out(e.getMessage()));
                }
            }
        }

        private LogMerge.Line line(InstanceId id, Instant at, boolean error, String text) {
            return new LogMerge.Line(id.path(), at, error, text);
        }

        private boolean put(LogMerge.Source source, InstanceId id, String text) {
            return put(source, line(id, Instant.now(), true, text));
        }

        private boolean put(LogMerge.Source source, LogMerge.Line line) {
            try {
                return source.put(line);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private static String out(@Nullable String reason) {
            return "(its output is out of reach: " + reason + ")";
        }

        private boolean hasOutput(InstanceView instance) {
            return !instance.container().isEmpty() || instance.state().isFinal() || !instance.status().map(status -> status.container()).orElse("").isEmpty();
        }

        private void startGone() {
            Set<InstanceId> candidates = new LinkedHashSet<>();
            wanted.instance().ifPresent(candidates::add);
            candidates.addAll(gone(wanted));
            View view = live.view();
            List<Executor> everywhere = executors.all(view);
            Map<InstanceId, String> last = lastHosts();
            for (InstanceId id : candidates) {
                if (view.instance(id).isPresent()) continue;
                Reading reading = new Reading(wanted.query());
                readings.put(id, reading);
                start(id, from(view, last.get(id), everywhere), reading, ahead(view, last.getOrDefault(id, "")));
            }
        }

        /** Where it was removed from last; wherever it may have been, if nobody knows. */
        private List<Executor> from(View view, @Nullable String host, List<Executor> everywhere) {
            if (host == null) return everywhere;
            try {
                return executors.answering(view, host);
            } catch (ExecutorException e) {
                LOG.info("kept output out of reach host={} reason={}", host, e.getMessage());
                return List.of();
            }
        }

        /** By how much the times of a host's lines are to be put right, so that those of several hosts have one order. */
        private static Duration ahead(View view, String host) {
            return view.host(host).flatMap(HostView::record).flatMap(HostRecord::skew).map(ClockSkew::ahead).orElse(Duration.ZERO);
        }

        private Map<InstanceId, String> lastHosts() {
            Map<InstanceId, String> hosts = new HashMap<>();
            for (EventLog.Event event : events.read(0).events()) {
                Chronicle.removedFrom(event).ifPresent(host -> hosts.put(InstanceId.parse(event.subject()), host));
            }
            return hosts;
        }

        private void start(InstanceId id, List<Executor> from, Reading reading, Duration ahead) {
            LogMerge.Source source = merge.open(id.path());
            Thread reader = Thread.ofVirtual().name("logs " + id).unstarted(() -> {
                try (source) {
                    for (Executor executor : from) read(executor, id, source, reading, ahead);
                } finally {
                    reading.end();
                    readers.remove(Thread.currentThread());
                }
            });
            readers.add(reader);
            reader.start();
        }

        private void read(Executor executor, InstanceId id, LogMerge.Source source, Reading reading, Duration ahead) {
            try {
                LogQuery query = reading.query();
                LogQuery theirs = new LogQuery(query.follow(), query.since().map(since -> since.plus(ahead)), query.tail());
                executor.logs(id, theirs, (at, error, text) -> {
                    Instant told = at.minus(ahead);
                    reading.said(told);
                    return put(source, line(id, told, error, text));
                });
            } catch (ExecutorException e) {
                reading.fail();
                LOG.info("logs ended instance={} reason={}", id, e.getMessage());
                if (e.kind() == ExecutorException.Kind.unavailable) put(source, id, out(e.getMessage()));
            } catch (IOException e) {
                reading.fail();
                // One silent instance must not silence the others; the client sees what there is.
                LOG.info("logs ended instance={} reason={}", id, e.getMessage());
            }
        }
    }
}
