package concierge.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.store.Admission;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Transaction;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is there after any end of the process and after any loss of what was not. */
class SqliteCrashTest {
    private static final int WAL_HEADER = 32;
    private static final int FRAME = 24 + 4096;

    @TempDir
    Path folder;

    @Test
    void everyAcknowledgedCommitSurvivesKill() throws Exception {
        Random random = new Random(7);
        Path path = folder.resolve("state.db");
        Map<String, Long> acknowledged = new HashMap<>();
        for (int round = 0; round < 5; round++) {
            // A short history, so that compactions are killed too.
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                            "-Xmx128m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                            Committer.class.getName(), path.toString(), "" + round, "150")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int enough = 20 + random.nextInt(1500);
            int heard = 0;
            try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    int space = line.indexOf(' ');
                    if (space > 0 && space + 1 < line.length()) acknowledged.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
                    if (++heard == enough) child.toHandle().destroyForcibly();
                }
            }
            assertThat(child.waitFor()).isEqualTo(137);
            assertThat(heard).isGreaterThanOrEqualTo(enough);
            verify(path, acknowledged);
        }
    }

    private static void verify(Path path, Map<String, Long> acknowledged) {
        try (SqliteStore store = SqliteStore.open(path, Admission.ANY, 150)) {
            Map<String, Entry> found = everything(store);
            acknowledged.forEach((key, revision) -> {
                assertThat(found).containsKey(key);
                assertThat(found.get(key).value().text()).isEqualTo("value of " + key);
                // The last line may have been cut off by the kill, and its number with it.
                assertThat(found.get(key).created()).asString().startsWith(revision.toString());
            });
            for (String key : found.keySet()) {
                if (key.startsWith("/c/")) assertThat(found).as("commits are whole").containsKey("/twin/" + key.substring(3));
            }
        }
    }

    private static Map<String, Entry> everything(SqliteStore store) {
        Map<String, Entry> all = new HashMap<>();
        String after = "";
        for (boolean more = true; more; ) {
            Page page = store.list("/", after, Limits.PAGE, 0);
            for (Entry entry : page.entries()) all.put(entry.key(), entry);
            more = page.more();
            if (more) after = page.entries().getLast().key();
        }
        return all;
    }

    @Test
    void filesCutAnywhereReopenToAPrefixWithEveryAcknowledgedCommit() throws Exception {
        Path path = folder.resolve("state.db");
        Path wal = Path.of(path + "-wal");
        List<Long> lengths = new ArrayList<>();
        byte[] database;
        byte[] log;
        try (SqliteStore store = SqliteStore.open(path, Admission.ANY)) {
            lengths.add(Files.size(wal));
            for (int i = 1; i <= 30; i++) {
                store.commit(Transaction.id("c" + i).put("/k/" + i, "x".repeat(i * 100)).put("/last", "" + i).delete("/k/" + (i - 5)).build());
                lengths.add(Files.size(wal));
            }
            database = Files.readAllBytes(path);
            log = Files.readAllBytes(wal);
        }
        assertThat(log.length).isEqualTo(lengths.getLast().intValue()).isGreaterThan(100 * 1024);
        List<Integer> cuts = new ArrayList<>(List.of(0, 1, WAL_HEADER - 1));
        for (int cut = WAL_HEADER; cut <= log.length; cut += FRAME) cuts.add(cut);
        Random random = new Random(1);
        for (int i = 0; i < 40; i++) cuts.add(random.nextInt(log.length));
        TreeMap<Integer, Integer> reached = new TreeMap<>();
        for (int cut : cuts) reached.put(cut, lastAfterCut(database, log, cut, lengths));
        assertThat(List.copyOf(reached.values())).isSorted();
        assertThat(reached.lastEntry().getValue()).isEqualTo(30);
    }

    private int lastAfterCut(byte[] database, byte[] log, int cut, List<Long> lengths) throws Exception {
        Path copy = Files.createTempDirectory(folder, "cut");
        Path path = copy.resolve("state.db");
        Files.write(path, database);
        Files.write(Path.of(path + "-wal"), Arrays.copyOf(log, cut));
        int acknowledged = 0;
        while (acknowledged + 1 < lengths.size() && lengths.get(acknowledged + 1) <= cut) acknowledged++;
        try (SqliteStore store = SqliteStore.open(path, Admission.ANY)) {
            int last = store.find("/last").map(entry -> Integer.parseInt(entry.value().text())).orElse(0);
            assertThat(last).as("cut at %d", cut).isGreaterThanOrEqualTo(acknowledged);
            assertThat(store.revision()).isEqualTo(last);
            assertThat(store.list("/k/", "", 100, 0).entries()).extracting(Entry::created)
                    .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(Math.max(1, last - 4), last).boxed().toList());
            return last;
        }
    }
}
