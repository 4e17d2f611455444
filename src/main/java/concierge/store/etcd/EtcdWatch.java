package concierge.store.etcd;

import concierge.store.Batch;
import concierge.store.Entry;
import concierge.store.KeyOrder;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.WatchQueue;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch, whatever happens to the members. A virtual thread opens a stream at a member, and when that
 * ends or falls silent another one, from the first revision that was not received whole; another thread
 * tells the watcher. The monitor guards the fields.
 */
final class EtcdWatch implements Store.Watch {
    /** A stream that was silent for so long is asked for a sign of life. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private static final Duration SIGN = Duration.ofSeconds(3);

    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);

    private final EtcdMembers members;
    private final EtcdKeys keys;
    private final EtcdSettings settings;
    private final String prefix;
    private final WatchQueue queue;
    /** The first revision that is still to come. */
    private long next;
    private @Nullable Stream current;
    private boolean over;

    EtcdWatch(
            EtcdMembers members, EtcdKeys keys, EtcdSettings settings, String prefix, long after, Store.Watcher watcher, Consumer<EtcdWatch> gone) {
        this.members = members;
        this.keys = keys;
        this.settings = settings;
        this.prefix = prefix;
        this.next = after + 1;
        this.queue = new WatchQueue(prefix, watcher, this::received, () -> gone.accept(this));
    }

    void start() {
        Thread.ofVirtual().name("etcd watch " + prefix).start(this::follow);
        Thread.ofVirtual().name("watch " + prefix).start(queue::run);
    }

    private synchronized long received() {
        return next - 1;
    }

