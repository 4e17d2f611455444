package concierge.store.etcd;

import concierge.store.StoreException;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/** Opens connections to members. */
final class EtcdChannels {
    /** A page of 10,000 entries of 6 KiB; pages that do not fit are asked for in parts. */
    static final int INBOUND_BYTES = 64 << 20;

    /** A member that hangs is noticed by its silence; etcd forbids to ask more often than every 5 s. */
    private static final Duration PROBE = Duration.ofSeconds(10);

    private static final Duration PROBE_ANSWER = Duration.ofSeconds(3);

    /**
     * Tells of each late message of a call that was given up, and of each try to look up a name that nobody knows: what calls
     * answer is told by whoever made them. Held here, since loggers are forgotten otherwise.
     */
    private static final Logger CHATTY = Logger.getLogger("io.grpc");

    static {
        CHATTY.setLevel(Level.SEVERE);
    }

    private final EtcdSettings settings;
    private final Optional<SslContext> tls;

    /** @throws StoreException when certificates cannot be read */
    EtcdChannels(EtcdSettings settings) {
        this.settings = settings;
        this.tls = settings.tls() ? Optional.of(context()) : Optional.empty();
    }

    ManagedChannel open(String endpoint) {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + endpoint)
                .maxInboundMessageSize(INBOUND_BYTES)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) EtcdMembers.ATTEMPT.toMillis())
                .keepAliveTime(PROBE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(PROBE_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                // The calls are tried again by who knows whether that is safe.
                .disableRetry()
                .disableServiceConfigLookUp();
        tls.ifPresentOrElse(builder::sslContext, builder::usePlaintext);
        return builder.build();
    }

    private SslContext context() {
        try {
            SslContextBuilder builder = GrpcSslContexts.forClient();
            if (settings.authority().isPresent()) builder.trustManager(readable("store.ca", settings.authority().get()).toFile());
            if (settings.certificate().isPresent()) {
                Path key = readable("store.key", settings.key().orElseThrow());
                builder.keyManager(readable("store.certificate", settings.certificate().get()).toFile(), key.toFile());
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new StoreException("store: certificates: " + e.getMessage() + " (expected: PEM files, the key in PKCS#8: openssl pkcs8 -topk8 -nocrypt)", e);
        }
    }

    private static Path readable(String setting, Path file) {
        if (Files.isReadable(file) && Files.isRegularFile(file)) return file;
        IOException found = new IOException(Files.exists(file) ? "cannot be read" : "no such file");
        throw new StoreException("store: " + setting + ": " + file + ": " + found.getMessage() + " (expected: a PEM file)", found);
    }
}
