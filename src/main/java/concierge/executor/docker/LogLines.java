package concierge.executor.docker;

import concierge.executor.Executor.LogSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Cuts the engine's output stream, asked for with timestamps, into lines. */
public final class LogLines {
    /** A longer line is handed on in pieces. */
    private static final int LINE_LIMIT = 64 << 10;

    private final LogSink sink;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private boolean wanted = true;

    private LogLines(LogSink sink) {
        this.sink = sink;
    }

    /**
     * @param tty whether the container has a terminal: then the stream has no frames
     * @return false when the sink has enough
     */
    public static boolean read(InputStream stream, boolean tty, LogSink sink) throws IOException {
        LogLines lines = new LogLines(sink);
        if (tty) {
            byte[] buffer = new byte[16 << 10];
            for (int count; lines.wanted && (count = stream.read(buffer)) >= 0; ) lines.add(false, buffer, count);
        } else {
            Frames.read(stream, (error, content) -> lines.add(error, content, content.length));
        }
        lines.finish(lines.output, false);
        lines.finish(lines.errors, true);
        return lines.wanted;
    }

    private boolean add(boolean error, byte[] content, int count) {
        ByteArrayOutputStream line = error ? errors : output;
        for (int i = 0; i < count && wanted; i++) {
            if (content[i] == '\n' || line.size() == LINE_LIMIT) finish(line, error);
            if (content[i] != '\n') line.write(content[i]);
        }
        return wanted;
    }

    private void finish(ByteArrayOutputStream bytes, boolean error) {
        if (bytes.size() == 0 || !wanted) return;
        String line = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        int space = line.indexOf(' ');
        Instant at = space < 0 ? Instant.EPOCH : time(line.substring(0, space));
        String text = at.equals(Instant.EPOCH) ? line : line.substring(space + 1);
        wanted = sink.line(at, error, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }

    /** The second piece of a long line has no time of its own. */
    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            return Instant.EPOCH;
        }
    }
}
