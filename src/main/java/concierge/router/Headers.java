package concierge.router;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a proxy does to headers (RFC 9110, 7.6.1): those about one connection end here, those about the way are added. */
final class Headers {
    private static final Set<String> OF_ONE_CONNECTION = Set.of(
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade");

    private Headers() {}

    /** Copies what is meant for the other end; also the names that {@code Connection} lists stay behind. */
    static void copy(MultiMap from, MultiMap to) {
        Set<String> listed = new HashSet<>();
        for (String connection : from.getAll("Connection")) {
            for (String name : connection.split(",")) listed.add(name.strip().toLowerCase(Locale.ROOT));
        }
        for (Map.Entry<String, String> header : from) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!OF_ONE_CONNECTION.contains(name) && !listed.contains(name)) to.add(header.getKey(), header.getValue());
        }
    }

    /** Says where the request came from; what a client claims about protocol and host is not passed on. */
    static void forwarded(MultiMap headers, String client, String host, String scheme) {
        String before = headers.get("X-Forwarded-For");
        headers.set("X-Forwarded-For", before == null ? client : before + ", " + client);
        headers.set("X-Forwarded-Proto", scheme);
        headers.set("X-Forwarded-Host", host);
    }

    /** Whether the client wants another protocol on this connection: {@code Connection: Upgrade}. */
    static boolean asksForUpgrade(MultiMap headers) {
        if (!headers.contains("Upgrade")) return false;
        return headers.getAll("Connection").stream()
                .flatMap(value -> java.util.Arrays.stream(value.split(",")))
                .anyMatch(name -> name.strip().equalsIgnoreCase("upgrade"));
    }

    static boolean announcesBody(MultiMap headers) {
        String length = headers.get("Content-Length");
        return headers.contains("Transfer-Encoding") || (length != null && !length.strip().equals("0"));
    }
}
