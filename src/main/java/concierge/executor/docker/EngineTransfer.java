package concierge.executor.docker;

import concierge.executor.BulkInput;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageTransfer.Image;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/** Images from engine to engine by {@code save} and {@code load}. Thread-safe. */
final class EngineTransfer {
    /** Images of several gigabytes, from a slow disk. */
    private static final Duration SAVE_LIMIT = Duration.ofMinutes(10);

    /** The same over a slow line. */
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(30);

    /** Left free on a disk: those who run there need some, too. */
    private static final long MARGIN = 256L << 20;

    /** Images whose layers are remembered: a host has some hundreds. They are a kilobyte each, and never change. */
    private static final int REMEMBERED = 5_000;

    private final Engine engine;
    private final Path spool;
    private final Map<String, List<String>> layers = new ConcurrentHashMap<>();

    /** @param spool a folder, made if need be, on whose disk an image that is given stands for a while */
    EngineTransfer(Engine engine, Path spool) {
        this.engine = engine;
        this.spool = spool;
    }

    Optional<Image> describe(String reference) {
        Reply reply = engine.get("/images/" + Engine.encode(reference) + "/json");
        if (reply.notFound()) return Optional.empty();
        JsonNode image = reply.orFail("cannot look at the image " + reference).json();
        return Optional.of(new Image(image.path("Id").asString(), ImageContent.of(image), ImageContent.layers(image), image.path("Size").asLong(0)));
    }

    /** containerd's keeps layers as they are packed, and would give on what it has never got. */
    static boolean wantsAllLayers(JsonNode info) {
        for (JsonNode fact : info.path("DriverStatus")) {
            if (fact.path(0).asString("").equals("driver-type") && fact.path(1).asString("").startsWith("io.containerd.snapshotter")) return true;
        }
        return false;
    }

    int known(List<String> wanted) {
        if (wantsAllLayers(engine.get("/info").orFail("cannot ask the engine how it keeps images").json())) return 0;
        List<String> ids = new ArrayList<>();
        engine.get("/images/json").orFail("cannot list the images").json().forEach(image -> ids.add(image.path("Id").asString("")));
        if (layers.size() > REMEMBERED) layers.clear();
        new ParallelCalls<String, Optional<Image>>(this::describe)
                .over(ids.stream().filter(id -> !layers.containsKey(id)).toList())
                .forEach(found -> found.ifPresent(image -> layers.put(image.id(), image.layers())));
        return ids.stream().mapToInt(id -> common(wanted, layers.getOrDefault(id, List.of()))).max().orElse(0);
    }

    private static int common(List<String> a, List<String> b) {
        int count = 0;
        while (count < Math.min(a.size(), b.size()) && a.get(count).equals(b.get(count))) count++;
        return count;
    }

    void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
        Image image = describe(reference).orElseThrow(() -> new ExecutorException(Kind.imageMissing, "image: " + reference + " is not on this engine"));
        Files.createDirectories(spool);
        long free = Files.getFileStore(spool).getUsableSpace();
        if (free < image.bytes() + MARGIN) {
            throw new ExecutorException(Kind.exhausted, "image " + reference + " needs " + mebibytes(image.bytes() + MARGIN) + " in " + spool
                    + " to be handed on (found: " + mebibytes(free) + " free)");
        }
        Path name = Files.createTempFile(spool, "image", ".tar");
        try (FileChannel file = FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // Whatever becomes of this process, the space is given back.
            Files.delete(name);
            save(reference, file);
            new ImageArchive(file, without).write(size, to);
        }
    }

    private void save(String reference, FileChannel file) {
        engine.within(SAVE_LIMIT, "save " + reference, () -> {
            try (Engine.Open open = engine.open("GET", "/images/" + Engine.encode(reference) + "/get", Map.of(), null)) {
                if (open.status() >= 400) open.refusal().orFail("cannot save " + reference);
                return open.body().transferTo(Channels.newOutputStream(file));
            }
        });
    }

    void take(String reference, InputStream tar, long size) throws IOException {
        requireRoom(reference, size);
        IOException[] broken = new IOException[1];
        InputStream noticed = new NoticingInput(tar, broken);
        try {
            Optional<String> error = engine.within(LOAD_LIMIT, "load " + reference, () -> {
                try (Engine.Open open = engine.open("POST", "/images/load?quiet=1", Map.of("Content-Type", "application/x-tar"), noticed)) {
                    if (open.status() >= 400) return Optional.of(open.refusal().message());
                    return ImageStream.transfer(open.body(), _ -> {}).error();
                }
            });
            if (error.isPresent()) throw new ExecutorException(error.get().contains("no space left") ? Kind.exhausted : Kind.other, "cannot load " + reference + ": " + error.get());
        } catch (ExecutorException e) {
            // The engine is not to blame for a source that broke off.
            if (broken[0] != null) throw broken[0];
            throw e;
        }
    }

    /** An engine unpacks a tar before it takes over what is in it: twice the size, for a moment. */
    private void requireRoom(String reference, long size) throws IOException {
        if (!engine.address().isLocal()) return;
        Path root = Path.of(engine.get("/info").orFail("cannot ask the engine where it keeps images").json().path("DockerRootDir").asString("/"));
        if (!Files.isDirectory(root)) return;
        long free = Files.getFileStore(root).getUsableSpace();
        if (free >= 2 * size + MARGIN) return;
        throw new ExecutorException(Kind.exhausted, "image " + reference + " needs " + mebibytes(2 * size + MARGIN) + " on the disk of " + root + " (found: " + mebibytes(free) + " free)");
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    /** Remembers what its source failed with. */
    private static final class NoticingInput extends BulkInput {
        private final InputStream source;
        private final IOException[] broken;

        NoticingInput(InputStream source, IOException[] broken) {
            this.source = source;
            this.broken = broken;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return source.read(bytes, offset, length);
            } catch (IOException e) {
                broken[0] = e;
                throw e;
            }
        }
    }
}
