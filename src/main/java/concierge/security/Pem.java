package concierge.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;

/** Certificates and keys as text (RFC 7468). */
public final class Pem {
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    /** @throws IOException unless there is at least one */
    public static List<X509Certificate> certificates(String text) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        try {
            // The platform's reader stumbles over a key in the same file.
            String alone = text.replaceAll("(?s)-----BEGIN ([A-Z ]*PRIVATE KEY|EC PARAMETERS)-----.*?-----END \\1-----", "");
            if (alone.contains("-----BEGIN CERTIFICATE-----")) {
                for (Certificate certificate : CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(alone.getBytes(StandardCharsets.US_ASCII)))) {
                    found.add((X509Certificate) certificate);
                }
            }
        } catch (CertificateException e) {
            throw new IOException("no certificate in it (expected: PEM, -----BEGIN CERTIFICATE-----)", e);
        }
        if (found.isEmpty()) throw new IOException("no certificate in it (expected: PEM, -----BEGIN CERTIFICATE-----)");
        return found;
    }

    /** The first private key: PKCS#8, or as {@code openssl} writes RSA and EC keys by themselves. */
    public static PrivateKey key(String text) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                switch (object) {
                    case PEMKeyPair pair -> {
                        return key(pair.getPrivateKeyInfo());
                    }
                    case PrivateKeyInfo info -> {
                        return key(info);
                    }
                    case Object _ -> {} // certificates and parameters stand in the same file
                }
            }
        }
        throw new IOException("no private key in it (expected: PEM without a password, -----BEGIN PRIVATE KEY-----)");
    }

    private static PrivateKey key(PrivateKeyInfo info) throws IOException {
        String algorithm = switch (info.getPrivateKeyAlgorithm().getAlgorithm().getId()) {
            case "1.2.840.113549.1.1.1" -> "RSA";
            case "1.2.840.113549.1.1.10" -> "RSASSA-PSS";
            case "1.2.840.10045.2.1" -> "EC";
            case "1.3.101.112", "1.3.101.113" -> "EdDSA";
            case String other -> throw new IOException("key of algorithm " + other + " (expected: RSA, EC or EdDSA)");
        };
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("no usable private key in it: " + e.getMessage(), e);
        }
    }

    public static String write(X509Certificate certificate) {
        try {
            return write("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("certificate: cannot be encoded (expected: X.509)", e);
        }
    }

    static String write(Key key) {
        return write("PRIVATE KEY", key.getEncoded());
    }

    private static String write(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