    private void follow() {
        long pause = FIRST_PAUSE_MILLIS;
        String said = "";
        try {
            while (true) {
                EtcdMembers.Line line = members.line();
                Stream stream;
                synchronized (this) {
                    if (over) return;
                    stream = new Stream(line);
                    current = stream;
                }
                stream.open();
                String reason = stream.awaitEnd();
                stream.cancel();
                synchronized (this) {
                    if (over) return;
                }
                // An outage is news once, not with each try.
                if (stream.worked() || !reason.equals(said)) LOG.info("watch interrupted prefix={} member={} next={} reason={}", prefix, line.endpoint(), next(), reason);
                said = reason;
                members.avoid(line.number());
                pause = stream.worked() ? FIRST_PAUSE_MILLIS : Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
                rest(pause);
                login();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized long next() {
        return next;
    }

    /** A watch cannot log in by itself: any call does. */
    private void login() {
        if (settings.user().isEmpty()) return;
        try {
            members.ask((channel, options) -> KVGrpc.newBlockingStub(channel)
                    .withDeadline(options.getDeadline())
                    .range(RangeRequest.newBuilder().setKey(keys.ids()).setKeysOnly(true).build()));
        } catch (StoreException e) {
            LOG.info("watch cannot log in prefix={} reason={}", prefix, e.getMessage());
        }
    }

    private synchronized void rest(long millis) throws InterruptedException {
        if (!over) wait(millis);
    }

    /** Nothing but this is told any more. */
    void end(WatchQueue.Farewell word) {
        stop();
        queue.end(word);
    }

    @Override
    public void close() {
        stop();
        queue.close();
    }

    private void stop() {
        @Nullable Stream stream;
        synchronized (this) {
            over = true;
            stream = current;
            current = null;
            notifyAll();
        }
        if (stream != null) stream.cancel();
    }

    private void take(Stream from, List<Event> events) {
        boolean wanted = true;
        synchronized (this) {
            if (current != from) return;
            for (int start = 0; start < events.size() && wanted; ) {
                long revision = events.get(start).getKv().getModRevision();
                int end = start;
                while (end < events.size() && events.get(end).getKv().getModRevision() == revision) end++;
                if (revision >= next) {
                    wanted = queue.offer(batch(revision, events.subList(start, end)));
                    next = revision + 1;
                }
                start = end;
            }
        }
        if (!wanted) stop();
    }

    private Batch batch(long revision, List<Event> events) {
        List<Batch.Change> changes = new ArrayList<>(events.size());
        for (Event event : events) {
            KeyValue pair = event.getKv();
            Optional<Entry> entry = event.getType() == Event.EventType.DELETE ? Optional.empty() : Optional.of(EtcdStore.entry(keys, pair));
            changes.add(new Batch.Change(keys.name(pair.getKey()), entry));
        }
        changes.sort(Comparator.comparing(Batch.Change::key, KeyOrder.COMPARATOR));
        return new Batch(revision, changes);
    }

    /** A watch at one member, until it ends. Its own monitor guards its fields; what it hears comes one by one. */
    private final class Stream implements ClientResponseObserver<WatchRequest, WatchResponse> {
        private final EtcdMembers.Line line;
        private @Nullable ClientCallStreamObserver<WatchRequest> requests;
        private @Nullable String reason;
        private boolean heard;
        private boolean worked;

        Stream(EtcdMembers.Line line) {
            this.line = line;
        }

        void open() {
            WatchCreateRequest create = WatchCreateRequest.newBuilder()
                    .setKey(keys.from(prefix, ""))
                    .setRangeEnd(keys.end(prefix))
                    .setStartRevision(next())
                    .build();
            send(WatchGrpc.newStub(line.channel()).watch(this), WatchRequest.newBuilder().setCreateRequest(create).build());
        }

        private void send(io.grpc.stub.StreamObserver<WatchRequest> to, WatchRequest request) {
            try {
                to.onNext(request);
            } catch (IllegalStateException e) {
                fail("the stream ended: " + e.getMessage());
            }
        }

        @Override
        public synchronized void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
            requests = stream;
        }

        /** Returns why it ended. Silence is asked about, and ends it when there is no answer. */
        synchronized String awaitEnd() throws InterruptedException {
            boolean asked = false;
            while (reason == null) {
                heard = false;
                wait((asked ? SIGN : SILENCE).toMillis());
                if (reason != null) break;
                if (heard) {
                    asked = false;
                } else if (asked) {
                    return "no sign of life";
                } else {
                    asked = true;
                    ClientCallStreamObserver<WatchRequest> to = requests;
                    if (to != null) send(to, WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()).build());
                }
            }
            return reason;
        }

        synchronized boolean worked() {
            return worked;
        }

        void cancel() {
            ClientCallStreamObserver<WatchRequest> to;
            synchronized (this) {
                if (reason == null) reason = "closed";
                to = requests;
                notifyAll();
            }
            if (to != null) to.cancel("not needed any more", null);
        }

        /**
         * What a progress notice says of revisions is not used: some versions of etcd 3.4 and 3.5 send it
         * before the events it covers.
         */
        @Override
        public void onNext(WatchResponse response) {
            synchronized (this) {
                heard = true;
                worked |= response.getCreated() && !response.getCanceled();
                notifyAll();
            }
            if (response.getCompactRevision() != 0) {
                end(last -> last.compacted(response.getCompactRevision()));
                return;
            }
            if (response.getCanceled()) {
                // Of a login that is no longer known it says no more than that it may not.
                members.forgetLogin();
                fail(response.getCancelReason().isEmpty() ? "ended by the member" : response.getCancelReason());
                return;
            }
            take(this, response.getEventsList());
        }

        @Override
        public void onError(Throwable failure) {
            if (EtcdStore.isTooLarge(Status.fromThrowable(failure))) {
                // So much was missed that it is less to list it.
                end(last -> last.compacted(received()));
                return;
            }
            EtcdError error = EtcdError.of(failure, settings);
            if (error.kind() == EtcdError.Kind.login) members.forgetLogin();
            fail(error.text());
        }

        @Override
        public void onCompleted() {
            fail("ended by the member");
        }

        private synchronized void fail(String why) {
            if (reason == null) reason = why;
            notifyAll();
        }
    }
}
