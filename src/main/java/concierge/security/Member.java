package concierge.security;

import concierge.model.Names;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * Who a certificate of an installation belongs to; its subject is {@code CN=<host>, OU=<role>, O=<installation>}.
 *
 * @param installation id
 * @param host the name under which its machine is a host
 */
public record Member(String installation, Role role, String host) {
    /** Which of the program's roles it is. */
    public enum Role {
        server,
        agent
    }

    public Member {
        if (!Names.isPart(host)) throw new IllegalArgumentException("host: " + host + " (expected: letters, digits, _, - and .)");
    }

    X500Name subject() {
        return new X500NameBuilder().addRDN(BCStyle.O, installation).addRDN(BCStyle.OU, role.name()).addRDN(BCStyle.CN, host).build();
    }

    /** Empty where the subject has another form. */
    public static Optional<Member> of(X509Certificate certificate) {
        X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        String role = part(subject, BCStyle.OU);
        String host = part(subject, BCStyle.CN);
        for (Role known : Role.values()) {
            if (known.name().equals(role) && Names.isPart(host)) return Optional.of(new Member(part(subject, BCStyle.O), known, host));
        }
        return Optional.empty();
    }

    private static String part(X500Name subject, ASN1ObjectIdentifier type) {
        RDN[] found = subject.getRDNs(type);
        return found.length == 1 && found[0].getFirst().getValue() instanceof ASN1String text ? text.getString() : "";
    }
}
