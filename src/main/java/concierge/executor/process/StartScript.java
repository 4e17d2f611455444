package concierge.executor.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The script that sets up one process and becomes its command. It stands in a file that only we can read:
 * an environment on a command line would show its secrets to everybody on the machine.
 */
final class StartScript {
    /** Names that a shell keeps for itself: exporting them fails or changes how the script runs. */
    private static final Set<String> SHELLS_OWN = Set.of(
            "OPTIND", "PPID", "UID", "EUID", "GROUPS", "IFS", "PWD", "OLDPWD", "ENV", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO", "LINENO",
            "PS1", "PS2", "PS4", "RANDOM", "SECONDS");

    private StartScript() {}

    static String of(ProcessRecord made, List<String> command, String env) {
        StringBuilder script = new StringBuilder("umask 022\nunset LC_ALL\n");
        for (String group : made.groups()) script.append("echo $$ > ").append(quote(group)).append('\n');
        script.append("cd ").append(quote(made.directory())).append(" || exit 126\n");
        TreeMap<String, String> odd = new TreeMap<>();
        for (Map.Entry<String, String> variable : made.environment().entrySet()) {
            if (variable.getKey().matches("[A-Za-z_][A-Za-z0-9_]*") && !SHELLS_OWN.contains(variable.getKey())) {
                script.append("export ").append(variable.getKey()).append('=').append(quote(variable.getValue())).append('\n');
            } else {
                odd.put(variable.getKey(), variable.getValue());
            }
        }
        List<String> words = new ArrayList<>(made.prefix());
        if (!odd.isEmpty()) {
            words.add(env);
            odd.forEach((name, value) -> words.add(name + "=" + value));
        }
        words.addAll(command);
        script.append("exec");
        for (String word : words) script.append(' ').append(quote(word));
        return script.append('\n').toString();
    }

    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
