package concierge.server.instance;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.model.InstanceId;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.View;
import concierge.server.answer.InstanceAnswer;
import concierge.server.answer.Shown;
import concierge.server.answer.StateHandlers;
import concierge.server.events.EventLog;
import concierge.server.http.ApiLimits;
import concierge.server.http.EventStream;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.refusal.Refusal;
import concierge.state.LiveView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table of what runs, one instance in depth, and the table as it changes. */
public final class InstanceHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceHandlers.class);

    /** Of one instance's answer: a screenful. */
    private static final int LOG_LINES = 20;

    private static final int EVENTS = 20;

    /** Ages in the table are the client's to count; remarks, and a lost wake-up, are seen so late at most. */
    private static final Duration LOOK = Duration.ofSeconds(3);

    private final LiveView live;
    private final Shown shown;
    private final Executors executors;
    private final EventLog events;

    public InstanceHandlers(LiveView live, Shown shown, Executors executors, EventLog events) {
        this.live = live;
        this.shown = shown;
        this.executors = executors;
        this.events = events;
    }

    /** An instance with what happened to it and what it wrote last. */
    record Detail(
            @com.fasterxml.jackson.annotation.JsonUnwrapped InstanceAnswer answer, List<EventLog.Event> events, List<String> log) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/ps", exchange -> shown.ps(live.view(), filter(exchange))),
                Operation.stream("/v1/watch", this::watch),
                Operation.get("/v1/instances/{stack}/{tag}/{service}/{n}", this::instance));
    }

    private Predicate<ServiceId> filter(Exchange exchange) {
        Optional<String> stack = exchange.query("stack");
        Optional<String> tag = exchange.query("tag");
        return id -> (stack.isEmpty() || id.stack().equals(stack.get())) && (tag.isEmpty() || id.tag().equals(tag.get()));
    }

    private void watch(Exchange exchange, EventStream stream) throws InterruptedException {
        Predicate<ServiceId> filter = filter(exchange);
        Shown.Ps last = null;
        while (true) {
            View view = live.view();
            Shown.Ps now = shown.ps(view, filter);
            if (!now.equals(last)) {
                if (!stream.sendWaiting("ps", now)) return;
                last = now;
                Thread.sleep(ApiLimits.WATCH_PAUSE);
            }
            live.await(view.revision() + 1, LOOK);
        }
    }

    private Detail instance(Exchange exchange) {
        InstanceId id = exchange.instance();
        View view = live.view();
        ServiceView service = StateHandlers.service(view, id.service());
        List<InstanceAnswer> all = shown.instances(view, service);
        InstanceAnswer answer = all.stream().filter(it -> it.n() == id.n()).findFirst()
                .orElseThrow(() -> Refusal.notFound("instance", id.path(), all.stream().map(InstanceAnswer::instance).toList()));
        List<EventLog.Event> about = events.read(0).events().stream().filter(event -> event.subject().equals(id.path())).toList();
        return new Detail(answer, about.subList(Math.max(0, about.size() - EVENTS), about.size()), log(view, id));
    }

    private List<String> log(View view, InstanceId id) {
        List<String> lines = new ArrayList<>();
        if (view.instance(id).map(it -> it.container().isEmpty()).orElse(true)) return lines;
        try {
            executors.running(view, id).logs(id, new Executor.LogQuery(false, Optional.empty(), LOG_LINES), (_, _, text) -> lines.add(text));
        } catch (IOException | ExecutorException | Refusal e) {
            LOG.info("no log lines instance={} reason={}", id, e.getMessage());
        }
        return lines;
    }
}
