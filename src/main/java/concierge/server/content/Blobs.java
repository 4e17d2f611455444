package concierge.server.content;

import concierge.model.Digest;
import java.io.IOException;
import java.io.InputStream;

/** Uploaded content by its digest: build contexts, site folders, stack files. Any thread. */
public interface Blobs {
    boolean has(Digest digest);

    /**
     * Keeps content. Nothing of it is there until all of it is.
     *
     * @throws WrongDigestException when it has another digest; nothing is kept
     */
    void put(Digest digest, InputStream content) throws IOException;

    /** Opens content that {@link #has} told of. */
    InputStream open(Digest digest) throws IOException;

    /** Unpacks a site's folder to where the router serves it; harmless when it stands there already. */
    void unpackSite(Digest digest) throws IOException;

    /** The content is not what its name says. */
    final class WrongDigestException extends IOException {
        private static final long serialVersionUID = 1;

        public WrongDigestException(Digest expected, Digest found) {
            super("content digest: " + found.hex() + " (expected: " + expected.hex() + ")");
        }
    }
}
