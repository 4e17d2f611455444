package concierge.state;

import concierge.json.Json;
import concierge.store.Entry;
import concierge.store.StoreException;
import concierge.store.Value;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import tools.jackson.core.JacksonException;

/**
 * A snapshot in a file: UTF-8 lines of JSON. The first is {@code {"concierge":"backup","format":1}}, the
 * last {@code {"digest":"<count> entries, <hex>"}}; between them an entry each, in key order: {@code
 * {"created":12,"key":"/run/…","text":"n1"}}, with {@code "bytes"} (base64) instead of {@code "text"} when
 * the value is not text. The digest is the sum, modulo 2^256, of the SHA-256 of every key, a NUL and value.
 */
public final class Backup implements Snapshot {
    /** The form described above. */
    public static final int FORMAT = 1;

    private final Path file;

    private Backup(Path file) {
        this.file = file;
    }

    /**
     * Writes a new file, readable by its owner only; it appears whole or not at all.
     *
     * @return how many entries it holds
     * @throws StoreException when there is a file of that name, or it cannot be written
     */
    public static long write(Path file, Snapshot snapshot, LongConsumer progress) {
        if (Files.exists(file)) throw new StoreException(file + ": exists (expected: a new file)");
        Path draft = Path.of(file + ".part");
        try {
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Fingerprint digest = new Fingerprint();
            try (BufferedWriter out = new BufferedWriter(
                    new OutputStreamWriter(Files.newOutputStream(draft, StandardOpenOption.WRITE, StandardOpenOption.SYNC), StandardCharsets.UTF_8), 1 << 16)) {
                line(out, Map.of("concierge", "backup", "format", FORMAT));
                snapshot.each(entry -> {
                    digest.add(entry.key(), entry.value());
                    line(out, fields(entry));
                    if (digest.count() % 1_000 == 0) progress.accept(digest.count());
                });
                line(out, Map.of("digest", digest.toString()));
            }
            Files.move(draft, file);
            progress.accept(digest.count());
            return digest.count();
        } catch (UncheckedIOException | IOException e) {
            throw new StoreException(file + ": " + e.getMessage() + " (expected: a folder that can be written, with room)", e);
        }
    }

    private static Map<String, Object> fields(Entry entry) {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("key", entry.key());
        fields.put("created", entry.created());
        String text = entry.value().text();
        if (Value.of(text).equals(entry.value())) fields.put("text", text);
        else fields.put("bytes", Base64.getEncoder().encodeToString(entry.value().bytes()));
        return fields;
    }

    private static void line(BufferedWriter out, Map<String, ?> fields) {
        try {
            out.write(Json.write(fields));
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens a file after having read all of it.
     *
     * @throws StoreException when it is no backup, of a newer format, cut off or changed
     */
    public static Backup open(Path file) {
        Backup backup = new Backup(file);
        Fingerprint digest = new Fingerprint();
        backup.each(entry -> digest.add(entry.key(), entry.value()));
        String said = backup.end();
        if (!said.equals(digest.toString())) throw backup.damaged("it holds " + digest + ", and says " + said);
        return backup;
    }

    @Override
    public void each(Consumer<Entry> sink) {
        read(sink);
    }

    private String end() {
        return read(_ -> {});
    }

    /** The digest that its end tells. */
    private String read(Consumer<Entry> sink) {
        AtomicLong number = new AtomicLong(1);
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            requireFormat(in.readLine());
            for (String text = in.readLine(); text != null; text = in.readLine()) {
                number.incrementAndGet();
                Map<?, ?> fields = Json.read(text, Map.class);
                if (fields.get("digest") instanceof String digest) {
                    if (in.readLine() != null) throw damaged("something follows its end");
                    return digest;
                }
                sink.accept(entry(fields, number.get()));
            }
            throw damaged("its end is missing");
        } catch (IOException e) {
            throw new StoreException(file + ": " + (Files.exists(file) ? e.toString() : "no such file") + " (expected: a file of concierge backup)", e);
        } catch (JacksonException e) {
            throw damaged("line " + number + " is no JSON");
        }
    }

    private void requireFormat(String head) {
        Map<?, ?> fields;
        try {
            fields = head == null ? Map.of() : Json.read(head, Map.class);
        } catch (JacksonException _) {
            fields = Map.of();
        }
        if (!"backup".equals(fields.get("concierge")) || !(fields.get("format") instanceof Integer format)) {
            throw new StoreException(file + ": not a backup (expected: a file of concierge backup)");
        }
        if (format > FORMAT) {
            throw new StoreException(file + ": format " + format + " (expected: at most " + FORMAT + "; use the newer version that wrote it)");
        }
    }

    private Entry entry(Map<?, ?> fields, long number) {
        if (!(fields.get("key") instanceof String key) || !(fields.get("created") instanceof Number created)) throw damaged("line " + number + " is no entry");
        if (fields.get("text") instanceof String text) return new Entry(key, Value.of(text), created.longValue(), created.longValue());
        if (!(fields.get("bytes") instanceof String bytes)) throw damaged("line " + number + " has no value");
        try {
            return new Entry(key, Value.of(Base64.getDecoder().decode(bytes)), created.longValue(), created.longValue());
        } catch (IllegalArgumentException _) {
            throw damaged("line " + number + " has no value");
        }
    }

    private StoreException damaged(String how) {
        return new StoreException(file + ": damaged: " + how + " (expected: what concierge backup wrote; take another copy of it)");
    }
}
