package concierge.cli.program;

import concierge.cli.change.Takedown;
import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Servers;
import concierge.cli.command.Ask;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Ink;
import concierge.config.Home;
import concierge.config.Settings;
import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code reset}: stacks, volumes and built images, server and router, and everything in the home but the configuration. */
public final class ResetCommand extends Command {
    /** What Concierge itself puts into its home; anything else in there is somebody's and stays. */
    private static final List<String> OURS = List.of("state.db", "state.db-wal", "state.db-shm", "blobs", "sites", "processes", "logs", "router",
            "events.jsonl", "server.json", "server.log", "server.log.1", "server.lock", "token", "secrets.key", "tls");

    @Option(names = {"-y", "--yes"}, description = "do not ask")
    boolean yes;

    public ResetCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Home home = context.home();
        if (!Files.isDirectory(home.path())) {
            terminal().note("nothing to reset: there is no " + home.path());
            return Exit.OK;
        }
        Servers servers = context.servers().requireLocal("reset");
        // Without a server nobody could remove what runs, and forgetting it would orphan it.
        Api api = servers.running().orElseGet(() -> new ServerStart(context).ensure(Map.of()));
        if (isShared()) requireAlone(api);
        JsonTree stacks = api.read("/v1/stacks");
        if (!yes) ask(home, stacks);
        for (JsonTree stack : stacks.values()) {
            String name = name(stack);
            terminal().note("removing " + name);
            Takedown takedown = new Takedown(api, terminal());
            takedown.warn(takedown.remove(name, Api.query(Api.path("v1", "stacks", name), "volumes", "true")));
        }
        for (JsonTree kept : api.delete("/v1/images").path("kept").values()) {
            terminal().note(terminal().paintError(Ink.yellow, "warning:") + " left behind: " + kept.asString(""));
        }
        long pid = servers.record().map(Servers.Record::pid).orElse(0L);
        api.post("/v1/server/stop", Map.of());
        ServerStart.awaitEnd(pid);
        stopRouter(home);
        forget();
        try {
            for (String file : OURS) delete(home.path().resolve(file));
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot delete " + e.getMessage(), "delete what is left in " + home.path() + " yourself");
        }
        terminal().note(terminal().paintError(Ink.green, "✓") + " reset " + home.path());
        return Exit.OK;
    }

    private boolean isShared() {
        return !ServerStart.configuration(context, Map.of()).value(Settings.STORE_URL).isEmpty();
    }

    /** Whoever resets one machine does not mean what runs on others. */
    private static void requireAlone(Api api) {
        List<String> hosts = new ArrayList<>();
        for (JsonTree host : api.read("/v1/hosts").values()) if (!host.path("lost").asBoolean(false)) hosts.add(host.path("name").asString(""));
        if (hosts.size() < 2) return;
        throw new Failure(Exit.FAILED, "the state is shared by the hosts " + String.join(", ", hosts) + " (expected: this one alone)",
                "stop the agents and servers on the others first; to leave only this machine out: concierge server stop");
    }

    /** What stands in this home is deleted below; etcd's is not a file. */
    private void forget() {
        if (!isShared()) return;
        try {
            context.roles().transfer(ServerStart.configuration(context, Map.of()), new Roles.Transfer.Forget(), _ -> {});
        } catch (Roles.TransferFailure e) {
            throw new Failure(Exit.FAILED, "cannot forget the state: " + e.getMessage(), "concierge reset --yes goes on when the store answers");
        }
    }

    private static String name(JsonTree stack) {
        return stack.isObject() ? stack.path("name").asString(stack.path("stack").asString("")) : stack.asString("");
    }

    private void ask(Home home, JsonTree stacks) {
        if (!terminal().abilities().input()) throw new Failure(Exit.USAGE, "reset asks, and standard input is no terminal", "concierge reset --yes");
        StringBuilder names = new StringBuilder();
        for (JsonTree stack : stacks.values()) names.append(names.isEmpty() ? "" : ", ").append(name(stack));
        terminal().note("This removes " + (names.isEmpty() ? "no stacks (there are none)" : "the stacks " + names + " with their volumes and images")
                + ", stops server and router, and deletes the state in " + home.path() + ".");
        if (!Ask.line(terminal(), "Type yes to go on: ").equals("yes")) throw new Failure(Exit.FAILED, "nothing was reset", "");
    }

    /** The router writes its pid beside its table; the command line proves that the pid is still its own. */
    private static void stopRouter(Home home) {
        try {
            JsonTree record = JsonTree.read(Files.readString(home.path().resolve("router/router.json")));
            long pid = record.path("pid").asLong(0);
            Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
            boolean ours = !Files.exists(Path.of("/proc/self")) || Files.exists(commandLine)
                    && new String(Files.readAllBytes(commandLine), StandardCharsets.UTF_8).contains("concierge.Main\0router");
            if (!ours) return;
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
            ServerStart.awaitEnd(pid);
        } catch (java.nio.file.NoSuchFileException e) {
            // There was no router.
        } catch (IOException | MalformedJsonException e) {
            throw new Failure(Exit.FAILED, "cannot stop the router: " + e.getMessage(), "");
        }
    }

    private static void delete(Path root) throws IOException {
        if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) return;
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @org.jspecify.annotations.Nullable IOException e) throws IOException {
                if (e != null) throw e;
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
