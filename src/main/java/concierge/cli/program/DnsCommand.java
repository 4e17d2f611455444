package concierge.cli.program;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code dns}: in the foreground. */
public final class DnsCommand extends Command {
    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set dns.port=53")
    Map<String, String> settings = new LinkedHashMap<>();

    public DnsCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return context.roles().serve(Roles.Role.dns, ServerStart.configuration(context, settings));
    }
}
