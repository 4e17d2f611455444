package concierge.security;

import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/** What a server shows to those who connect: our own authority's work, or given files. Thread-safe. */
public interface ServerCertificate {
    /** Asked at each handshake, so that a newer certificate needs no restart. */
    X509ExtendedKeyManager keys();

    /** As shown now, our own first. */
    List<X509Certificate> chain();

    /** Of the one that vouches for the others: what clients compare when they come for the first time. */
    default String fingerprint() {
        return Chain.fingerprint(chain().getLast());
    }
}
