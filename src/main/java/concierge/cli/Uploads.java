package concierge.cli;

import concierge.archive.ArchiveException;
import concierge.archive.IgnoreFile;
import concierge.archive.Packed;
import concierge.archive.Packer;
import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Http;
import concierge.model.Digest;
import concierge.model.Problem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** Packs folders and uploads them, unless the server has the same content already. */
final class Uploads {
    /** Drawing more often only costs. */
    private static final Duration SHOW = Duration.ofMillis(100);

    private final Api api;
    private final Consumer<String> progress;
    private final Consumer<Problem> warnings;

    /** @param progress told what is being done, often */
    Uploads(Api api, Consumer<String> progress, Consumer<Problem> warnings) {
        this.api = api;
        this.progress = progress;
        this.warnings = warnings;
    }

    /** A build context: the folder less what its {@code .dockerignore} names. */
    Digest context(Path folder) {
        return upload("build context", folder, out -> Packer.context(folder, out));
    }

    /** A site's folder, whole. */
    Digest site(String name, Path folder) {
        return upload("site " + name, folder, out -> Packer.pack(folder, IgnoreFile.NONE, out));
    }

    private interface Packing {
        Packed into(OutputStream out) throws IOException;
    }

    private Digest upload(String what, Path folder, Packing packing) {
        Path file = null;
        try {
            progress.accept("packing the " + what);
            file = Files.createTempFile("concierge-", ".tar");
            Packed packed;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
                packed = packing.into(out);
            }
            for (String warning : packed.warnings()) warnings.accept(Problem.of("left-out", warning, ""));
            String path = Api.path("v1", "blobs", packed.digest().hex());
            if (!api.has(path)) api.upload(path, body(what, file, packed.bytes()));
            return packed.digest();
        } catch (ArchiveException e) {
            throw new Failure(Exit.FAILED, "cannot pack the " + what + ": " + e.getMessage(), "");
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot pack " + folder + ": " + e.getMessage(), "");
        } finally {
            discard(file);
        }
    }

    private Http.Body body(String what, Path file, long length) {
        return new Http.Body() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public void write(OutputStream out) throws IOException {
                byte[] buffer = new byte[1 << 16];
                long sent = 0;
                long shown = System.nanoTime();
                try (InputStream in = Files.newInputStream(file)) {
                    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                        out.write(buffer, 0, count);
                        sent += count;
                        if (System.nanoTime() - shown < SHOW.toNanos()) continue;
                        shown = System.nanoTime();
                        progress.accept("uploading the " + what + "  " + Times.size(sent) + " of " + Times.size(length));
                    }
                }
            }
        };
    }

    private void discard(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) Files.deleteIfExists(file);
        } catch (IOException e) {
            warnings.accept(Problem.of("left-over", "cannot delete " + file + ": " + e.getMessage(), ""));
        }
    }
}
