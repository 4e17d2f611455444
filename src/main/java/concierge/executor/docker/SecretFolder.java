package concierge.executor.docker;

import concierge.model.Secret;
import concierge.model.SecretFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Puts a container's secrets into its {@code /run/secrets} before it starts. That folder is an anonymous volume of
 * the container: it goes with it, no image made of the container holds it, and it may be filled where the root file
 * system is read-only or {@code /run} is in memory. Nothing of it shows in the container's description.
 */
final class SecretFolder {
    /** Readable by the one user that is known to run the program. */
    private static final int OWNER_ONLY = 0400;

    /**
     * Where the container begins as root and nothing says who reads: the official images of databases become
     * somebody else first. It is their container alone, as with Docker Swarm.
     */
    private static final int ANYBODY_INSIDE = 0444;

    /** A file of a thousand users is a twentieth of that; more is not read. */
    private static final int LONGEST_PASSWD = 1 << 20;

    private final Engine engine;
    private final Containers containers;

    SecretFolder(Engine engine, Containers containers) {
        this.engine = engine;
        this.containers = containers;
    }

    /** The mount that makes the folder. */
    static Map<String, Object> mount(Map<String, String> labels) {
        return Map.of("Type", "volume", "Target", SecretFile.FOLDER, "VolumeOptions", Map.of("NoCopy", true, "Labels", labels));
    }

    /** @param known whether it is certain that this user reads them */
    private record Owner(long user, long group, boolean known) {
        static final Owner UNKNOWN = new Owner(0, 0, false);
    }

    /** Writes them into a container that was created and has not started; doing it again is harmless. */
    void fill(String container, List<SecretFile> files, List<Secret> values) {
        if (files.isEmpty()) return;
        byte[] tar = tar(files, values, owner(container));
        String path = "/containers/" + container + "/archive?path=" + Engine.encode(SecretFile.FOLDER);
        engine.within(Engine.CALL_LIMIT, "writing of secrets", () -> {
            try (Engine.Open open = engine.open("PUT", path, Map.of("Content-Type", "application/x-tar"), new ByteArrayInputStream(tar))) {
                if (open.status() >= 400) throw Refusals.of("cannot write the secrets", open.refusal());
                return open.status();
            }
        });
    }

    private static byte[] tar(List<SecretFile> files, List<Secret> values, Owner owner) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (int i = 0; i < files.size(); i++) {
                byte[] value = values.get(i).reveal();
                TarArchiveEntry entry = new TarArchiveEntry(files.get(i).target());
                entry.setMode(files.get(i).mode().orElse(owner.known() ? OWNER_ONLY : ANYBODY_INSIDE));
                entry.setUserId(owner.user());
                entry.setGroupId(owner.group());
                entry.setSize(value.length);
                tar.putArchiveEntry(entry);
                tar.write(value);
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    /** Of the user that the service or its image names: {@code 1000}, {@code 1000:1000}, {@code node}, {@code node:staff}. */
    private Owner owner(String container) {
        String user = containers.describe(container).map(it -> it.at("/Config/User").asString("")).orElse("");
        if (user.isEmpty()) return Owner.UNKNOWN;
        String[] parts = user.split(":", 2);
        Optional<String[]> account = line(container, "/etc/passwd", parts[0]);
        Optional<Long> uid = number(parts[0]).or(() -> account.flatMap(fields -> number(fields[2])));
        if (uid.isEmpty()) return Owner.UNKNOWN;
        Optional<Long> gid = parts.length == 2
                ? number(parts[1]).or(() -> line(container, "/etc/group", parts[1]).flatMap(fields -> number(fields[2])))
                : account.filter(fields -> fields.length > 3).flatMap(fields -> number(fields[3]));
        return new Owner(uid.get(), gid.orElse(0L), true);
    }

    /** The line of a user or group, by its name or number. */
    private Optional<String[]> line(String container, String file, String name) {
        return text(container, file).lines().map(line -> line.split(":"))
                .filter(fields -> fields.length > 2 && (fields[0].equals(name) || fields[2].equals(name)))
                .findFirst();
    }

    private static Optional<Long> number(String text) {
        return text.matches("\\d{1,10}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }

    /** A file of the container; empty where there is none. */
    private String text(String container, String file) {
        String path = "/containers/" + container + "/archive?path=" + Engine.encode(file);
        return engine.within(Engine.CALL_LIMIT, "reading of " + file, () -> {
            try (Engine.Open open = engine.open("GET", path, Map.of(), null)) {
                if (open.status() == 404) return "";
                if (open.status() >= 400) throw Refusals.of("cannot read " + file, open.refusal());
                return firstFile(open.body());
            }
        });
    }

    private static String firstFile(InputStream body) throws IOException {
        TarArchiveInputStream tar = new TarArchiveInputStream(body, "UTF-8");
        TarArchiveEntry entry = tar.getNextEntry();
        boolean readable = entry != null && entry.isFile() && entry.getSize() <= LONGEST_PASSWD;
        return readable ? new String(tar.readNBytes(LONGEST_PASSWD), StandardCharsets.UTF_8) : "";
    }
}
