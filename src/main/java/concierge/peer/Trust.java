package concierge.peer;

import java.io.IOException;
import javax.net.ssl.SSLContext;

/** With what a peer proves that it is of this installation, and sees the same of others. Thread-safe. */
public interface Trust {
    /**
     * For taking connections from any peer, which shows a certificate, too.
     *
     * @throws IOException says why nothing can be proved now
     */
    SSLContext answering() throws IOException;

    /** For asking one host, or the server of that name, and nobody else. */
    SSLContext asking(String host) throws IOException;
}
