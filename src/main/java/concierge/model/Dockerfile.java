package concierge.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a Dockerfile, read just so far that its parents are known. Everything else in it is the
 * engine's business and survives untouched.
 *
 * @param text as written
 * @param instructions in order, without comments and parser directives
 */
public record Dockerfile(String text, List<Instruction> instructions) {
    /** What Docker knows; {@code MAINTAINER} is obsolete and still read. */
    public static final List<String> KNOWN = List.of(
            "FROM", "ARG", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME",
            "USER", "WORKDIR", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL");

    private static final Pattern VARIABLE = Pattern.compile("\\$(?:([A-Za-z_]\\w*)|\\{([A-Za-z_]\\w*)(?::?-([^}]*))?})");
    private static final Pattern FROM = Pattern.compile("(?i)((?:--\\S+\\s+)*)(\\S+)(?:\\s+AS\\s+(\\S+))?\\s*");

    /**
     * @param keyword upper case
     * @param arguments what follows it, continued lines joined, comments between them dropped; no heredoc bodies
     * @param line its first line and {@code end}, the line after its last one; counted from 0
     */
    public record Instruction(String keyword, String arguments, int line, int end) {}

    /**
     * One {@code FROM}.
     *
     * @param written as it stands in the file
     * @param image with the defaults of the {@code ARG}s before it filled in
     * @param stage its {@code AS} name; empty: none
     * @param wellFormed image, perhaps flags before it and {@code AS name} after it, and nothing else
     */
    public record From(String written, String image, Optional<String> stage, boolean wellFormed, Instruction instruction) {}

    public Dockerfile {
        instructions = List.copyOf(instructions);
    }

    public static Dockerfile parse(String text) {
        return new Dockerfile(text, new DockerfileReader(text).instructions());
    }

    /** Every stage's beginning, in order. */
    public List<From> froms() {
        List<From> froms = new ArrayList<>();
        Map<String, String> defaults = new HashMap<>();
        for (Instruction instruction : instructions) {
            if (instruction.keyword().equals("ARG") && froms.isEmpty()) readDefaults(instruction.arguments(), defaults);
            if (!instruction.keyword().equals("FROM")) continue;
            Matcher matcher = FROM.matcher(instruction.arguments());
            if (matcher.matches()) {
                String written = matcher.group(2);
                froms.add(new From(written, expand(written, defaults), Optional.ofNullable(matcher.group(3)), true, instruction));
            } else {
                froms.add(new From(instruction.arguments(), instruction.arguments(), Optional.empty(), false, instruction));
            }
        }
        return froms;
    }

    /** The built images it inherits from, each once, in order. */
    public List<ImageName> parents() {
        return froms().stream().flatMap(from -> ImageName.parse(from.image()).stream()).distinct().toList();
    }

    /**
     * Whether its result can depend on the build context. Unsure counts as yes, with one exception: a foreign
     * base image can carry {@code ONBUILD} triggers; only those that say so in their name are suspected.
     */
    public boolean usesContext() {
        return usesContextItself() || froms().stream().anyMatch(from -> from.image().contains("onbuild"));
    }

    /** Whether an image that inherits from it may read the context by its {@code ONBUILD} instructions. */
    public boolean triggersContext() {
        return instructions.stream().anyMatch(instruction -> instruction.keyword().equals("ONBUILD"));
    }

    private boolean usesContextItself() {
        for (Instruction instruction : instructions) {
            String arguments = instruction.arguments();
            boolean uses = switch (instruction.keyword()) {
                case "COPY" -> !arguments.matches("(?is)(--\\S+\\s+)*--from=.*");
                case "ADD" -> true;
                case "RUN" -> arguments.contains("--mount");
                default -> false;
            };
            if (uses) return true;
        }
        return false;
    }

    /** The text with {@code FROM viking:…} naming the references that stand for them; all else is as it was. */
    public String withParents(Function<ImageName, String> references) {
        String[] lines = text.split("\n", -1);
        for (From from : froms()) {
            Optional<ImageName> parent = ImageName.parse(from.image());
            if (parent.isEmpty()) continue;
            Pattern token = Pattern.compile("(?<=^|\\s)" + Pattern.quote(from.written()) + "(?=\\s|$)");
            for (int i = from.instruction().line(); i < from.instruction().end(); i++) {
                Matcher matcher = token.matcher(lines[i]);
                if (!matcher.find() || lines[i].stripLeading().startsWith("#")) continue;
                lines[i] = lines[i].substring(0, matcher.start()) + references.apply(parent.get()) + lines[i].substring(matcher.end());
                break;
            }
        }
        return String.join("\n", lines);
    }

    private static void readDefaults(String arguments, Map<String, String> defaults) {
        for (String argument : arguments.split("\\s+")) {
            int equals = argument.indexOf('=');
            if (equals > 0) defaults.put(argument.substring(0, equals), expand(unquoted(argument.substring(equals + 1)), defaults));
        }
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() > 1 && "\"'".indexOf(value.charAt(0)) >= 0 && value.endsWith(value.substring(0, 1));
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    private static String expand(String text, Map<String, String> values) {
        return VARIABLE.matcher(text).replaceAll(match -> {
            String name = match.group(1) != null ? match.group(1) : match.group(2);
            String fallback = match.group(3) != null ? match.group(3) : "";
            return Matcher.quoteReplacement(values.getOrDefault(name, fallback));
        });
    }
}
