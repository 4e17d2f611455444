package concierge.cli.command;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Command lines that cannot be understood, told in our words: what was found, what was expected, the nearest. */
public final class Misuse {
    private Misuse() {}

    public static Failure of(Entry entry, CommandLine.ParameterException e) {
        String help = "concierge " + entry.name() + " --help shows how it is used";
        // What else is missing depends on what was meant.
        Optional<Failure> mistyped = mistyped(entry, e);
        return mistyped.isPresent() ? mistyped.get() : switch (e) {
            case CommandLine.UnmatchedArgumentException unmatched -> unmatched(unmatched.getUnmatched().getFirst(), e, help);
            case CommandLine.MissingParameterException missing -> missing(missing.getMissing(), entry, help);
            case CommandLine.OverwrittenOptionException twice -> new Failure(Exit.USAGE, name(twice.getOverwritten()) + ": given twice (expected: once)", help);
            default -> invalid(e, help);
        };
    }

    /** A word that is none of those that a command knows. */
    public static Failure unknown(String command, String word, String what, List<String> known) {
        String expected = String.join(", ", known.subList(0, known.size() - 1)) + (known.size() > 1 ? " or " : "") + known.getLast();
        String near = Names.nearest(word, known).map(name -> "did you mean " + name + "?").orElse("");
        return new Failure(Exit.USAGE, command + " " + word + ": no such " + what + " (expected: " + expected + ")", near);
    }

    /** Words after an action that takes none: what is ignored may have been the point. */
    public static void refuseWords(String command, List<String> words) {
        if (words.isEmpty()) return;
        throw new Failure(Exit.USAGE, command + ": " + words.getFirst() + " is unexpected (expected: nothing after it)",
                "concierge " + command.split(" ")[0] + " --help shows how it is used");
    }

    /** All of some names, or none: whoever removes by name gets what was meant. */
    public static void refuseUnknown(String owner, List<String> names, List<String> known) {
        for (String name : names) {
            if (known.contains(name)) continue;
            throw new Failure(Exit.REFUSED, owner + " has no " + name + "; nothing was removed", Names.nearest(name, known).map(near -> "did you mean " + near + "?").orElse(""));
        }
    }

    /** A first word that has to be one of some, and is none of them. */
    private static Optional<Failure> mistyped(Entry entry, CommandLine.ParameterException e) {
        for (PositionalParamSpec parameter : e.getCommandLine().getCommandSpec().positionalParameters()) {
            List<String> words = List.of(parameter.paramLabel().split("\\|"));
            // FOLDER|FILE are kinds of words, start|stop the words themselves.
            boolean chosen = words.size() > 1 && words.stream().allMatch(word -> word.equals(word.toLowerCase(Locale.ROOT))) && parameter.index().contains(0);
            if (chosen && parameter.getValue() instanceof String word && !word.isEmpty() && !words.contains(word)) {
                return Optional.of(unknown(entry.name(), word, "action", words));
            }
        }
        return Optional.empty();
    }

    private static Failure unmatched(String word, CommandLine.ParameterException e, String help) {
        if (!word.startsWith("-")) return new Failure(Exit.USAGE, "unexpected: " + word, help);
        List<String> options = new ArrayList<>();
        e.getCommandLine().getCommandSpec().options().forEach(option -> options.addAll(Arrays.asList(option.names())));
        String near = Names.nearest(word.replaceFirst("=.*", ""), options).map(name -> "did you mean " + name + "? ").orElse("");
        return new Failure(Exit.USAGE, "no such option: " + word, near + help);
    }

    private static Failure missing(List<ArgSpec> missing, Entry entry, String help) {
        if (missing.size() == 1 && missing.getFirst() instanceof OptionSpec option) {
            return new Failure(Exit.USAGE, name(option) + ": no value (expected: " + name(option) + " " + option.paramLabel() + ")", help);
        }
        String labels = missing.stream().map(ArgSpec::paramLabel).collect(Collectors.joining(" and "));
        return new Failure(Exit.USAGE, "no " + labels + " (expected: concierge " + entry.name() + " " + entry.usage() + ")", help);
    }

    private static Failure invalid(CommandLine.ParameterException e, String help) {
        ArgSpec argument = e.getArgSpec();
        if (argument == null) return new Failure(Exit.USAGE, String.valueOf(e.getMessage()), help);
        Class<?> type = argument.type();
        String expected = type == int.class || type == Integer.class ? "a whole number" : argument.paramLabel();
        return new Failure(Exit.USAGE, name(argument) + ": " + e.getValue() + " (expected: " + expected + ")", help);
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }
}
