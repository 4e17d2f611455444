package concierge.server.home;

import java.io.IOException;
import java.net.BindException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a port to listen on. */
public final class Ports {
    /** How many ports above a taken one are tried: several installations on one machine, and not a scan. */
    public static final int RANGE = 20;

    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

    private Ports() {}

    /** Opens something on a port; throws when it is taken. */
    public interface Opener<T> {
        T open(int port) throws IOException, InterruptedException;
    }

    /**
     * Opens on the wanted port, or else on the next one that is free; 0 means any.
     *
     * @throws IOException when none of the {@link #RANGE} is free, or the opening fails otherwise
     */
    public static <T> T open(String what, int wanted, Opener<T> opener) throws IOException, InterruptedException {
        int last = wanted == 0 ? 0 : Math.min(65535, wanted + RANGE - 1);
        for (int port = wanted; port <= last; port++) {
            try {
                T opened = opener.open(port);
                if (port != wanted) LOG.warn("port taken, took the next free one what={} wanted={} port={}", what, wanted, port);
                return opened;
            } catch (IOException e) {
                if (!isTaken(e)) throw e;
            }
        }
        throw new BindException(what + " port: " + wanted + " to " + last + " are all taken (expected: a free one); choose another with "
                + what + ".port");
    }

    private static boolean isTaken(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (cause instanceof BindException && message != null && message.contains("in use")) return true;
        }
        return false;
    }
}
