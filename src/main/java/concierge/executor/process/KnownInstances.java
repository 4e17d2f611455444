package concierge.executor.process;

import concierge.executor.ExecutorException;
import concierge.model.InstanceId;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The instances in the folder that are this installation's. The folder is the truth; a record that was read
 * is kept as long as its file is the same one, since records are replaced and never changed. Thread-safe.
 */
final class KnownInstances {
    private final Path folder;
    private final String installation;
    private final Map<Path, Read> read = new ConcurrentHashMap<>();

    /** @param key the file's own, new for each file that takes the place */
    private record Read(@Nullable Object key, FileTime modified, ProcessRecord made) {}

    KnownInstances(Path folder, String installation) {
        this.folder = folder;
        this.installation = installation;
    }

    Optional<Known> in(Path path) {
        return record(path)
                .filter(made -> made.installation().equals(installation))
                .map(made -> new Known(InstanceId.parse(made.instance()), made, new InstanceFolder(path)));
    }

    private Optional<ProcessRecord> record(Path path) {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(path.resolve("record.json"), BasicFileAttributes.class);
        } catch (IOException _) {
            // Not made yet, or removed.
            read.remove(path);
            return Optional.empty();
        }
        Read known = read.get(path);
        if (known != null && now.lastModifiedTime().equals(known.modified()) && Objects.equals(now.fileKey(), known.key())) {
            return Optional.of(known.made());
        }
        Optional<ProcessRecord> made = new InstanceFolder(path).load();
        made.ifPresent(it -> read.put(path, new Read(now.fileKey(), now.lastModifiedTime(), it)));
        return made;
    }

    /** Its newest generation. */
    Optional<Known> find(InstanceId instance) {
        String stem = InstanceFolder.stem(instance) + "~";
        return all(name -> name.startsWith(stem)).stream().max(Comparator.comparingLong(known -> known.made().generation()));
    }

    List<Known> all() {
        return all(_ -> true);
    }

    private List<Known> all(Predicate<String> wanted) {
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(path -> wanted.test(path.getFileName().toString()))
                    .sorted()
                    .flatMap(path -> in(path).stream())
                    .toList();
        } catch (NoSuchFileException e) {
            throw new ExecutorException(ExecutorException.Kind.unavailable,
                    "the folder of its records is gone: " + folder + " (expected: there as long as anything runs); bring it back, or start the agent again with an empty one", e);
        } catch (IOException e) {
            String cause = e instanceof FileSystemException named && named.getReason() != null ? named.getReason() : e.getClass().getSimpleName();
            throw new ExecutorException(ExecutorException.Kind.unavailable,
                    "the folder of its records cannot be listed: " + folder + " (" + cause + "); make it readable for the user of the agent", e);
        }
    }

    /** The field's name of it, with a piece of our id behind where another installation has that instance here too. */
    String nameOf(InstanceId instance) throws IOException {
        String stem = InstanceFolder.stem(instance) + "~";
        try (Stream<Path> folders = Files.list(folder)) {
            boolean taken = folders.filter(path -> path.getFileName().toString().startsWith(stem))
                    .flatMap(path -> record(path).stream())
                    .anyMatch(other -> !other.installation().equals(installation));
            return instance.containerName() + (taken ? "-" + installation.substring(0, Math.min(6, installation.length())) : "");
        }
    }

    /** The host ports of all others, and whose they are; also of what has ended: it will be started again with the same ones. */
    Map<Integer, String> portsBeside(InstanceId instance) {
        Map<Integer, String> promised = new HashMap<>();
        for (Known other : all()) {
            if (other.instance().equals(instance)) continue;
            other.made().ports().values().forEach(port -> promised.put(port, other.made().instance()));
        }
        return promised;
    }
}
