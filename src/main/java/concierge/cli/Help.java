package concierge.cli;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Entry;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Help texts: the list of commands, and a page a command with examples. */
final class Help {
    private static final int NAMES = 13;

    private Help() {}

    /** The parser of one command. */
    static CommandLine line(Entry entry, Command command) {
        CommandLine line = new CommandLine(command);
        line.getCommandSpec().name("concierge " + entry.name());
        // What follows the first word of exec and run belongs to the command in there.
        boolean passesOn = entry.name().equals("exec") || entry.name().equals("run");
        return line.setPosixClusteredShortOptionsAllowed(true).setStopAtPositional(passesOn);
    }

    static String all(Terminal terminal) {
        StringBuilder out = new StringBuilder("Concierge keeps containers running: a stack from one file, with one command.\n\n");
        out.append(Cli.heading(terminal, "Usage:")).append(" concierge COMMAND [OPTIONS] [ARGUMENTS]\n");
        String group = "";
        for (Entry entry : Catalog.ENTRIES) {
            if (!entry.group().equals(group)) {
                group = entry.group();
                out.append('\n').append(Cli.heading(terminal, group)).append('\n');
            }
            out.append("  ").append(terminal.paint(Ink.cyan, Cells.padded(entry.name(), NAMES))).append(entry.summary()).append('\n');
        }
        out.append('\n').append(Cli.heading(terminal, "Begin with")).append('\n');
        out.append("  concierge up examples/hello\n");
        out.append("\nconcierge COMMAND --help tells more. Beside a viking.yml, STACK may be left out.\n");
        return out.toString();
    }

    static String of(Entry entry, CommandLine line, Terminal terminal) {
        StringBuilder out = new StringBuilder(sentence(entry.summary())).append("\n\n");
        out.append(Cli.heading(terminal, "Usage:")).append(" concierge ").append(entry.name());
        out.append(entry.usage().isEmpty() ? "" : " " + entry.usage()).append("\n\n");
        CommandSpec spec = line.getCommandSpec();
        List<String[]> rows = new ArrayList<>();
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) rows.add(new String[] {parameter.paramLabel(), String.join(" ", parameter.description())});
        }
        section(out, "Arguments", rows, terminal);
        rows.clear();
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) rows.add(new String[] {names(option), String.join(" ", option.description())});
        }
        section(out, "Options", rows, terminal);
        rows.clear();
        for (String example : entry.examples()) {
            int comment = example.indexOf("  ");
            rows.add(comment < 0 ? new String[] {example, ""} : new String[] {example.substring(0, comment), example.substring(comment + 2)});
        }
        section(out, "Examples", rows, terminal);
        return out.toString().stripTrailing() + "\n";
    }

    /** The options of a command, for completion. */
    static List<String> options(Entry entry, Context context) {
        List<String> names = new ArrayList<>();
        for (OptionSpec option : line(entry, entry.maker().apply(context)).getCommandSpec().options()) {
            if (!option.hidden()) names.add(option.longestName());
        }
        return names;
    }

    private static void section(StringBuilder out, String heading, List<String[]> rows, Terminal terminal) {
        if (rows.isEmpty()) return;
        int width = 0;
        for (String[] row : rows) width = Math.max(width, Cells.width(row[0]));
        out.append(Cli.heading(terminal, heading)).append('\n');
        for (String[] row : rows) {
            String left = terminal.paint(Ink.cyan, Cells.padded(row[0], width));
            out.append(("  " + left + "  " + row[1]).stripTrailing()).append('\n');
        }
        out.append('\n');
    }

    private static String names(OptionSpec option) {
        List<String> names = new ArrayList<>(List.of(option.names()));
        names.sort(java.util.Comparator.comparingInt(String::length));
        String joined = (names.getFirst().startsWith("--") ? "    " : "") + String.join(", ", names);
        return option.arity().max() == 0 ? joined : joined + " " + option.paramLabel();
    }

    private static String sentence(String summary) {
        return Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".";
    }
}
