package concierge.cli;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.config.Configuration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code agent}: this machine as a further host, in the foreground. Its options are short for settings. */
final class AgentCommand extends Command {
    @Option(names = "--name", paramLabel = "NAME", description = "this host's name; default: the machine's")
    String name = "";

    @Option(names = "--tags", paramLabel = "TAG,...", split = ",", description = "what services' filters ask for")
    List<String> tags = List.of();

    @Option(names = "--store", paramLabel = "URL", description = "the servers' store: etcd://host:2379,host2:2379/prefix")
    String store = "";

    @Option(names = "--address", paramLabel = "ADDRESS,...", split = ",", description = "where other machines reach what is published here; see bind")
    List<String> addresses = List.of();

    @Option(names = "--key", paramLabel = "FILE", description = "secrets.key of a server's home, copied into this one's")
    String key = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set bind=0.0.0.0")
    Map<String, String> settings = new LinkedHashMap<>();

    AgentCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        put(all, "host.name", name);
        put(all, "host.tags", String.join(",", tags));
        put(all, "store.url", store);
        put(all, "host.addresses", String.join(",", addresses));
        Configuration configuration = ServerStart.configuration(context, all);
        if (!key.isEmpty()) bringKey(configuration);
        return context.roles().serve(Roles.Role.agent, configuration);
    }

    private void bringKey(Configuration configuration) {
        try {
            context.roles().transfer(configuration, new Roles.Transfer.Key(context.folder().resolve(key)), _ -> {});
        } catch (Roles.TransferFailure e) {
            throw new Failure(Exit.FAILED, String.valueOf(e.getMessage()), "");
        }
    }

    private static void put(Map<String, String> options, String key, String value) {
        if (!value.isEmpty()) options.put(key, value);
    }
}
