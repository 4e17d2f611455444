package concierge.server;

import concierge.archive.ArchiveException;
import concierge.image.Blobs.Put;
import concierge.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Uploads as the home keeps them. */
public final class KeptBlobs implements Blobs {
    private final concierge.image.Blobs blobs;

    public KeptBlobs(concierge.image.Blobs blobs) {
        this.blobs = blobs;
    }

    @Override
    public boolean has(Digest digest) {
        try {
            return blobs.exists(digest);
        } catch (IOException e) {
            throw new UncheckedIOException("blob " + digest + " cannot be looked at", e);
        }
    }

    @Override
    public void put(Digest digest, InputStream content) throws IOException {
        switch (blobs.put(digest, content)) {
            case Put.Kept _ -> {}
            case Put.WrongDigest(Digest found) -> throw new WrongDigestException(digest, found);
            case Put.TooLarge(long limit) ->
                throw Refusal.of(Code.tooLarge, "content: over " + limit + " bytes", "leave large files out with .dockerignore");
        }
    }

    @Override
    public InputStream open(Digest digest) throws IOException {
        return blobs.open(digest);
    }

    @Override
    public void unpackSite(Digest digest) throws IOException {
        try {
            blobs.site(digest);
        } catch (ArchiveException e) {
            throw Refusal.of(Code.badRequest, "site " + digest.shortHex() + ": " + e.getMessage(), "upload a tar of plain files, folders and links that stay within");
        }
    }
}
