package concierge.cli.command;

import concierge.cli.client.Contexts;
import concierge.cli.client.Servers;
import concierge.cli.terminal.Terminal;
import concierge.config.Home;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a command finds around it.
 *
 * @param folder where paths on the command line begin
 */
public record Context(Terminal terminal, Map<String, String> environment, Path folder, Roles roles) {
    public Home home() {
        return Home.of(environment);
    }

    public Servers servers() {
        return new Servers(home(), Contexts.chosen(home(), environment));
    }

    /** The same, for the installation of that name. */
    public Context in(String name) {
        Map<String, String> other = new HashMap<>(environment);
        other.put(Contexts.VARIABLE, name);
        return new Context(terminal, other, folder, roles);
    }
}
