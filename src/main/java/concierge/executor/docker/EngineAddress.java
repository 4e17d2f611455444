package concierge.executor.docker;

import concierge.executor.Published;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where an engine listens.
 *
 * @param uri {@code unix:///path} or {@code tcp://host:port}
 * @param certificates what TLS is done with; empty: no TLS
 * @param origin what named it: {@code DOCKER_HOST}, {@code context staging}
 */
public record EngineAddress(URI uri, Optional<Certificates> certificates, String origin) {
    private static final int PORT = 2375;
    private static final int TLS_PORT = 2376;

    public static EngineAddress of(String text, Optional<Certificates> certificates, String origin) {
        URI uri = URI.create(text.replaceFirst("^https?://", "tcp://"));
        String scheme = Optional.ofNullable(uri.getScheme()).orElse("");
        if (!scheme.equals("unix") && !scheme.equals("tcp")) {
            throw new IllegalArgumentException("engine address from " + origin + ": " + text
                    + " (expected: unix:///path or tcp://host:port; for an engine behind ssh, forward its socket and name that)");
        }
        boolean portMissing = scheme.equals("tcp") && uri.getPort() < 0;
        // the library would take HTTP's own
        return new EngineAddress(
                portMissing ? URI.create("tcp://" + uri.getRawAuthority() + ":" + (certificates.isPresent() ? TLS_PORT : PORT)) : uri, certificates, origin);
    }

    public boolean isLocal() {
        return uri.getScheme().equals("unix");
    }

    /** On another machine, as far as the address tells: a forwarded port is as good as a local one. */
    boolean isElsewhere() {
        return !isLocal() && !Published.isLoopback(uri.getHost().replaceAll("[\\[\\]]", ""));
    }

    Path socket() {
        return Path.of(uri.getPath());
    }

    int port() {
        return uri.getPort();
    }

    @Override
    public String toString() {
        return uri + " (" + origin + ")";
    }
}
