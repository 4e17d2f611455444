package concierge.cli.program;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code router}: in the foreground. */
public final class RouterCommand extends Command {
    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set router.port=80")
    Map<String, String> settings = new LinkedHashMap<>();

    public RouterCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return context.roles().serve(Roles.Role.router, ServerStart.configuration(context, settings));
    }
}
