package concierge.store.etcd;

import concierge.store.StoreException;
import io.grpc.Status;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a failed call means. etcd's own errors are known by their texts: its codes are shared by many.
 *
 * @param text what was found and what to do
 */
record EtcdError(Kind kind, String text) {
    enum Kind {
        /** The member was not reached: another one may be. */
        unsent,
        /** It may have happened, or happen yet. */
        doubtful,
        /** Refused for now. */
        busy,
        /** One of the two does not trust the other. */
        untrusted,
        /** The login is no longer known: log in again. */
        login,
        /** Whoever we are may not. */
        denied,
        /** No room. */
        full,
        /** Refused, and so it will be again. */
        refused
    }

    /** A member that is about to go says this, too: worth another try. */
    private static final String HANDSHAKE = "while performing TLS negotiation";

    private static final String NO_SPACE =
            "etcd is out of space and takes no more writes (compact and defragment it, then: etcdctl alarm disarm; or raise --quota-backend-bytes)";
    private static final String CORRUPT = "etcd found its data corrupt and takes no more writes (see etcdctl alarm list; replace the damaged member)";

    /** @param told what a member says is wrong, as {@code memberID:1 alarm:NOSPACE} */
    static Optional<String> ofAlarms(List<String> told, EtcdSettings settings) {
        String all = String.join(", ", told);
        String known = all.contains("alarm:CORRUPT") ? CORRUPT : all.contains("alarm:NOSPACE") ? NO_SPACE : "";
        return known.isEmpty() ? Optional.empty() : Optional.of(settings + ": " + known);
    }

    static EtcdError of(Throwable failure, EtcdSettings settings) {
        Status status = Status.fromThrowable(failure);
        String said = status.getDescription() == null ? "" : status.getDescription().lines().findFirst().orElse("");
        String own = ofEtcd(said, settings);
        Kind kind = switch (status.getCode()) {
            case UNAVAILABLE -> said.contains(HANDSHAKE) ? Kind.unsent : away(failure);
            case DEADLINE_EXCEEDED, CANCELLED, INTERNAL, UNKNOWN, ABORTED -> Kind.doubtful;
            case UNAUTHENTICATED -> Kind.login;
            case RESOURCE_EXHAUSTED -> said.contains("too many requests") ? Kind.busy : said.contains("space exceeded") ? Kind.full : Kind.refused;
            case INVALID_ARGUMENT -> said.contains("revision of auth store is old") ? Kind.login : Kind.refused;
            case PERMISSION_DENIED -> Kind.denied;
            case OK, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, DATA_LOSS -> Kind.refused;
        };
        if (!own.isEmpty()) return new EtcdError(kind, own);
        return new EtcdError(kind, switch (kind) {
            case untrusted -> trust(failure, settings);
            case unsent -> said.contains(HANDSHAKE)
                    ? "the connection ended while TLS was begun: does it speak without TLS? (expected then: etcd:// instead of etcds://)" : reason(failure);
            case doubtful -> status.getCode() == Status.Code.DEADLINE_EXCEEDED ? "no answer in time" : said.isEmpty() ? reason(failure) : lost(said, failure);
            case busy, login, denied, full, refused -> said.isEmpty() ? status.getCode().name() : said;
        });
    }

    StoreException exception(EtcdSettings settings) {
        String message = settings + ": " + text;
        return switch (kind) {
            case full -> new StoreException.Full(message, null);
            case denied -> new StoreException.Denied(message);
            case unsent, doubtful, busy, untrusted, login, refused -> new StoreException(message);
        };
    }

    private static Kind away(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) return Kind.untrusted;
            if (cause instanceof ConnectException || cause instanceof UnknownHostException
                    || cause instanceof NoRouteToHostException || cause instanceof UnresolvedAddressException) return Kind.unsent;
        }
        return Kind.doubtful;
    }

    /** Empty: not one of those that something can be said about. */
    private static String ofEtcd(String said, EtcdSettings settings) {
        String who = settings.user().isEmpty() ? "the certificate's user, or nobody" : "user " + settings.user();
        if (said.contains("space exceeded")) return NO_SPACE;
        if (said.contains("corrupt cluster")) return CORRUPT;
        if (said.contains("permission denied")) {
            return who + " may not do this (expected: etcdctl role grant-permission ROLE --prefix=true readwrite '" + settings.prefix() + "')";
        }
        if (said.contains("authentication failed")) return who + ": wrong name or password (expected: those of etcdctl user add; see store.user, store.password)";
        if (said.contains("user name is empty")) return "etcd wants a user, and none is set (set store.user and store.password, or a client certificate)";
        if (said.contains("authentication is not enabled")) return "store.user is set, but etcd has no users (leave it out, or: etcdctl auth enable)";
        if (said.contains("request is too large")) return "etcd refuses what it calls too large (expected: --max-request-bytes of at least 1572864, its default)";
        if (said.contains("too many operations")) return "etcd refuses so many operations (expected: --max-txn-ops of at least 128, its default)";
        if (said.contains("no leader")) return "its members have no leader: most of them are away";
        return "";
    }

    private static String trust(Throwable failure, EtcdSettings settings) {
        String reason = reason(failure);
        String lower = reason.toLowerCase(java.util.Locale.ROOT);
        if (lower.contains("not an ssl/tls record")) return "it speaks without TLS (expected: etcd:// instead of etcds://, or etcd with certificates)";
        if (lower.contains("path") || lower.contains("unable to find valid")) {
            return "its certificate is not signed by " + settings.authority().map(path -> path.toString()).orElse("anyone Java trusts") + " (" + reason + "; see store.ca)";
        }
        if (lower.contains("subject alternative") || lower.contains("no name matching")) {
            return "its certificate is for another name (" + reason + "; write the host as the certificate does)";
        }
        if (lower.contains("alert") || lower.contains("certificate")) {
            return "it does not take " + settings.certificate().map(path -> "the certificate " + path).orElse("a client without a certificate")
                    + " (" + reason + "; see store.certificate, store.key)";
        }
        return "no TLS connection: " + reason;
    }

    private static String lost(String said, Throwable failure) {
        String reason = reason(failure);
        return said.equals("io exception") || said.equals("UNAVAILABLE") ? reason : said;
    }

    /** The text at the bottom. */
    private static String reason(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null && last.getCause() != last) last = last.getCause();
        String message = last.getMessage();
        if (last instanceof UnknownHostException) return "no machine of that name is known here";
        return message == null || message.isBlank() ? last.getClass().getSimpleName() : message.lines().findFirst().orElse(message);
    }
}
