package concierge.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The folder of one installation, and the files in it that more than one part uses. */
public record Home(Path path) {
    /** With less than this left on its disk, in bytes, neither the state nor a log line can be relied on to be written. */
    private static final long ROOM = 64 << 10;

    public Home {
        path = path.toAbsolutePath().normalize();
    }

    /** {@code CONCIERGE_HOME}, else {@code ~/.concierge}. Reads nothing, so that clients start fast. */
    public static Home of(Map<String, String> environment) {
        String chosen = environment.getOrDefault(Settings.HOME.variable(), "");
        return new Home(expand(chosen.isBlank() ? Settings.HOME.fallback() : chosen));
    }

    static Path expand(String path) {
        String user = System.getProperty("user.home", "/");
        if (path.equals("~")) return Path.of(user);
        return path.startsWith("~/") ? Path.of(user, path.substring(2)) : Path.of(path);
    }

    /** Whether its disk has no room left for what a server writes. */
    public boolean isFull() throws IOException {
        return Files.getFileStore(path).getUsableSpace() < ROOM;
    }

    public Path configuration() {
        return path.resolve("config.yml");
    }

    /** What {@link #configuration} goes over: task types, as a rule. */
    public Path defaults() {
        return path.resolve("defaults.yaml");
    }

    /** The secret that changes need; readable by its owner only. */
    public Path token() {
        return path.resolve("token");
    }

    /** The installation's key: what its servers and agents share outside of the state, and seal there what is secret with. */
    public Path secretsKey() {
        return path.resolve("secrets.key");
    }

    /** Who this home's process is to the other members of its installation: its certificate, and the authority's. */
    public Path tls() {
        return path.resolve("tls");
    }

    /** Which server runs: {@code {pid, installation, api, router, started, home}}. */
    public Path server() {
        return path.resolve("server.json");
    }

    public Path serverLog() {
        return path.resolve("server.log");
    }
}
