package concierge.cli;

import concierge.cli.client.Exit;
import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code completion}: scripts for shells, made from the catalog. */
final class CompletionCommand extends Command {
    @Parameters(paramLabel = "bash|zsh|fish", description = "which shell")
    String shell = "";

    CompletionCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        terminal().out().print(switch (shell) {
            case "bash" -> bash();
            case "zsh" -> "autoload -U +X bashcompinit && bashcompinit\n" + bash();
            case "fish" -> fish();
            default -> throw Misuse.unknown("completion", shell, "shell", List.of("bash", "zsh", "fish"));
        });
        return Exit.OK;
    }

    private String bash() {
        StringBuilder cases = new StringBuilder();
        for (Catalog.Entry entry : Catalog.ENTRIES) {
            cases.append("    ").append(entry.name()).append(") words=\"").append(String.join(" ", words(entry))).append("\" ;;\n");
        }
        return """
                _concierge() {
                  local words="" current="${COMP_WORDS[COMP_CWORD]}"
                  if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "%s" -- "$current"))
                    return
                  fi
                  case "${COMP_WORDS[1]}" in
                %s    *) ;;
                  esac
                  COMPREPLY=($(compgen -W "$words" -- "$current"))
                }
                complete -o default -F _concierge concierge ./concierge
                """.formatted(String.join(" ", Catalog.names()), cases);
    }

    private String fish() {
        StringBuilder out = new StringBuilder("complete -c concierge -e\n");
        for (Catalog.Entry entry : Catalog.ENTRIES) {
            out.append("complete -c concierge -n __fish_use_subcommand -f -a ").append(entry.name()).append(" -d '")
                    .append(entry.summary().replace("'", "\\'")).append("'\n");
            for (String word : words(entry)) {
                String given = word.startsWith("--") ? "-l " + word.substring(2) : "-a " + word;
                out.append("complete -c concierge -n '__fish_seen_subcommand_from ").append(entry.name()).append("' ").append(given).append('\n');
            }
        }
        return out.toString();
    }

    /** Options, and the fixed first words that some commands take. */
    private java.util.List<String> words(Catalog.Entry entry) {
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
