package concierge.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code dns}: in the foreground. */
final class DnsCommand extends Command {
    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set dns.port=53")
    Map<String, String> settings = new LinkedHashMap<>();

    DnsCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        return context.roles().serve(Roles.Role.dns, ServerStart.configuration(context, settings));
    }
}
