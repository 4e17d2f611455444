package concierge.executor.process;

import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The folder of one instance in one generation: the record, and the facts of its current run, which the
 * shim writes. Each file changes atomically, so a look at any moment, also after a crash of either side,
 * sees one truth. Stateless: reads anew at each call.
 *
 * <p>Runs are numbered; {@code current} names the one that counts. A run is begun by whoever creates
 * {@code run.N}: its shim, or the executor that gives it up. So no run is ever started twice.
 */
record InstanceFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceFolder.class);

    /** In memory on every system, root's, and open to be passed through. */
    private static final Path PASSAGE = Path.of("/run/concierge-secrets");

    private static final String ABANDONED = "abandoned";

    /** The exit code of a run whose end nobody saw: its shim was killed, or the machine went down. As after KILL. */
    static final int UNSEEN_EXIT = 137;

    /** As much of an installation's id as tells it apart from the few that ever used one home. */
    private static final int ID_LENGTH = 6;

    /**
     * A name that no two instances and generations share, nor two installations: after a lost store the next
     * one counts generations from the start again, beside processes that still run. Parts never hold a tilde.
     */
    static String name(InstanceId instance, long generation, String installation) {
        return stem(instance) + "~" + generation + "~" + installation.substring(0, Math.min(ID_LENGTH, installation.length()));
    }

    /** The instance's part of {@link #name}. */
    static String stemOf(String name) {
        return name.replaceFirst("~[0-9]+(~[^~]*)?$", "");
    }

    static String stem(InstanceId instance) {
        return instance.path().replace('/', '~');
    }

    /** The run that counts, as far as it got. */
    sealed interface Run {
        /** No shim has claimed it. */
        record Absent() implements Run {}

        /** A shim has it; the command is about to start. */
        record Starting(Identity shim) implements Run {}

        record Alive(Identity command, Instant started) implements Run {}

        record Ended(int exitCode, Optional<Instant> started) implements Run {}
    }

    Path work() {
        return path.resolve("work");
    }

    /** The files of its secrets, or a link to them; only its user may look in. */
    Path secrets() {
        return path.resolve("secrets");
    }

    /**
     * Where the files of its secrets stand.
     *
     * @param other whether its user is not the server's: a home that is closed to others is closed to that one, too
     */
    Path secretsFor(boolean other) {
        return other ? PASSAGE.resolve(Digest.of(path.toString()).shortHex()) : secrets();
    }

    /** Remembers where, so that they go with the instance. */
    void secretsAreAt(Path place) throws IOException {
        if (place.equals(secrets())) return;
        Files.deleteIfExists(secrets());
        Files.createSymbolicLink(secrets(), place);
    }

    Optional<ProcessRecord> load() {
        return read("record.json").flatMap(text -> {
            try {
                return Optional.of(Json.read(text, ProcessRecord.class));
            } catch (JacksonException e) {
                // Cut by a loss of power, after which nothing of it runs; made anew by the next ensure.
                LOG.warn("unreadable record file={}", path.resolve("record.json"), e);
                return Optional.empty();
            }
        });
    }

    void save(ProcessRecord written) throws IOException {
        write("record.json", Json.write(written));
    }

    void writePrivate(String name, String text) throws IOException {
        write(name, text);
    }

    long current() {
        return read("current").map(text -> Long.parseLong(text.strip())).orElse(0L);
    }

    Run run() {
        return run(current());
    }

    private Run run(long number) {
        Optional<Run> ended = ended(number);
        if (ended.isPresent()) return ended.get();
        Optional<String> claim = read("run." + number);
        if (claim.isEmpty()) return new Run.Absent();
        Optional<Identity> command = command();
        if (command.isPresent() && command.get().alive()) {
            return new Run.Alive(command.get(), modified("command." + number).orElse(Instant.EPOCH));
        }
        Optional<Identity> shim = Identity.parse(claim.get());
        if (shim.isPresent() && shim.get().alive()) {
            // It starts its command, or has just seen its end and is writing that down.
            return ended(number).orElseGet(() -> command.isEmpty()
                    ? new Run.Starting(shim.get())
                    : new Run.Alive(command.get(), modified("command." + number).orElse(Instant.EPOCH)));
        }
        return ended(number).orElseGet(() -> new Run.Ended(UNSEEN_EXIT, modified("command." + number)));
    }

    private Optional<Run> ended(long number) {
        return read("exit." + number)
                .filter(text -> !text.isBlank())
                .map(text -> new Run.Ended(Integer.parseInt(text.strip()), modified("command." + number)));
    }

    Optional<Identity> command() {
        return read("command." + current()).flatMap(Identity::parse);
    }

    Optional<Identity> shim() {
        return read("run." + current()).flatMap(Identity::parse);
    }

    /** Told to the shim before a run: whether somebody will give it input. */
    void takesInput(boolean takes) throws IOException {
        if (takes) write("takes-input", "");
        else Files.deleteIfExists(path.resolve("takes-input"));
    }

    /** The input of the current run. Once: whoever opens it is the one that the command waits for. */
    OutputStream input() throws IOException {
        Path in = path.resolve("in." + current());
        // Opened both ways a pipe never blocks: without that, one whose reader has just ended would for ever.
        try (FileChannel _ = FileChannel.open(in, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel given = FileChannel.open(path.resolve("given." + current()), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            OutputStream input = Files.newOutputStream(in, StandardOpenOption.WRITE);
            given.write(ByteBuffer.wrap(new byte[] {'\n'}));
            return input;
        }
    }

    /** Sees to it that no shim can claim the current run any more; false: one has it already. */
    boolean abandon() throws IOException {
        try {
            Files.writeString(path.resolve("run." + current()), ABANDONED, StandardOpenOption.CREATE_NEW);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** The number of a run that nobody has claimed: the current one, or the next. */
    long nextRun() throws IOException {
        long number = current();
        if (number > 0 && run(number) instanceof Run.Absent) return number;
        write("current", Long.toString(number + 1));
        // Only after that: a late shim of the old run that gets its claim now sees that it is over.
        for (String fact : new String[] {"run.", "command.", "exit.", "out.", "err.", "in.", "given."}) {
            Files.deleteIfExists(path.resolve(fact + number));
        }
        return number + 1;
    }

    void delete() throws IOException {
        if (Files.isSymbolicLink(secrets())) delete(Files.readSymbolicLink(secrets()));
        delete(path);
    }

    /** Removes a folder if it is there, never what a link in it leads to. */
    static void delete(Path path) throws IOException {
        if (!Files.exists(path)) return;
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) return FileVisitResult.CONTINUE;
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void write(String name, String text) throws IOException {
        Path draft = path.resolve(name + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, text);
        Files.move(draft, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Optional<String> read(String name) {
        try {
            return Optional.of(Files.readString(path.resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path.resolve(name), e);
        }
    }

    private Optional<Instant> modified(String name) {
        try {
            return Optional.of(Files.getLastModifiedTime(path.resolve(name)).toInstant());
        } catch (IOException e) {
            // Never written: that run did not get so far.
            return Optional.empty();
        }
    }
}
