package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Entry;
import concierge.cli.command.Misuse;
import concierge.json.JsonTree;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Parameters;

/**
 * {@code completion}: scripts for shells, made from the catalog. They ask for the names of what is deployed with
 * {@code completion stacks} and {@code completion services}, one a line; nothing where no server runs.
 */
final class CompletionCommand extends Command {
    /** Somebody waits with a finger on the key; names that take longer are no help. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    @Parameters(paramLabel = "bash|zsh|fish", description = "which shell")
    String shell = "";

    public CompletionCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        terminal().out().print(switch (shell) {
            case "bash" -> bash();
            case "zsh" -> "autoload -U +X bashcompinit && bashcompinit\n" + bash();
            case "fish" -> fish();
            case "stacks" -> names(false);
            case "services" -> names(true);
            default -> throw Misuse.unknown("completion", shell, "shell", List.of("bash", "zsh", "fish"));
        });
        return Exit.OK;
    }

    private String bash() {
        StringBuilder cases = new StringBuilder();
        for (Entry entry : Catalog.ENTRIES) {
            cases.append("    ").append(entry.name()).append(") words=\"").append(String.join(" ", words(entry))).append('"');
            asks(entry).ifPresent(what -> cases.append(" asked=").append(what));
            cases.append(" ;;\n");
        }
        return """
                _concierge() {
                  local words="" asked="" current="${COMP_WORDS[COMP_CWORD]}"
                  if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "%s" -- "$current"))
                    return
                  fi
                  case "${COMP_WORDS[1]}" in
                %s    *) ;;
                  esac
                  if [ -n "$asked" ]; then
                    words="$words $(CONCIERGE_NO_BUILD=1 "${COMP_WORDS[0]}" completion "$asked" 2>/dev/null)"
                  fi
                  COMPREPLY=($(compgen -W "$words" -- "$current"))
                }
                complete -o default -F _concierge concierge ./concierge
                """.formatted(String.join(" ", Catalog.names()), cases);
    }

    private String fish() {
        StringBuilder out = new StringBuilder("complete -c concierge -e\n");
        for (Entry entry : Catalog.ENTRIES) {
            out.append("complete -c concierge -n __fish_use_subcommand -f -a ").append(entry.name()).append(" -d '")
                    .append(entry.summary().replace("'", "\\'")).append("'\n");
            for (String word : words(entry)) {
                String given = word.startsWith("--") ? "-l " + word.substring(2) : "-a " + word;
                out.append("complete -c concierge -n '__fish_seen_subcommand_from ").append(entry.name()).append("' ").append(given).append('\n');
            }
            asks(entry).ifPresent(what -> out.append("complete -c concierge -n '__fish_seen_subcommand_from ").append(entry.name())
                    .append("' -a '(env CONCIERGE_NO_BUILD=1 concierge completion ").append(what).append(" 2>/dev/null)'\n"));
        }
        return out.toString();
    }

    /** What a command takes of what is deployed, as its usage says. */
    private static Optional<String> asks(Entry entry) {
        if (entry.usage().contains("STACK/SERVICE") || entry.usage().contains("STACK[/SERVICE")) return Optional.of("services");
        return entry.usage().contains("STACK") ? Optional.of("stacks") : Optional.empty();
    }

    private String names(boolean services) {
        AtomicReference<String> found = new AtomicReference<>("");
        Thread asking = Thread.ofVirtual().name("completion").start(() -> found.set(ask(services)));
        try {
            asking.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String names = found.get();
        return names == null ? "" : names;
    }

    private String ask(boolean services) {
        try {
            Optional<Api> api = context.servers().running();
            if (api.isEmpty()) return "";
            TreeSet<String> names = new TreeSet<>();
            JsonTree ps = api.get().read("/v1/ps");
            for (String list : List.of("instances", "idle", "sites")) {
                for (JsonTree row : ps.path(list).values()) {
                    String stack = row.path("stack").asString("");
                    names.add(stack);
                    if (services) names.add(stack + "/" + row.path("service").asString(""));
                }
            }
            return String.join("\n", names) + (names.isEmpty() ? "" : "\n");
        } catch (Failure e) {
            return ""; // a message in the middle of somebody's line would be worse than no names
        }
    }

    /** Options, and the fixed first words that some commands take. */
    private java.util.List<String> words(Entry entry) {
        java.util.List<String> words = new java.util.ArrayList<>(Help.options(entry, context));
        switch (entry.name()) {
            case "server" -> words.addAll(java.util.List.of("start", "stop", "status"));
            case "env" -> words.addAll(java.util.List.of("set", "get", "ls", "rm", "inject"));
            case "secret" -> words.addAll(java.util.List.of("set", "ls", "rm"));
            case "config" -> words.add("show");
            case "completion" -> words.addAll(java.util.List.of("bash", "zsh", "fish"));
            default -> {} // what they take has no fixed names
        }
        return words;
    }
}
