package concierge.cli;

import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.json.JsonTree;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code version}. */
final class VersionCommand extends Command {
    @Option(names = "--json", description = "as JSON")
    boolean json;

    public VersionCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        String here = Optional.ofNullable(Cli.class.getPackage().getImplementationVersion()).orElse("development");
        Optional<JsonTree> server = context.servers().running().map(api -> api.read("/v1/version"));
        if (json) {
            java.util.Map<String, Object> all = new java.util.LinkedHashMap<>();
            all.put("client", here);
            all.put("java", System.getProperty("java.version"));
            server.ifPresent(version -> all.put("server", version));
            terminal().line(concierge.json.Json.write(all));
            return Exit.OK;
        }
        terminal().line("concierge " + here + " (Java " + System.getProperty("java.version") + ")");
        server.ifPresent(version -> terminal().line("server    " + version.path("version").asString("") + " at " + version.path("api").asString("")));
        return Exit.OK;
    }
}
