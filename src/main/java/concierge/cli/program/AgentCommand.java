package concierge.cli.program;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.config.Configuration;
import concierge.config.Kind;
import concierge.json.Json;
import concierge.model.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code agent}: this machine as a further host, in the foreground. Its options are short for settings. */
public final class AgentCommand extends Command {
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

    @Option(names = "--docker", paramLabel = "[NAME=]URL", description = "instead of this machine a remote Docker engine, or several: tcp://10.0.0.5:2376; NAME is the host's")
    List<String> engines = List.of();

    @Option(names = "--tlscacert", paramLabel = "FILE", description = "what those engines' certificates are signed by")
    String ca = "";

    @Option(names = "--tlscert", paramLabel = "FILE", description = "our certificate for them")
    String certificate = "";

    @Option(names = "--tlskey", paramLabel = "FILE", description = "its key")
    String engineKey = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set bind=0.0.0.0")
    Map<String, String> settings = new LinkedHashMap<>();

    public AgentCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        put(all, "host.name", name);
        put(all, "host.tags", String.join(",", tags));
        put(all, "store.url", store);
        put(all, "host.addresses", String.join(",", addresses));
        if (!engines.isEmpty()) putEngines(all);
        Configuration configuration = ServerStart.configuration(context, all);
        if (!key.isEmpty()) bringKey(configuration);
        return context.roles().serve(Roles.Role.agent, configuration);
    }

    /** They are served instead of this machine; what is said of a host is said of each. */
    private void putEngines(Map<String, String> all) {
        if (engines.size() > 1 && !name.isEmpty()) throw new Failure(Exit.USAGE, "--name: " + name + " (expected: a name for each engine: --docker h1=tcp://10.0.0.5:2376)", "");
        Map<String, Object> table = new LinkedHashMap<>();
        for (String written : engines) {
            int named = written.indexOf('=');
            String url = written.substring(named + 1);
            String host = named > 0 ? written.substring(0, named) : name.isEmpty() ? hostOf(url) : name;
            if (!Names.isPart(host)) throw new Failure(Exit.USAGE, "--docker: " + written + ": " + host + " is no host's name (expected: " + Kind.HOST.expected() + ")", "--docker h1=" + url);
            Map<String, Object> engine = new LinkedHashMap<>(Map.of("docker", url, "tags", tags, "addresses", addresses));
            if (addresses.isEmpty()) engine.remove("addresses");
            putFile(engine, "ca", ca);
            putFile(engine, "certificate", certificate);
            putFile(engine, "key", engineKey);
            if (table.put(host, engine) != null) throw new Failure(Exit.USAGE, "--docker: " + host + " twice (expected: a name of its own for each: --docker h1=" + url + ")", "");
        }
        all.put("engines", "@json " + Json.write(table));
        all.put("executors", "[]");
    }

    /** A name that hosts may have, from where the engine is. */
    private static String hostOf(String url) {
        return url.replaceFirst("^[a-z]+://", "").replaceFirst(":[0-9]+/?$", "").replaceAll("[^A-Za-z0-9_.-]+", "-").replaceAll("^-+|-+$", "");
    }

    private void putFile(Map<String, Object> engine, String key, String file) {
        if (!file.isEmpty()) engine.put(key, context.folder().resolve(file).toAbsolutePath().normalize().toString());
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
