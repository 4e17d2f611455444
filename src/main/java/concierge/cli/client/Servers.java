package concierge.cli.client;

import concierge.config.Home;
import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import concierge.runtime.Processes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Finds the server of an installation by the file that it leaves in its home. */
public final class Servers {
    /** A ping is answered in a millisecond; a server that takes longer hangs. */
    static final Duration PING = Duration.ofSeconds(5);

    private static final String INSTALLATION = "concierge-installation";

    private final Home home;
    private final Optional<Contexts.Entry> elsewhere;

    /** What {@code server.json} says. */
    public record Record(long pid, String installation, URI api, String router, String started, String build) {}

    /** @param elsewhere the installation that was chosen instead of the home's own */
    public Servers(Home home, Optional<Contexts.Entry> elsewhere) {
        this.home = home;
        this.elsewhere = elsewhere;
    }

    /** For what concerns this machine alone. */
    public Servers requireLocal(String what) {
        elsewhere.ifPresent(context -> {
            throw new Failure(Exit.USAGE, what + " concerns the server of this machine, and the context " + context.name() + " is chosen, " + context.url()
                    + " (expected: --context local)", "concierge context use local, to stay there");
        });
        return this;
    }

    public boolean isElsewhere() {
        return elsewhere.isPresent();
    }

    public Home home() {
        return home;
    }

    /** The record of the server that runs or ran last; empty when there is none, or it is only half written. */
    public Optional<Record> record() {
        if (isElsewhere()) return Optional.empty();
        try {
            JsonTree node = JsonTree.read(Files.readString(home.server()));
            String api = node.path("api").asString("");
            if (api.isEmpty()) return Optional.empty();
            URI address = URI.create(api.contains("://") ? api : "http://" + api);
            return Optional.of(new Record(node.path("pid").asLong(0), node.path("installation").asString(""), address,
                    node.path("router").asString(""), node.path("started").asString(""), node.path("build").asString("")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | MalformedJsonException | IllegalArgumentException e) {
            return Optional.empty(); // whoever reads it waits for a ping anyway
        }
    }

    /** The running server; its ping proved that it is this installation's. One elsewhere is asked when there is something to ask. */
    public Optional<Api> running() {
        if (isElsewhere()) return elsewhere.map(Api::new);
        return record().filter(this::answers).map(found -> new Api(found.api(), home));
    }

    /** The running server, or the failure that says how to get one. */
    public Api require() {
        return running().orElseThrow(this::absent);
    }

    /** A process that is there and does not answer is no reason to start a second one. */
    private Failure absent() {
        Optional<Record> silent = record().filter(found -> Processes.alive(found.pid()) && isJava(found.pid()));
        return silent.map(found -> new Failure(Exit.UNREACHABLE,
                        "the server of " + home.path() + " runs (pid " + found.pid() + ") and does not answer at " + found.api() + " within " + PING.toSeconds() + " s",
                        "see " + home.path().resolve("server.log") + "; kill -CONT " + found.pid() + " if it was stopped, kill " + found.pid() + " and concierge server start if it hangs"))
                .orElseGet(() -> new Failure(Exit.UNREACHABLE, "no server runs for " + home.path(), "concierge up (with a stack) or concierge server start"));
    }

    /** Numbers of processes are given again: another program has it. */
    private static boolean isJava(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().command()).filter(command -> command.endsWith("java")).isPresent();
    }

    private boolean answers(Record found) {
        try (Http.Response pong = new Http(found.api()).send("GET", "/v1/ping", Map.of(), Http.Body.of(""), PING)) {
            return pong.status() == 200 && found.installation().equals(pong.headers().getOrDefault(INSTALLATION, ""));
        } catch (IOException e) {
            return false;
        }
    }
}
