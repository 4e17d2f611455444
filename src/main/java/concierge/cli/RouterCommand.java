package concierge.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code router}: in the foreground. */
final class RouterCommand extends Command {
    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set router.port=80")
    Map<String, String> settings = new LinkedHashMap<>();

    RouterCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        return context.roles().serve(Roles.Role.router, ServerStart.configuration(context, settings));
    }
}
