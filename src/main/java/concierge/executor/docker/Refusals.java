package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import java.util.List;

/**
 * Sorts the engine's refusals. Statuses alone do not tell them apart (a taken port and a full disk are both
 * 500), so the stable parts of the messages are looked at too, as Docker 20.10 to 28 write them.
 */
public final class Refusals {
    private static final List<String> PORT = List.of("port is already allocated", "address already in use", "ports are not available");
    static final String FULL = "no space left on device";
    private static final List<String> EXHAUSTED = List.of(
            FULL, "cannot allocate memory", "too many open files", "no available IPv4 addresses",
            "disk quota exceeded", "resource temporarily unavailable");
    private static final List<String> COMMAND = List.of(
            "OCI runtime", "oci runtime", "failed to create shim", "failed to create task", "executable file not found",
            "No command specified", "no command specified", "exec format error");

    /** Of a Swarm whose managers have no majority, right after the loss and later on. */
    private static final List<String> LEADERLESS = List.of("swarm does not have a leader", "code = DeadlineExceeded");

    /** What Go's server says to plain HTTP on a TLS port. */
    private static final String WANTS_TLS = "HTTP request to an HTTPS server";

    private Refusals() {}

    static boolean isPortTaken(Reply reply) {
        return contains(PORT, reply);
    }

    static boolean isNetworkMissing(Reply reply) {
        return (reply.status() == 404 || reply.status() == 500) && reply.says("network") && reply.says("not found");
    }

    static boolean isImageMissing(Reply reply) {
        return reply.notFound() && (reply.says("No such image") || reply.says("no such image"));
    }

    public static ExecutorException of(String doing, Reply reply) {
        return new ExecutorException(kind(reply), doing + ": " + advice(reply));
    }

    public static Kind kind(Reply reply) {
        if (reply.says(WANTS_TLS)) return Kind.unavailable;
        if (contains(LEADERLESS, reply)) return Kind.unavailable;
        if (contains(PORT, reply)) return Kind.portTaken;
        if (contains(EXHAUSTED, reply)) return Kind.exhausted;
        if (isImageMissing(reply)) return Kind.imageMissing;
        if (contains(COMMAND, reply)) return Kind.cannotStart;
        return switch (reply.status()) {
            case 409 -> Kind.conflict;
            // of an engine that manages no Swarm (any more)
            case 503 -> Kind.unavailable;
            case 400, 403, 405, 406 -> Kind.refused;
            default -> Kind.other;
        };
    }

    private static String advice(Reply reply) {
        String message = reply.message();
        if (reply.says(WANTS_TLS)) {
            return message + " (set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem)";
        }
        return message.isEmpty() ? "the engine answered with status " + reply.status() : plainly(message);
    }

    /** What an engine says of a full disk begins with long paths, where a table's line ends. */
    static String plainly(String said) {
        return said.contains(FULL) ? "the engine's disk is full: " + said : said;
    }

    private static boolean contains(List<String> fragments, Reply reply) {
        String message = reply.message();
        return fragments.stream().anyMatch(message::contains);
    }
}
