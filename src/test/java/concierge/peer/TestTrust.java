package concierge.peer;

import concierge.security.Authority;
import concierge.security.Identity;
import concierge.security.Member;
import concierge.security.SecretKey;
import concierge.store.memory.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** Members of one installation, each with a certificate of its authority. */
public final class TestTrust {
    private final Path folder;
    private final String installation;
    private final Authority authority;

    private TestTrust(Path folder, String installation, Authority authority) {
        this.folder = folder;
        this.installation = installation;
        this.authority = authority;
    }

    public static TestTrust of(Path folder, String installation) {
        try {
            Files.createDirectories(folder);
            Authority authority = Authority.ensure(new MemoryStore(InstantSource.system()), SecretKey.open(folder.resolve("secrets.key")), installation, InstantSource.system());
            return new TestTrust(folder, installation, authority);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What that host is to others, and what it trusts. */
    public Trust member(String host) {
        try {
            Identity identity = Identity.open(folder.resolve(host), authority, new Member(installation, Member.Role.agent, host), Set.of("127.0.0.1"));
            return new Trust() {
                @Override
                public SSLContext answering() {
                    return identity.context(identity.peers());
                }

                @Override
                public SSLContext asking(String other) {
                    return identity.context(identity.peer(other));
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
