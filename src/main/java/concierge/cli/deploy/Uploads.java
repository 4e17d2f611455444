package concierge.cli.deploy;

import concierge.archive.ArchiveException;
import concierge.archive.IgnoreFile;
import concierge.archive.Packed;
import concierge.archive.Packer;
import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Http;
import concierge.cli.command.Times;
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
    private final Rollout rollout;

    /** @param rollout shows what is being done */
    Uploads(Api api, Rollout rollout) {
        this.api = api;
        this.rollout = rollout;
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
            rollout.brief("packing the " + what);
            file = Files.createTempFile("concierge-", ".tar");
            Packed packed;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
                packed = packing.into(out);
            }
            for (String warning : packed.warnings()) rollout.warning(Problem.of("left-out", warning, ""));
            String path = Api.path("v1", "blobs", packed.digest().hex());
            if (api.has(path)) return packed.digest();
            rollout.step("uploading the " + what);
            api.upload(path, body(file, packed.bytes()));
            return packed.digest();
        } catch (ArchiveException e) {
            throw new Failure(Exit.FAILED, "cannot pack the " + what + ": " + e.getMessage(), "");
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot pack " + folder + ": " + e.getMessage(), "");
        } finally {
            discard(file);
        }
    }

    private Http.Body body(Path file, long length) {
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
                        rollout.detail(Times.size(sent) + " of " + Times.size(length));
                    }
                }
            }
        };
    }

    private void discard(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) Files.deleteIfExists(file);
        } catch (IOException e) {
            rollout.warning(Problem.of("left-over", "cannot delete " + file + ": " + e.getMessage(), ""));
        }
    }
}
