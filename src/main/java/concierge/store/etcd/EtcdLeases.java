package concierge.store.etcd;

import concierge.store.GrantedLease;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Leases of etcd; it counts them in seconds. Whoever holds one keeps it alive by himself. */
final class EtcdLeases {
    private final EtcdMembers members;
    private final EtcdSettings settings;

    EtcdLeases(EtcdMembers members, EtcdSettings settings) {
        this.members = members;
        this.settings = settings;
    }

    Store.Lease grant(Duration timeToLive) {
        if (timeToLive.compareTo(Limits.SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("lease: " + timeToLive + " (expected: at least " + Limits.SHORTEST_LEASE + ")");
        }
        long seconds = timeToLive.plusSeconds(1).minusNanos(1).toSeconds();
        LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setTTL(seconds).build();
        // One that was granted without our knowledge holds no key and expires.
        LeaseGrantResponse granted = members.ask((channel, options) ->
                LeaseGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).leaseGrant(request));
        // A slow etcd gives no lease shorter than its own elections take.
        Duration given = granted.getTTL() > seconds ? Duration.ofSeconds(granted.getTTL()) : timeToLive;
        return new GrantedLease(granted.getID(), given, id -> keepAlive(id, given), this::revoke);
    }

    /** Its holder must know well before the lease ends: a third of its time is all it is tried for. */
    private boolean keepAlive(long id, Duration timeToLive) {
        requireOpen();
        Duration third = timeToLive.dividedBy(3);
        Duration patience = third.compareTo(settings.patience()) < 0 ? third : settings.patience();
        return members.ask(patience, (channel, options) -> renewed(channel, options, id)).value().getTTL() > 0;
    }

    private static LeaseKeepAliveResponse renewed(Channel channel, CallOptions options, long id) {
        CompletableFuture<LeaseKeepAliveResponse> answer = new CompletableFuture<>();
        StreamObserver<LeaseKeepAliveRequest> requests =
                LeaseGrpc.newStub(channel).withDeadline(options.getDeadline()).leaseKeepAlive(new StreamObserver<>() {
                    @Override
                    public void onNext(LeaseKeepAliveResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        answer.completeExceptionally(Status.UNAVAILABLE.withDescription("ended without an answer").asRuntimeException());
                    }
                });
        requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
        try {
            LeaseKeepAliveResponse response = answer.get();
            requests.onCompleted();
            return response;
        } catch (ExecutionException e) {
            throw Status.fromThrowable(e.getCause()).withCause(e.getCause()).asRuntimeException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while waiting for etcd", e);
        }
    }

    private void revoke(long id) {
        requireOpen();
        members.ask((channel, options) -> {
            try {
                var _ = LeaseGrpc.newBlockingStub(channel).withDeadline(options.getDeadline())
                        .leaseRevoke(LeaseRevokeRequest.newBuilder().setID(id).build());
            } catch (StatusRuntimeException e) {
                if (!isUnknown(e)) throw e;
            }
            return id;
        });
    }

    /** Whether keys can be put under it now. */
    boolean isHeld(long id) {
        LeaseTimeToLiveRequest request = LeaseTimeToLiveRequest.newBuilder().setID(id).build();
        return members.ask((channel, options) ->
                LeaseGrpc.newBlockingStub(channel).withDeadline(options.getDeadline()).leaseTimeToLive(request)).getTTL() > 0;
    }

    static boolean isUnknown(StatusRuntimeException e) {
        return e.getStatus().getCode() == Status.Code.NOT_FOUND;
    }

    private void requireOpen() {
        if (members.isClosed()) throw new StoreException("the store is closed");
    }
}
