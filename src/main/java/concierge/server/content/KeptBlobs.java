package concierge.server.content;

import concierge.archive.ArchiveException;
import concierge.image.Blobs.Put;
import concierge.model.Digest;
import concierge.peer.Peers;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Uploads as the home keeps them; what another server was sent is brought from there when it is asked for. */
public final class KeptBlobs implements Blobs {
    private final concierge.image.Blobs blobs;
    private final Optional<Peers> peers;

    /** @param peers other servers, where they can be asked */
    public KeptBlobs(concierge.image.Blobs blobs, Optional<Peers> peers) {
        this.blobs = blobs;
        this.peers = peers;
    }

    @Override
    public boolean has(Digest digest) {
        try {
            return blobs.exists(digest) || peers.filter(others -> others.bring(digest, blobs)).isPresent();
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
        has(digest);
        return blobs.open(digest);
    }

    @Override
    public void unpackSite(Digest digest) throws IOException {
        try {
            has(digest);
        blobs.site(digest);
        } catch (ArchiveException e) {
            throw Refusal.of(Code.badRequest, "site " + digest.shortHex() + ": " + e.getMessage(), "upload a tar of plain files, folders and links that stay within");
        }
    }
}
