package concierge.cli.client;

import concierge.config.Home;
import concierge.json.Json;
import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import concierge.model.Names;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Installations elsewhere, by the names that this user gave them: {@code contexts.json} of the home, readable by its
 * owner alone, since their tokens stand in it. Where there is no such file, nothing of all this is read.
 */
public final class Contexts {
    /** This home's own server, whatever was chosen. */
    public static final String LOCAL = "local";

    public static final String VARIABLE = "CONCIERGE_CONTEXT";

    private final Path file;
    private final Map<String, Entry> entries = new TreeMap<>();
    private String current = LOCAL;

    /**
     * @param certificate PEM; what vouches for the server; empty: what this machine trusts anyway
     * @param installation its id
     */
    public record Entry(String name, URI url, String token, String certificate, String installation) {}

    private Contexts(Path file) {
        this.file = file;
    }

    public static Contexts open(Home home) {
        Contexts contexts = new Contexts(home.path().resolve("contexts.json"));
        if (Files.exists(contexts.file)) contexts.read();
        return contexts;
    }

    private void read() {
        try {
            JsonTree tree = JsonTree.read(Files.readString(file));
            current = tree.path("current").asString(LOCAL);
            for (Map.Entry<String, JsonTree> entry : tree.path("contexts").properties()) {
                JsonTree it = entry.getValue();
                entries.put(entry.getKey(), new Entry(entry.getKey(), URI.create(it.path("url").asString("")), it.path("token").asString(""),
                        it.path("certificate").asString(""), it.path("installation").asString("")));
            }
        } catch (IOException | MalformedJsonException | IllegalArgumentException e) {
            throw new Failure(Exit.FAILED, file + " cannot be read: " + e.getMessage(), "remove it and log in again, or ask the local server: --context local");
        }
    }

    /** The installation that a command is for; empty: this home's own. */
    public static Optional<Entry> chosen(Home home, Map<String, String> environment) {
        String named = environment.getOrDefault(VARIABLE, "");
        if (named.equals(LOCAL)) return Optional.empty();
        Contexts contexts = open(home);
        String name = named.isEmpty() ? contexts.current : named;
        return name.equals(LOCAL) ? Optional.empty() : Optional.of(contexts.require(name));
    }

    public Entry require(String name) {
        Entry found = entries.get(name);
        if (found != null) return found;
        String near = Names.nearest(name, names()).map(it -> "did you mean " + it + "? ").orElse("");
        throw new Failure(Exit.USAGE, "context " + name + ": none of that name (expected: " + String.join(", ", names()) + ")",
                near + "concierge login https://HOST:8791 --name " + name + " makes one");
    }

    private List<String> names() {
        List<String> names = new ArrayList<>(entries.keySet());
        names.add(LOCAL);
        return names;
    }

    public Map<String, Entry> entries() {
        return entries;
    }

    public String current() {
        return current;
    }

    /** Keeps it, in place of one of that name, and chooses it. */
    public void keep(Entry entry) {
        entries.put(entry.name(), entry);
        current = entry.name();
        write();
    }

    public void use(String name) {
        if (!name.equals(LOCAL)) require(name);
        current = name;
        write();
    }

    public void remove(String name) {
        require(name);
        entries.remove(name);
        if (current.equals(name)) current = LOCAL;
        write();
    }

    private void write() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Entry entry : entries.values()) {
            all.put(entry.name(), Map.of("url", entry.url().toString(), "token", entry.token(), "certificate", entry.certificate(), "installation", entry.installation()));
        }
        try {
            Files.createDirectories(file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path temporary = Files.createTempFile(file.getParent(), ".contexts", "", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(temporary, Json.write(Map.of("current", current, "contexts", all)) + "\n");
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot write " + file + ": " + e.getMessage(), "");
        }
    }
}
