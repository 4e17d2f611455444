package concierge.follow;

import concierge.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The last known table in a file: served at a start, and as long as no server says otherwise. */
public record LastTable<T>(Path path, Class<T> type) {
    private static final Logger LOG = LoggerFactory.getLogger(LastTable.class);

    /** Empty: there is none, or none that can be read. */
    public Optional<T> load() {
        try {
            return Optional.of(Json.read(Files.readString(path), type));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            LOG.warn("could not read the last table file={}", path, e);
            return Optional.empty();
        }
    }

    /** Replaces the file as a whole; a disk that is full is told in the log alone. */
    public void save(T table) {
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            Path draft = path.resolveSibling(path.getFileName() + ".new");
            Files.writeString(draft, Json.write(table));
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // What is served now is right all the same.
            LOG.warn("could not keep the table file={}", path, e);
        }
    }
}
