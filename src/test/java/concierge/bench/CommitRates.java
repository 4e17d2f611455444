package concierge.bench;

import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.Value;
import java.io.Closeable;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Single puts a second, ours against somebody else's on the same disks, in interleaved runs; a line of a table each. */
final class CommitRates {
    private static final int VALUE_BYTES = 200;
    private static final int KEYS = 10_000;

    private final long nanos;
    private final int runs;
    private final Opening ours;
    private final Opening theirs;
    private final byte[] value = new byte[VALUE_BYTES];

    /** Puts one key durably. */
    interface Target extends AutoCloseable {
        void put(String key, byte[] value) throws Exception;

        @Override
        void close() throws IOException, SQLException;
    }

    /** A target without a past, once a run. */
    interface Opening {
        Target open() throws Exception;
    }

    CommitRates(double seconds, int runs, Opening ours, Opening theirs) {
        this.nanos = (long) (seconds * 1e9);
        this.runs = runs;
        this.ours = ours;
        this.theirs = theirs;
        Arrays.fill(value, (byte) 'x');
    }

    /** @param afterwards when the store is closed */
    static Target of(Store store, Closeable afterwards) {
        AtomicInteger ids = new AtomicInteger();
        String run = Long.toString(System.nanoTime(), Character.MAX_RADIX);
        return new Target() {
            @Override
            public void put(String key, byte[] value) {
                CommitResult result = store.commit(Transaction.id("bench-" + run + "-" + ids.incrementAndGet()).put(key, Value.of(value)).build());
                if (!(result instanceof CommitResult.Committed)) throw new IllegalStateException(result.toString());
            }

            @Override
            public void close() throws IOException {
                store.close();
                afterwards.close();
            }
        };
    }

    void compare(String name, int callers) throws Exception {
        List<Double> own = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        for (int run = 0; run <= runs; run++) {
            double first = measure(callers, ours);
            double second = measure(callers, theirs);
            // The first of each warms the compiler up.
            if (run == 0) continue;
            own.add(first);
            plain.add(second);
        }
        System.out.printf(Locale.ROOT, "| %s | %,.0f | %,.0f | %.2f |%n", name, median(own), median(plain), median(own) / median(plain));
    }

    private double measure(int callers, Opening opening) throws Exception {
        try (Target target = opening.open()) {
            AtomicInteger done = new AtomicInteger();
            long start = System.nanoTime();
            List<Thread> threads = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) threads.add(Thread.ofPlatform().start(() -> load(target, done, start + nanos)));
            for (Thread thread : threads) thread.join();
            return done.get() * 1e9 / (System.nanoTime() - start);
        }
    }

    private void load(Target target, AtomicInteger done, long end) {
        try {
            while (System.nanoTime() < end) target.put("/bench/" + done.incrementAndGet() % KEYS, value);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
