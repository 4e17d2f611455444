package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Target;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import concierge.model.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code env}: what stack files refer to as {@code _<stack>:<KEY>}. */
public final class EnvCommand extends Command {
    private static final Pattern LINE = Pattern.compile("(?:export\\s+)?(?<key>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)");

    @Parameters(index = "0", paramLabel = "set|get|ls|rm|inject", description = "inject reads KEY=VALUE lines from standard input")
    String action = "";

    @Parameters(index = "1", paramLabel = "STACK", description = ". for the stack of this folder")
    String stack = "";

    @Parameters(index = "2..*", arity = "0..*", paramLabel = "KEY[=VALUE]", description = "for set: KEY=VALUE; for get and rm: KEY")
    List<String> words = new ArrayList<>();

    @Option(names = "--json", description = "ls and get as JSON")
    boolean json;

    public EnvCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        String name = Target.stack(stack, context);
        String path = Api.path("v1", "stacks", name, "env");
        if (List.of("inject", "ls").contains(action)) Misuse.refuseWords("env " + action + " " + stack, words);
        return switch (action) {
            case "set" -> set(path, name, pairs(words));
            case "inject" -> set(path, name, standardInput());
            case "get" -> get(path, name);
            case "ls" -> list(path);
            case "rm" -> remove(path, name);
            default -> throw Misuse.unknown("env", action, "action", List.of("set", "get", "ls", "rm", "inject"));
        };
    }

    private int set(String path, String name, Map<String, String> pairs) {
        if (pairs.isEmpty()) throw new Failure(Exit.USAGE, "nothing to set (expected: KEY=VALUE)", "");
        api().put(path, pairs);
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + name + ": set " + String.join(", ", pairs.keySet()));
        return Exit.OK;
    }

    private int get(String path, String name) {
        if (words.size() != 1) throw new Failure(Exit.USAGE, "env get takes one KEY", "concierge env get " + name + " TOKEN");
        JsonTree all = api().read(path);
        JsonTree value = all.path(words.getFirst());
        if (value.isMissing()) {
            List<String> keys = new ArrayList<>();
            all.properties().forEach(entry -> keys.add(entry.getKey()));
            throw new Failure(Exit.FAILED, name + " has no " + words.getFirst(), Names.nearest(words.getFirst(), keys).map(near -> "did you mean " + near + "?").orElse(""));
        }
        terminal().line(json ? value.toString() : value.asString(""));
        return Exit.OK;
    }

    private int list(String path) {
        JsonTree all = api().read(path);
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, "nothing is set"));
            return Exit.OK;
        }
        Table table = new Table(Column.left("KEY"), Column.shrinking("VALUE"));
        all.properties().forEach(entry -> table.row(new Cell(entry.getKey(), Ink.bold), Cell.of(entry.getValue().asString(""))));
        table.print(terminal());
        return Exit.OK;
    }

    private int remove(String path, String name) {
        if (words.isEmpty()) throw new Failure(Exit.USAGE, "env rm takes a KEY or more", "concierge env rm " + name + " TOKEN");
        Api api = api();
        List<String> known = api.read(path).properties().stream().map(Map.Entry::getKey).toList();
        Misuse.refuseUnknown(name, words, known);
        for (String key : words) api.delete(path + Api.path(key));
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + name + ": removed " + String.join(", ", words));
        return Exit.OK;
    }

    /** As {@code .env} files are written: blank lines, comments, {@code export} and quotes around a value are let be. */
    private Map<String, String> standardInput() {
        try {
            Map<String, String> pairs = new LinkedHashMap<>();
            int number = 0;
            for (String line : new String(terminal().in().readAllBytes(), StandardCharsets.UTF_8).lines().map(String::strip).toList()) {
                number++;
                if (line.isEmpty() || line.startsWith("#")) continue;
                // The line itself may be a secret: its number says enough.
                Matcher pair = LINE.matcher(line);
                if (!pair.matches()) throw new Failure(Exit.USAGE, "line " + number + ": no variable (expected: KEY=VALUE, KEY of letters, digits and _); nothing was set", "");
                String value = pair.group("value");
                boolean quoted = value.length() > 1 && (value.startsWith("\"") && value.endsWith("\"") || value.startsWith("'") && value.endsWith("'"));
                pairs.put(pair.group("key"), quoted ? value.substring(1, value.length() - 1) : value);
            }
            return pairs;
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot read standard input: " + e.getMessage(), "");
        }
    }

    private static Map<String, String> pairs(List<String> words) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String word : words) {
            int equal = word.indexOf('=');
            if (equal < 1 || !word.substring(0, equal).matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw new Failure(Exit.USAGE, (equal < 1 ? word : word.substring(0, equal)) + ": no variable (expected: KEY=VALUE, KEY of letters, digits and _)", "");
            }
            pairs.put(word.substring(0, equal), word.substring(equal + 1));
        }
        return pairs;
    }
}
