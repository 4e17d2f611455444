package concierge.store.sqlite;

import concierge.store.Admission;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import java.nio.file.Path;

/** A program that commits from several threads for ever and prints each commit once it is acknowledged. */
final class Committer {
    private static final int THREADS = 8;

    private Committer() {}

    public static void main(String[] arguments) throws InterruptedException {
        SqliteStore store = SqliteStore.open(Path.of(arguments[0]), Admission.ANY, Integer.parseInt(arguments[2]));
        String round = arguments[1];
        Thread[] threads = new Thread[THREADS];
        for (int t = 0; t < THREADS; t++) {
            String own = round + "/" + t + "/";
            threads[t] = Thread.ofPlatform().start(() -> commit(store, own));
        }
        for (Thread thread : threads) thread.join();
    }

    private static void commit(SqliteStore store, String own) {
        for (int i = 0; ; i++) {
            String key = "/c/" + own + i;
            Transaction transaction = Transaction.id(key).put(key, "value of " + key).put("/twin/" + own + i, "x").put("/last/" + own, "" + i).build();
            if (store.commit(transaction) instanceof CommitResult.Committed(long revision)) {
                synchronized (System.out) {
                    System.out.println(key + " " + revision);
                    System.out.flush();
                }
            }
        }
    }
}
