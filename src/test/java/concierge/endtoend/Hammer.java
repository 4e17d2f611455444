package concierge.endtoend;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A client that asks a routed service at a steady rate, whether it is answered or not, and counts what becomes of its
 * requests. Each is counted where it was sent: a late failure belongs to the fault that it met.
 */
final class Hammer implements AutoCloseable {
    /** Far from what a router can do: faults are looked for, not limits. */
    static final int PER_SECOND = 50;

    /** As browsers' users have it: who waits longer has gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("hammer").factory());
    private final HttpRequest request;
    private final String expected;
    private volatile Tally tally = new Tally();

    /** What became of the requests of one phase. */
    static final class Tally {
        private int sent;
        private int under;
        private long slowest;
        private final Map<String, Integer> failed = new TreeMap<>();

        private synchronized void begin() {
            sent++;
            under++;
        }

        private synchronized void end(String failure, long nanos) {
            under--;
            slowest = Math.max(slowest, nanos);
            if (!failure.isEmpty()) failed.merge(failure, 1, Integer::sum);
        }

        private synchronized boolean over() {
            return under == 0;
        }

        synchronized Map<String, Integer> failed() {
            return new TreeMap<>(failed);
        }

        /** Of all that were sent. */
        synchronized double failedPart() {
            return (double) failed.values().stream().mapToInt(Integer::intValue).sum() / Math.max(1, sent);
        }

        @Override
        public synchronized String toString() {
            return "%d requests, %s, slowest %d ms".formatted(sent, failed.isEmpty() ? "none failed" : "failed " + failed, slowest / 1_000_000);
        }
    }

    Hammer(String router, String domain, String expected) {
        this.expected = expected;
        this.request = HttpRequest.newBuilder(URI.create(router)).timeout(PATIENCE).header("Host", domain).build();
        clock.scheduleAtFixedRate(this::ask, 0, 1_000_000 / PER_SECOND, TimeUnit.MICROSECONDS);
    }

    private void ask() {
        Tally phase = tally;
        phase.begin();
        long began = System.nanoTime();
        client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .whenComplete((answer, failure) -> phase.end(kind(answer, failure), System.nanoTime() - began));
    }

    private String kind(HttpResponse<String> answer, Throwable failure) {
        if (failure != null) return failure.getCause() instanceof IOException cause ? cause.getClass().getSimpleName() : failure.getClass().getSimpleName();
        if (answer.statusCode() != 200) return Integer.toString(answer.statusCode());
        return answer.body().equals(expected) ? "" : "another body";
    }

    /** Ends a phase: what was sent in it, once all of that has ended. */
    Tally next() {
        Tally ended = tally;
        tally = new Tally();
        Installation.await("the last answers", PATIENCE.multipliedBy(4), ended::over);
        return ended;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        client.close();
    }
}
