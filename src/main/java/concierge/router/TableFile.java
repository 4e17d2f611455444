package concierge.router;

import concierge.json.Json;
import concierge.model.RouteTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The last known table, {@code router/routes.json}: served at a start, and as long as no server says otherwise. */
record TableFile(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(TableFile.class);

    Optional<RouteTable> load() {
        try {
            return Optional.of(Json.read(Files.readString(path), RouteTable.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            LOG.warn("could not read the last routes file={}", path, e);
            return Optional.empty();
        }
    }

    void save(RouteTable table) {
        try {
            Path draft = path.resolveSibling(path.getFileName() + ".new");
            Files.writeString(draft, Json.write(table));
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // A full disk: what is served now is right all the same.
            LOG.warn("could not keep the routes file={}", path, e);
        }
    }
}
