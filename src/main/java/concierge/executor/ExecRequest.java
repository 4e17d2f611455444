package concierge.executor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command to run inside an instance.
 *
 * @param tty a terminal: output is one stream, and sizes matter
 * @param stdin whether input will come
 */
public record ExecRequest(
        List<String> command, Map<String, String> environment, Optional<String> directory, Optional<String> user, boolean tty, boolean stdin, int columns, int rows) {
    public ExecRequest {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}
