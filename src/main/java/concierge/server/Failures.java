package concierge.server;

import concierge.executor.ExecutorException;
import concierge.store.StoreException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of whatever went wrong: never a stack trace. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static Refusal refusal(Throwable failure) {
        if (!(failure instanceof Refusal) && isDiskFull(failure)) {
            return Refusal.detailed(Code.diskFull, "the server's disk is full", message(failure), "nothing was changed; make room and try again");
        }
        return switch (failure) {
            case Refusal refusal -> refusal;
            case StoreException store -> Refusal.detailed(
                    Code.storeUnavailable, "the store does not answer", message(store), "nothing was changed for sure; try again, see server.log");
            case ExecutorException executor -> executor(executor);
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

    /** Java tells it by the system's text alone. */
    private static boolean isDiskFull(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StoreException.Full) return true;
            if (cause instanceof IOException && message(cause).matches("(?s).*(No space left on device|Disk quota exceeded).*")) return true;
        }
        return false;
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
