package concierge.security;

import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Certificates as they are presented, the presenter's own first; held against one that is trusted (RFC 5280). */
public final class Chain {
    private static final String PREFIX = "sha256:";

    private Chain() {}

    /** Why a chain is not trusted; the message says what was found and what was expected. */
    public static final class UntrustedException extends CertificateException {
        private static final long serialVersionUID = 1;

        /** What is wrong. */
        public enum Kind {
            /** Its time is over. */
            ended,
            /** Its time has not begun: a clock is wrong. */
            early,
            /** Signed by somebody else. */
            foreign,
            /** It does not say what it should: another host, another use. */
            other
        }

        private final Kind kind;

        public UntrustedException(Kind kind, String message) {
            super(message);
            this.kind = kind;
        }

        UntrustedException(Kind kind, String message, Throwable cause) {
            super(message, cause);
            this.kind = kind;
        }

        public Kind kind() {
            return kind;
        }
    }

    /** @throws UntrustedException unless the anchor signed it, itself or through others of the chain, and it holds at that instant */
    public static void verify(List<X509Certificate> chain, X509Certificate anchor, Instant at) throws UntrustedException {
        if (chain.isEmpty()) throw new UntrustedException(UntrustedException.Kind.foreign, "no certificate was shown");
        X509Certificate own = chain.getFirst();
        requireTime(own, at);
        // One that is trusted itself needs nobody's signature.
        if (own.equals(anchor)) return;
        try {
            List<? extends Certificate> below = chain.stream().filter(certificate -> !certificate.equals(anchor)).toList();
            CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(below);
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
            // There are no lists of revoked certificates: ours end after days, given ones are their owner's.
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(at));
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
        } catch (CertPathValidatorException e) {
            boolean ended = e.getReason() == BasicReason.EXPIRED;
            throw new UntrustedException(ended ? UntrustedException.Kind.ended : UntrustedException.Kind.foreign,
                    "certificate: " + name(own) + ", signed by " + own.getIssuerX500Principal().getName() + " (expected: one that "
                            + name(anchor) + ", " + fingerprint(anchor) + ", has signed)", e);
        } catch (GeneralSecurityException e) {
            throw new UntrustedException(UntrustedException.Kind.foreign, "certificate: " + name(own) + ": " + e.getMessage(), e);
        }
    }

    private static void requireTime(X509Certificate own, Instant at) throws UntrustedException {
        Instant from = own.getNotBefore().toInstant();
        Instant until = own.getNotAfter().toInstant();
        if (at.isAfter(until)) {
            throw new UntrustedException(UntrustedException.Kind.ended, "certificate: " + name(own) + ", ended at " + until + " (expected: one that holds now, at " + at + ")");
        }
        if (at.isBefore(from)) {
            throw new UntrustedException(UntrustedException.Kind.early, "certificate: " + name(own) + ", begins at " + from + " (expected: one that holds now, at " + at
                    + "; is a clock wrong?)");
        }
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    /** {@code sha256:} and 64 hex digits over the certificate's DER form. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            return PREFIX + HexFormat.of().formatHex(concierge.model.Digest.sha256().digest(certificate.getEncoded()));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("certificate: cannot be encoded (expected: X.509)", e);
        }
    }

    /** As people copy it, also from {@code openssl x509 -fingerprint}: colons, capitals and prefix do not matter. */
    public static boolean isFingerprint(String text, X509Certificate of) {
        String digits = text.strip().toLowerCase(Locale.ROOT).replaceFirst("^sha-?256( fingerprint=|[: =])", "").replace(":", "");
        return (PREFIX + digits).equals(fingerprint(of));
    }

}
