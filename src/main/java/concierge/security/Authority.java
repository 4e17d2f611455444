package concierge.security;

import concierge.json.Json;
import concierge.model.Secret;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The installation's own certificate authority. Its certificate stands in the state, its private key beside it, sealed
 * with the installation's key: who has that key can speak for the installation, who has the store alone cannot.
 * Immutable, thread-safe.
 */
public final class Authority {
    /** Those who log in have pinned it; nothing but losing its key is a reason to make another. */
    private static final Duration LIFE = Duration.ofDays(20 * 365);

    /** Short, so that a stolen one is of no use soon; long enough for a store that is away over holidays. */
    static final Duration LEAF_LIFE = Duration.ofDays(14);

    /** Machines whose clocks are behind by less accept a new certificate at once. */
    private static final Duration SKEW = Duration.ofHours(2);

    /** Read by everything that speaks TLS, and quick to make. */
    private static final String CURVE = "secp256r1";

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final Pattern NAME = Pattern.compile("(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final InstantSource clock;

    /**
     * As it stands in the state.
     *
     * @param certificate PEM
     * @param key id of the installation's key
     * @param sealed the private key, PKCS#8 in PEM, sealed
     */
    record Kept(String certificate, String key, String sealed) {}

    private Authority(X509Certificate certificate, PrivateKey key, InstantSource clock) {
        this.certificate = certificate;
        this.key = key;
        this.clock = clock;
    }

    /** A key pair with the certificate that was issued for it. */
    record Issued(X509Certificate certificate, PrivateKey key) {}

    /**
     * The state's authority, made if it has none; of several that make one at once, all end with the same.
     *
     * @param key the installation's
     * @throws IOException when it was sealed with another key
     */
    public static Authority ensure(Store store, SecretKey key, String installation, InstantSource clock) throws IOException {
        Optional<Authority> found = find(store, key, clock);
        if (found.isPresent()) return found.get();
        CommitResult result = store.commit(Transaction.id("authority-" + UUID.randomUUID())
                .absent(Keys.AUTHORITY)
                .put(Keys.AUTHORITY, Json.write(create(key, installation, clock.instant())))
                .build());
        if (result instanceof CommitResult.Unknown unknown) throw new StoreException("creating the authority: " + unknown.reason());
        return find(store, key, clock).orElseThrow(() -> new StoreException("the store did not keep " + Keys.AUTHORITY));
    }

    /** The state's authority; empty while there is none. */
    public static Optional<Authority> find(Store store, SecretKey key, InstantSource clock) throws IOException {
        Optional<Kept> kept = kept(store);
        return kept.isEmpty() ? Optional.empty() : Optional.of(open(kept.get(), key, clock));
    }

    /** Which key the authority was sealed with; empty while there is no authority. */
    static Optional<String> sealedWith(Store store) {
        return kept(store).map(Kept::key);
    }

    private static Optional<Kept> kept(Store store) {
        return store.find(Keys.AUTHORITY).map(entry -> Json.read(entry.value().text(), Kept.class));
    }

    private static Authority open(Kept kept, SecretKey key, InstantSource clock) throws IOException {
        Secret opened = key.open(Keys.AUTHORITY, kept.sealed()).orElseThrow(() -> new IOException("the key " + key.id()
                + " does not open the installation's authority (expected: " + kept.key() + ", which its servers and agents share)"));
        return new Authority(Pem.certificates(kept.certificate()).getFirst(), Pem.key(new String(opened.reveal(), StandardCharsets.US_ASCII)), clock);
    }

    private static Kept create(SecretKey key, String installation, Instant now) {
        X500Name name = new X500NameBuilder().addRDN(BCStyle.O, installation).addRDN(BCStyle.CN, "Concierge authority").build();
        try {
            KeyPair pair = pair();
            JcaX509v3CertificateBuilder builder = builder(name, name, now, LIFE, pair);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            X509Certificate certificate = sign(builder, pair.getPrivate());
            return new Kept(Pem.write(certificate), key.id(), key.seal(Keys.AUTHORITY, Secret.of(Pem.write(pair.getPrivate()))));
        } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
            throw new AssertionError("every Java platform has " + CURVE + " and " + SIGNATURE, e);
        }
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public String fingerprint() {
        return Chain.fingerprint(certificate);
    }

    Instant now() {
        return clock.instant();
    }

    /**
     * A certificate for both ends of a connection, and its key.
     *
     * @param names addresses and DNS names under which it is reached; what is neither is left out
     */
    Issued issue(Member member, Set<String> names) {
        try {
            KeyPair pair = pair();
            JcaX509v3CertificateBuilder builder = builder(
                    X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()), member.subject(), clock.instant(), LEAF_LIFE, pair);
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(certificate.getPublicKey()));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
            builder.addExtension(Extension.subjectAlternativeName, false, alternatives(names(member, names)));
            return new Issued(sign(builder, key), pair.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
            throw new AssertionError("every Java platform has " + CURVE + " and " + SIGNATURE, e);
        }
    }

    private static GeneralNames alternatives(Set<String> names) {
        return new GeneralNames(names.stream()
                // A host may be called 42, which is an address to some.
                .map(name -> new GeneralName(address(name).filter(name::equals).isPresent() ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }

    /** The names that a member's certificate is for; addresses in the one form that certificates have. */
    static Set<String> names(Member member, Set<String> reached) {
        Set<String> all = new TreeSet<>();
        // Whoever comes by an address that nobody foresaw can still ask for the host, or for the installation itself.
        for (String name : List.of(member.host(), member.installation())) if (NAME.matcher(name).matches()) all.add(name.toLowerCase(Locale.ROOT));
        for (String name : reached) {
            Optional<String> address = address(name);
            if (address.isPresent()) all.add(address.get());
            else if (NAME.matcher(name).matches()) all.add(name.toLowerCase(Locale.ROOT));
        }
        return all;
    }

    /** The names that a certificate is for. */
    public static Set<String> names(X509Certificate certificate) {
        Set<String> all = new TreeSet<>();
        try {
            Collection<List<?>> found = certificate.getSubjectAlternativeNames();
            if (found == null) return all;
            for (List<?> pair : found) {
                if (pair.get(0) instanceof Integer kind && pair.get(1) instanceof String name) {
                    if (kind == GeneralName.iPAddress) all.add(address(name).orElse(name));
                    if (kind == GeneralName.dNSName) all.add(name.toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException _) {
            return all; // then it is for nobody
        }
        return all;
    }

    private static Optional<String> address(String name) {
        try {
            return Optional.of(InetAddress.ofLiteral(name).getHostAddress());
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE));
        return generator.generateKeyPair();
    }

    private static JcaX509v3CertificateBuilder builder(X500Name issuer, X500Name subject, Instant now, Duration life, KeyPair pair)
            throws GeneralSecurityException, CertIOException {
        // 127 random bits: positive, and never the same twice (RFC 5280, 4.1.2.2).
        BigInteger serial = new BigInteger(127, RANDOM);
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(issuer, serial, Date.from(now.minus(SKEW)), Date.from(now.plus(life)), subject, pair.getPublic());
        builder.addExtension(Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
        return builder;
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key) throws OperatorCreationException, CertificateException {
        return new JcaX509CertificateConverter().getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    }
}
