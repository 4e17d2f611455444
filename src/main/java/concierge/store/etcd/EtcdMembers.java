package concierge.store.etcd;

import com.google.protobuf.ByteString;
import concierge.store.StoreException;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Asks etcd's members, one after the other, until one answers or the caller's patience ends. Thread-safe.
 * Every request made here may be repeated: reads by nature, commits by their ids.
 */
final class EtcdMembers implements AutoCloseable {
    /** A member that takes longer is tried again, or another one; electing a leader takes it 1 to 2 s. */
    static final Duration ATTEMPT = Duration.ofSeconds(3);

    /** After all members failed: soon at first, since a restart is short. */
    private static final long FIRST_PAUSE_MILLIS = 50;

    private static final long LONGEST_PAUSE_MILLIS = 500;

    /** A login that was refused is not tried again before: each costs etcd a tenth of a second of a processor, and there are many who ask. */
    static final Duration LOGIN_PAUSE = Duration.ofSeconds(2);

    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> NEEDS_LEADER = Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    private final EtcdSettings settings;
    private final List<Member> members = new ArrayList<>();
    /** The member that is asked first: the last one that answered. */
    private final AtomicInteger preferred = new AtomicInteger();
    private volatile @Nullable String token;
    /** Whoever has it logs in, for all. */
    private final ReentrantLock login = new ReentrantLock();
    private @Nullable StatusRuntimeException refused;
    private long refusedAt;
    private volatile boolean closed;

    /** @param channel with the login on every call */
    private record Member(String endpoint, ManagedChannel connection, Channel channel) {}

    interface Request<T> {
        T on(Channel channel, CallOptions options);
    }

    /** @param afterDoubt an earlier attempt may have happened, or may happen yet */
    record Answer<T>(T value, boolean afterDoubt) {}

    /** No answer within the caller's patience. */
    static final class Away extends StoreException.Away {
        private static final long serialVersionUID = 1;
        /** Whether it may have happened, or may happen yet. */
        final boolean doubtful;

        Away(String message, boolean doubtful) {
            super(message);
            this.doubtful = doubtful;
        }
    }

    EtcdMembers(EtcdSettings settings) {
        this.settings = settings;
        EtcdChannels channels = new EtcdChannels(settings);
        for (String endpoint : settings.endpoints()) {
            ManagedChannel connection = channels.open(endpoint);
            members.add(new Member(endpoint, connection, ClientInterceptors.intercept(connection, new Login(false))));
        }
    }

    <T> T ask(Request<T> request) {
        return ask(settings.patience(), request).value();
    }

