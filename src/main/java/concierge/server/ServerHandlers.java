package concierge.server;

import concierge.config.Configuration;
import concierge.server.home.ServerHome;
import concierge.server.http.Prepared;
import concierge.server.http.Operation;
import concierge.state.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The server itself: version, settings, its description, its end. */
final class ServerHandlers {
    private final String version;
    private final Supplier<ServerHome.Announcement> announcement;
    private final Supplier<List<String>> remarks;
    private final Supplier<Optional<String>> waiting;
    private final Supplier<List<Configuration.Shown>> settings;
    private final Runnable stop;
    private final String description;

    /** @param waiting why nothing else is answered yet; empty: all is */
    ServerHandlers(
            String version, Supplier<ServerHome.Announcement> announcement, Supplier<List<String>> remarks, Supplier<Optional<String>> waiting,
            Supplier<List<Configuration.Shown>> settings, Runnable stop) {
        this.version = version;
        this.announcement = announcement;
        this.remarks = remarks;
        this.waiting = waiting;
        this.settings = settings;
        this.stop = stop;
        this.description = description();
    }

    record Version(
            String version, String installation, String home, long pid, String started, String api, Optional<ServerHome.Network> network, String router, String build, List<Integer> formats, List<String> remarks,
            Optional<String> waiting) {}

    List<Operation> operations() {
        return List.of(
                Operation.get("/v1/version", _ -> version()),
                Operation.get("/v1/config", _ -> settings.get().stream().map(Configuration.Shown::fields).toList()),
                Operation.get("/v1/openapi.json", _ -> new Prepared(200, description)),
                Operation.post("/v1/server/stop", _ -> {
                    // Answered first: whoever asked should hear that it was understood.
                    Thread.ofVirtual().name("server-stop").start(stop);
                    return Map.of("stopping", true);
                }));
    }

    private Version version() {
        ServerHome.Announcement it = announcement.get();
        return new Version(
                version, it.installation(), it.home(), it.pid(), it.started(), it.api(), it.network(), it.router(), it.build(), List.of(Installation.FORMAT), remarks.get(), waiting.get());
    }

    private static String description() {
        try (InputStream resource = ServerHandlers.class.getResourceAsStream("openapi.json")) {
            if (resource == null) throw new IllegalStateException("openapi.json is not beside " + ServerHandlers.class);
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("openapi.json cannot be read", e);
        }
    }
}
