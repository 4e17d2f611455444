package concierge.cli;

import concierge.cli.client.Servers;
import concierge.cli.terminal.Terminal;
import concierge.config.Home;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command finds around it.
 *
 * @param folder where paths on the command line begin
 */
record Context(Terminal terminal, Map<String, String> environment, Path folder, Roles roles) {
    Home home() {
        return Home.of(environment);
    }

    Servers servers() {
        return new Servers(home());
    }
}
