package concierge.cli.client;

import concierge.json.JsonTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Server-sent events, one after the other (the WHATWG's event stream format). Closing it ends the stream. */
public final class EventStream implements AutoCloseable {
    private final Http.Response response;
    private final boolean looking;
    private final BufferedReader lines;

    /** @param data JSON */
    public record Event(String name, JsonTree data) {}

    /** @param looking whether it only tells what happens: then {@code failed} is its own end, and not that of what it tells */
    EventStream(Http.Response response, boolean looking) {
        this.response = response;
        this.looking = looking;
        this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /**
     * Waits for the next; empty at the end.
     *
     * @throws Failure when the server ended it for a reason: the token was revoked
     */
    public Optional<Event> next() throws IOException {
        Optional<Event> next = read();
        if (looking && next.isPresent() && next.get().name().equals("failed")) throw new Failure(Exit.REFUSED, Problems.of(next.get().data()));
        return next;
    }

    private Optional<Event> read() throws IOException {
        String name = "message";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) return Optional.of(new Event(name, JsonTree.read(data.toString())));
                name = "message";
            } else if (line.startsWith("event:")) {
                name = line.substring(6).strip();
            } else if (line.startsWith("data:")) {
                if (!data.isEmpty()) data.append('\n');
                data.append(line.startsWith("data: ") ? line.substring(6) : line.substring(5));
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        response.close();
    }
}
