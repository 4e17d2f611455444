package concierge.server.http;

import concierge.security.access.Audit;
import concierge.server.refusal.Refusal;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Requests that are answered with events as they happen. */
final class Streaming {
    private final OpenStreams streams;
    private final Audit audit;

    Streaming(OpenStreams streams, Audit audit) {
        this.streams = streams;
        this.audit = audit;
    }

    /** @param endures a client that goes away ends only the telling */
    void begin(Asked asked, Operation.Action.Streaming action, boolean endures) {
        AtomicReference<EventStream> events = new AtomicReference<>();
        Optional<OpenStreams.Stream> place = streams.open(asked.caller(), asked.rule(), refusal -> {
            EventStream telling = events.get();
            if (telling != null) end(telling, refusal);
        });
        if (place.isEmpty()) {
            Replies.refuse(asked.context(), Replies.tooManyStreams());
            return;
        }
        Optional<RequestBody> body = asked.body();
        Thread[] worker = new Thread[1];
        EventStream telling = new EventStream(asked.connection(), asked.context().response(), ApiLimits.HEARTBEAT, () -> {
            Thread thread = worker[0];
            if (thread != null && !endures) thread.interrupt();
        });
        events.set(telling);
        worker[0] = Thread.ofVirtual().name("api-stream").unstarted(() -> {
            try (OpenStreams.Stream _ = place.get()) {
                asked.noted(audit, () -> {
                    action.stream(asked.exchange(body), telling);
                    return telling;
                });
                telling.end();
            } catch (Throwable failure) {
                broken(asked, telling, failure);
            }
        });
        if (!endures) place.get().worker(worker[0]);
        worker[0].start();
    }

    private static void broken(Asked asked, EventStream events, Throwable failure) {
        if (failure instanceof InterruptedException && events.isOver()) return;
        Refusal refusal = Failures.refusal(failure);
        if (events.withdraw()) asked.refuse(refusal);
        else end(events, refusal);
    }

    private static void end(EventStream events, Refusal refusal) {
        events.send("failed", refusal.answer());
        events.end();
    }
}
