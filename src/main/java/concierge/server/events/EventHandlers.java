package concierge.server.events;

import concierge.server.http.EventStream;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What happened, and what happens. */
public final class EventHandlers {
    /** A follower is woken by each event; this only bounds how long a lost wake-up lasts. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final EventLog log;

    public EventHandlers(EventLog log) {
        this.log = log;
    }

    public List<Operation> operations() {
        return List.of(Operation.stream("/v1/events", this::stream));
    }

    private void stream(Exchange exchange, EventStream stream) throws InterruptedException {
        Optional<String> stack = exchange.query("stack");
        Optional<Instant> since = exchange.instant("since");
        boolean follow = exchange.flag("follow", false);
        stream.open();
        EventLog.Reading reading = log.read(0);
        while (true) {
            for (EventLog.Event event : reading.events()) {
                boolean meant = stack.isEmpty() || event.subject().equals(stack.get()) || event.subject().startsWith(stack.get() + "/");
                if (!meant || since.isPresent() && event.at().isBefore(since.get())) continue;
                if (!stream.sendWaiting("event", event)) return;
            }
            if (!follow) return;
            log.await(reading.next(), LOOK);
            reading = log.read(reading.next());
        }
    }
}
