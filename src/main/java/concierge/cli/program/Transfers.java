package concierge.cli.program;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.util.List;
import java.util.Map;

/** Has the state brought somewhere, with progress. */
final class Transfers {
    private Transfers() {}

    /** @param done what is said at the end: {@code saved in shop.backup} */
    static int run(Context context, Map<String, String> settings, Roles.Transfer transfer, String done) {
        Configuration configuration = ServerStart.configuration(context, settings);
        Terminal terminal = context.terminal();
        long count;
        try (Live live = new Live(terminal)) {
            count = context.roles().transfer(configuration, transfer, entries -> live.draw(List.of(entries + " entries")));
        } catch (Roles.TransferFailure e) {
            throw new Failure(Exit.FAILED, String.valueOf(e.getMessage()), "");
        }
        terminal.note(terminal.paintError(Ink.green, "✓") + " " + done + " (" + count + " entries)");
        return Exit.OK;
    }
}
