package concierge.server.http;

import concierge.executor.ExecutorException;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.store.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of whatever went wrong: never a stack trace. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static Refusal refusal(Throwable failure) {
        Optional<String> full = failure instanceof Refusal ? Optional.empty() : diskFull(failure);
        if (full.isPresent()) return Refusal.of(Code.diskFull, full.get(), "nothing was changed; make room and try again");
        return switch (failure) {
            case Refusal refusal -> refusal;
            case StoreException.Away away -> Refusal.detailed(
                    Code.storeUnavailable, "the store does not answer", message(away),
                    "nothing was changed, and instances run on; ask again when it answers: concierge server status");
            case StoreException store -> Refusal.detailed(
                    Code.storeUnavailable, "the store refuses", message(store), "server.log says more; concierge server status says how it does");
            case ExecutorException executor -> executor(executor);
            case RequestBody.GoneException gone -> Refusal.of(Code.badRequest, message(gone), "");
            case InterruptedException _ -> Refusal.of(Code.busy, "the server stops", "ask again when it is back");
            default -> unexpected(failure);
        };
    }

    private static Refusal executor(ExecutorException failure) {
        return switch (failure.kind()) {
            case unavailable, exhausted -> Refusal.of(Code.engineUnavailable, message(failure), "concierge hosts shows which engines answer");
            case imageMissing, portTaken, cannotStart, conflict, refused, other -> Refusal.of(Code.conflict, message(failure), "");
        };
    }

    /** What is full, told once: the store says it in its own words, of a file Java has the system's text alone. */
    private static Optional<String> diskFull(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StoreException.Full) return Optional.of(message(cause));
            if (cause instanceof IOException && message(cause).matches("(?s).*(No space left on device|Disk quota exceeded).*")) {
                return Optional.of("the server's disk is full: " + (cause instanceof FileSystemException file ? file.getFile() : message(cause)));
            }
        }
        return Optional.empty();
    }

    private static Refusal unexpected(Throwable failure) {
        String incident = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        LOG.error("request failed incident={}", incident, failure);
        return Refusal.detailed(Code.internal, "unexpected failure", "incident " + incident, "server.log tells more under that number");
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
