package concierge.cli.program;

import concierge.cli.change.Takedown;
import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Problems;
import concierge.cli.client.Servers;
import concierge.cli.command.Ask;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Ink;
import concierge.config.Home;
import concierge.config.HomeContent;
import concierge.config.Settings;
import concierge.json.JsonTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * {@code reset}: stacks, volumes and built images, server and router, and everything in the home but the configuration; with
 * {@code --all-hosts} the same of all machines that share the state. Each step is harmless when it is done again, and the
 * state goes last: a reset that was killed goes on when it is asked for again.
 */
public final class ResetCommand extends Command {
    /** A heartbeat, a stop and a call; a queue that does not answer finds out by their silence. */
    private static final Duration GIVEN_BACK = Duration.ofSeconds(15);

    private static final Duration LOOK = Duration.ofMillis(200);

    @Option(names = {"-y", "--yes"}, description = "do not ask")
    boolean yes;

    @Option(names = "--all-hosts", description = "of all machines that share the state: what runs there, what was built or fetched, agents and servers with their homes")
    boolean allHosts;

    @Option(names = "--volumes", description = "with --all-hosts: volumes with their data, too (a reset of one machine alone always takes them)")
    boolean volumes;

    private final Duration givenBack;

    public ResetCommand(Context context) {
        this(context, GIVEN_BACK);
    }

    ResetCommand(Context context, Duration givenBack) {
        super(context);
        this.givenBack = givenBack;
    }

    @Override
    public int run() {
        Home home = context.home();
        if (!java.nio.file.Files.isDirectory(home.path())) {
            terminal().note("nothing to reset: there is no " + home.path());
            return Exit.OK;
        }
        Servers servers = context.servers().requireLocal("reset");
        if (!yes && !terminal().abilities().input()) {
            throw new Failure(Exit.USAGE, "reset asks, and standard input is no terminal", "concierge reset --yes" + (allHosts ? " --all-hosts" : ""));
        }
        // Without a server nobody could remove what runs, and forgetting it would orphan it.
        Api api = servers.running().orElseGet(() -> new ServerStart(context).ensure(Map.of()));
        Extent extent = Extent.of(api, isShared());
        if (extent.isOfSeveral() && !allHosts && yes) {
            throw new Failure(Exit.FAILED, "the state is shared by " + extent.names() + " (expected: this machine alone)",
                    "concierge reset --all-hosts resets all of them; to leave only this machine out: concierge server stop");
        }
        boolean withVolumes = volumes || !extent.isOfSeveral();
        if (!yes) ask(home, extent, withVolumes);
        // Once they are forgotten nobody knows of them: should this be interrupted, people have read it.
        extent.outOfReach().forEach(this::warn);
        extent.lost().forEach(host -> api.delete(Api.path("v1", "hosts", host)));
        giveBack(api);
        for (String stack : extent.stacks()) takeDown(api, stack, withVolumes);
        JsonTree done = api.post("/v1/reset", Map.of("volumes", withVolumes, "members", extent.isOfSeveral()));
        extent.leftBehind(done).forEach(this::warn);
        finish(home, servers, withVolumes);
        terminal().note(terminal().paintError(Ink.green, "✓") + " reset " + home.path() + (extent.isOfSeveral() ? " and " + extent.others() : ""));
        return Exit.OK;
    }

    private void takeDown(Api api, String stack, boolean withVolumes) {
        terminal().note("removing " + stack);
        Takedown takedown = new Takedown(api, terminal());
        try {
            takedown.warn(takedown.remove(stack, Api.query(Api.path("v1", "stacks", stack), "volumes", Boolean.toString(withVolumes))));
        } catch (Failure failure) {
            // A reset that was killed left its server at work: it is down meanwhile.
            if (failure.exit() != Exit.REFUSED || !Problems.isNotFound(failure)) throw failure;
        }
    }

    /** A queue's tasks would come back while it wants them here: others get them first. */
    private void giveBack(Api api) {
        if (api.read("/v1/portier/tasks?progress=false").path("endpoint").asString("").isEmpty()) return;
        api.post("/v1/portier/drain", Map.of());
        long began = System.nanoTime();
        int left = tasks(api);
        try {
            for (; left > 0 && System.nanoTime() - began < givenBack.toNanos(); left = tasks(api)) Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.FAILED, "stopped while tasks were given back to their queue; no stack was removed", "concierge portier resume  claims tasks again");
        }
        if (left > 0) warn(left + " tasks were not given back in " + givenBack.toSeconds() + " s: their queue frees them when this identity stays silent");
    }

    private static int tasks(Api api) {
        return api.read("/v1/portier/tasks?progress=false").path("tasks").size();
    }

    private void finish(Home home, Servers servers, boolean withVolumes) {
        long pid = servers.record().map(Servers.Record::pid).orElse(0L);
        servers.running().ifPresent(api -> api.post("/v1/server/stop", Map.of()));
        ServerStart.awaitEnd(pid);
        stopRouter(home);
        forget();
        try {
            HomeContent.delete(home, withVolumes);
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot delete " + e.getMessage(), "delete what is left in " + home.path() + " yourself");
        }
    }

    private void warn(String text) {
        terminal().note(terminal().paintError(Ink.yellow, "warning:") + " " + text);
    }

    private boolean isShared() {
        return !ServerStart.configuration(context, Map.of()).value(Settings.STORE_URL).isEmpty();
    }

    /** What stands in this home is deleted; etcd's is not a file. */
    private void forget() {
        if (!isShared()) return;
        try {
            context.roles().transfer(ServerStart.configuration(context, Map.of()), new Roles.Transfer.Forget(), _ -> {});
        } catch (Roles.TransferFailure e) {
            throw new Failure(Exit.FAILED, "cannot forget the state: " + e.getMessage(), "concierge reset --yes goes on when the store answers");
        }
    }

    private void ask(Home home, Extent extent, boolean withVolumes) {
        List<String> lines = extent.isOfSeveral() ? extent.listing(withVolumes) : List.of(
                "This removes " + (extent.stacks().isEmpty() ? "no stacks (there are none)" : "the stacks " + String.join(", ", extent.stacks()) + " with their volumes and images")
                        + ", stops server and router, and deletes the state in " + home.path() + ".");
        lines.forEach(terminal()::note);
        if (!Ask.line(terminal(), "Type yes to go on: ").equals("yes")) throw new Failure(Exit.FAILED, "nothing was reset", "");
    }

    private static void stopRouter(Home home) {
        try {
            Optional<ProcessHandle> router = HomeContent.router(home);
            router.ifPresent(ProcessHandle::destroy);
            router.ifPresent(process -> ServerStart.awaitEnd(process.pid()));
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot stop the router: " + e.getMessage(), "");
        }
    }
}