    /**
     * @throws Away when nobody answered within that time
     * @throws StoreException when etcd refuses
     */
    <T> Answer<T> ask(Duration patience, Request<T> request) {
        long end = System.nanoTime() + patience.toNanos();
        Map<String, EtcdError> failures = new LinkedHashMap<>();
        boolean doubt = false;
        boolean renewed = false;
        long pause = FIRST_PAUSE_MILLIS;
        for (int attempt = 1; ; attempt++) {
            int index = preferred.get();
            Member member = members.get(index);
            EtcdError error;
            String used = token;
            try {
                CallOptions options = options(end);
                used = loggedIn(member, options);
                return new Answer<>(request.on(member.channel(), options), doubt);
            } catch (StatusRuntimeException e) {
                if (closed) throw new StoreException("the store is closed");
                error = EtcdError.of(e, settings);
            }
            if (error.kind() == EtcdError.Kind.login && !renewed) {
                renewed = true;
                forgetLogin(used);
                continue;
            }
            doubt |= error.kind() == EtcdError.Kind.doubtful;
            failures.remove(member.endpoint());
            failures.put(member.endpoint(), error);
            if (isFinal(error, failures)) throw doubt ? away(failures, true) : error.exception(settings);
            avoid(index);
            boolean round = attempt % members.size() == 0;
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= (round ? pause : 0)) throw away(failures, doubt);
            if (!round) continue;
            rest(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
    }

    private static CallOptions options(long end) {
        long left = Math.min(ATTEMPT.toNanos(), Math.max(1, end - System.nanoTime()));
        return CallOptions.DEFAULT.withDeadlineAfter(left, TimeUnit.NANOSECONDS);
    }

    /** Null where nobody has to. */
    private @Nullable String loggedIn(Member member, CallOptions options) {
        String known = token;
        if (settings.user().isEmpty() || known != null) return known;
        try {
            if (!login.tryLock(ATTEMPT.toNanos(), TimeUnit.NANOSECONDS)) throw Status.DEADLINE_EXCEEDED.asRuntimeException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while waiting for etcd", e);
        }
        try {
            if (token != null) return token;
            if (refused != null && System.nanoTime() - refusedAt < LOGIN_PAUSE.toNanos()) throw refused;
            refused = null;
            token = login(member, options);
            return token;
        } catch (StatusRuntimeException e) {
            if (refused == null && EtcdError.of(e, settings).kind() == EtcdError.Kind.refused) {
                refused = e;
                refusedAt = System.nanoTime();
            }
            throw e;
        } finally {
            login.unlock();
        }
    }

    private String login(Member member, CallOptions options) {
        AuthenticateRequest request = AuthenticateRequest.newBuilder()
                .setNameBytes(ByteString.copyFromUtf8(settings.user()))
                .setPasswordBytes(ByteString.copyFrom(settings.password().reveal()))
                .build();
        return AuthGrpc.newBlockingStub(member.connection()).withDeadline(options.getDeadline()).authenticate(request).getToken();
    }

    /** Whether asking another member, or later, is of no use. */
    private boolean isFinal(EtcdError error, Map<String, EtcdError> failures) {
        return switch (error.kind()) {
            case full, denied, refused, login -> true;
            case untrusted -> failures.size() == members.size()
                    && failures.values().stream().allMatch(failure -> failure.kind() == EtcdError.Kind.untrusted);
            case unsent, doubtful, busy -> false;
        };
    }

    private Away away(Map<String, EtcdError> failures, boolean doubtful) {
        StringBuilder text = new StringBuilder(settings + ": no answer from ");
        List<String> each = new ArrayList<>();
        // In one order: the same trouble is told with the same words.
        for (Member member : members) {
            EtcdError error = failures.get(member.endpoint());
            if (error != null) each.add(member.endpoint() + " (" + error.text() + ")");
        }
        return new Away(text + String.join(", ", each) + "; see whether etcd runs and can be reached" + (settings.tls() ? "" : ", and whether it wants TLS: etcds://"), doubtful);
    }

    private static void rest(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while waiting for etcd", e);
        }
    }

    /** A connection for a stream that ends when its member loses the others. */
    Line line() {
        int index = preferred.get();
        Member member = members.get(index);
        return new Line(index, member.endpoint(), ClientInterceptors.intercept(member.connection(), new Login(true)));
    }

    /** @param number for {@link #avoid} */
    record Line(int number, String endpoint, Channel channel) {}

    /** The next one is asked first from now on. */
    void avoid(int index) {
        preferred.compareAndSet(index, (index + 1) % members.size());
        ManagedChannel connection = members.get(index).connection();
        // Without this a connection waits for up to two minutes after an outage.
        connection.resetConnectBackoff();
    }

    /** Somebody was told that the login is not valid. */
    void forgetLogin() {
        forgetLogin(token);
    }

    /** Unless somebody has logged in anew meanwhile. */
    private void forgetLogin(@Nullable String used) {
        if (Objects.equals(token, used)) token = null;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        for (Member member : members) member.connection().shutdownNow();
    }

    private final class Login implements ClientInterceptor {
        private final boolean needsLeader;

        Login(boolean needsLeader) {
            this.needsLeader = needsLeader;
        }

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<A> listener, Metadata headers) {
                    String known = token;
                    if (known != null) headers.put(TOKEN, known);
                    if (needsLeader) headers.put(NEEDS_LEADER, "true");
                    super.start(listener, headers);
                }
            };
        }
    }
}
