package concierge.executor.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads one stream's segments in order, and goes on where it stopped when more is there. One thread. */
final class OutputCursor implements AutoCloseable {
    private final Path folder;
    private final String stream;
    private final boolean error;
    private final byte[] buffer = new byte[64 * 1024];
    private final java.io.ByteArrayOutputStream partial = new java.io.ByteArrayOutputStream();
    private int start;
    private int end;
    private long segment;
    private @Nullable InputStream input;
    private @Nullable OutputLine peeked;
    private Instant before = Instant.EPOCH;

    OutputCursor(Path folder, String stream, boolean error) {
        this.folder = folder;
        this.stream = stream;
        this.error = error;
    }

    Optional<OutputLine> take() throws IOException {
        Optional<OutputLine> line = peek();
        peeked = null;
        return line;
    }

    /** Empty: nothing more now. */
    Optional<OutputLine> peek() throws IOException {
        if (peeked == null) {
            Optional<String> text = line();
            if (text.isEmpty()) return Optional.empty();
            peeked = OutputLine.parse(text.get(), error, before);
            before = peeked.at();
        }
        return Optional.of(peeked);
    }

    private Optional<String> line() throws IOException {
        while (true) {
            for (int i = start; i < end; i++) {
                if (buffer[i] == '\n') {
                    partial.write(buffer, start, i - start);
                    start = i + 1;
                    return Optional.of(flush());
                }
            }
            partial.write(buffer, start, end - start);
            start = end;
            if (!fill()) {
                // In this order: a segment is complete once the next one exists, and then is read once more.
                OptionalLong next = nextSegment();
                if (fill()) continue;
                if (next.isEmpty()) return Optional.empty();
                open(next.getAsLong());
                if (partial.size() > 0) return Optional.of(flush());
            }
        }
    }

    private String flush() {
        String text = partial.toString(StandardCharsets.UTF_8);
        partial.reset();
        return text;
    }

    private boolean fill() throws IOException {
        if (input == null) return false;
        start = 0;
        end = Math.max(0, input.read(buffer));
        return end > 0;
    }

    private OptionalLong nextSegment() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(stream + "."))
                    .map(name -> name.substring(stream.length() + 1))
                    .filter(number -> number.matches("[0-9]{1,18}"))
                    .mapToLong(Long::parseLong)
                    .filter(number -> number > segment)
                    .min();
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    private void open(long next) throws IOException {
        close();
        segment = next;
        try {
            input = Files.newInputStream(folder.resolve(stream + "." + next));
        } catch (NoSuchFileException e) {
            // Rotated away between the listing and now; the next look finds the one after it.
            input = null;
        }
    }

    @Override
    public void close() throws IOException {
        if (input != null) input.close();
        input = null;
    }
}
