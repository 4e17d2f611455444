package concierge.server.http;

import concierge.security.access.Audit;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests that become WebSockets. */
final class Upgrading {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrading.class);

    private final OpenStreams streams;
    private final Audit audit;

    Upgrading(OpenStreams streams, Audit audit) {
        this.streams = streams;
        this.audit = audit;
    }

    void begin(Asked asked, Operation.Action.Upgrading action) {
        if (!"websocket".equalsIgnoreCase(asked.context().request().getHeader("Upgrade"))) {
            Replies.refuse(asked.context(), Refusal.of(Code.badRequest, "no WebSocket handshake (expected: Upgrade: websocket)", "use concierge exec"));
            return;
        }
        AtomicReference<ExecSocket> socket = new AtomicReference<>();
        Optional<OpenStreams.Stream> place = streams.open(asked.caller(), asked.rule(), refusal -> {
            ExecSocket opened = socket.get();
            if (opened == null) return;
            tell(opened, refusal);
            opened.close();
        });
        if (place.isEmpty()) {
            Replies.refuse(asked.context(), Replies.tooManyStreams());
            return;
        }
        asked.context().request().pause();
        Thread worker = Thread.ofVirtual().name("api-exec").unstarted(() -> {
            try (OpenStreams.Stream _ = place.get()) {
                // Noted as it begins: it may last for hours.
                Object conversation = asked.noted(audit, () -> action.prepare(asked.exchange()));
                converse(asked, (ExecSocket.Conversation) conversation, socket);
            } catch (Throwable failure) {
                asked.refuse(Failures.refusal(failure));
            }
        });
        place.get().worker(worker);
        worker.start();
    }

    private static void converse(Asked asked, ExecSocket.Conversation conversation, AtomicReference<ExecSocket> into) throws Exception {
        Thread self = Thread.currentThread();
        CompletableFuture<ExecSocket> opened = new CompletableFuture<>();
        asked.connection().runOnContext(_ -> asked.context().request()
                .toWebSocket()
                .map(socket -> new ExecSocket(asked.connection(), socket, self::interrupt))
                .onComplete(opened::complete, opened::completeExceptionally));
        ExecSocket socket = opened.get();
        into.set(socket);
        try {
            conversation.converse(socket);
        } catch (InterruptedException e) {
            LOG.debug("exec ended by its client");
        } catch (Throwable failure) {
            tell(socket, Failures.refusal(failure));
        } finally {
            socket.close();
        }
    }

    private static void tell(ExecSocket socket, Refusal refusal) {
        try {
            socket.control(Map.of("problem", refusal.answer()));
        } catch (IOException | InterruptedException e) {
            LOG.debug("exec client left before it was told why it ended", e);
        }
    }
}
