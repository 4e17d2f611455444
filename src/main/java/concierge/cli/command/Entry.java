package concierge.cli.command;

import java.util.List;
import java.util.function.Function;

/**
 * A command as people find it: in the help, in completions, and when it is misused.
 *
 * @param group heading it stands under in the help
 * @param usage what follows the name
 * @param examples command lines with a comment after two blanks
 * @param maker called only for the command that is run
 */
public record Entry(String name, String group, String usage, String summary, List<String> examples, Function<Context, Command> maker) {}
