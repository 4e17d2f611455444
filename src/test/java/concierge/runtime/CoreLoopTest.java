package concierge.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class CoreLoopTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    private void awaitDone(String... effects) {
        Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertThat(done).containsExactly(effects));
    }

    @Test
    void stepsEventsInTheirOrderAndRunsTheirEffects() {
        Core<String, String> core = (event, _) -> List.of(event + "!", event + "?");
        try (CoreLoop<String, String> loop = new CoreLoop<>("test", core, InstantSource.system(), done::add)) {
            loop.tell("a");
            loop.tell("b");
            loop.start();
            awaitDone("a!", "a?", "b!", "b?");
        }
    }

    @Test
    void anInterruptedThreadIsHeardToo() throws InterruptedException {
        try (CoreLoop<String, String> loop = new CoreLoop<>("test", (event, _) -> List.of(event), InstantSource.system(), done::add)) {
            loop.start();
            boolean[] stillInterrupted = new boolean[1];
            Thread cancelled = Thread.ofVirtual().start(() -> {
                Thread.currentThread().interrupt();
                loop.tell("called off");
                stillInterrupted[0] = Thread.currentThread().isInterrupted();
            });
            cancelled.join();
            awaitDone("called off");
            assertThat(stillInterrupted[0]).isTrue();
        }
    }

    @Test
    void aBugInAStepIsSurvived() {
        Core<String, String> core = (event, _) -> {
            if (event.equals("bad")) throw new IllegalStateException("a bug, made for this test");
            return List.of(event);
        };
        try (CoreLoop<String, String> loop = new CoreLoop<>("test", core, InstantSource.system(), done::add)) {
            loop.start();
            loop.tell("bad");
            loop.tell("good");
            awaitDone("good");
        }
    }

    @Test
    void aTellerOfAClosedLoopDoesNotWaitForRoom() throws InterruptedException {
        CoreLoop<String, String> loop = new CoreLoop<>("test", (event, _) -> List.of(event), InstantSource.system(), done::add);
        CountDownLatch full = new CountDownLatch(1);
        Thread teller = Thread.ofVirtual().start(() -> {
            for (int i = 0; i <= 100_000; i++) {
                if (i == 100_000) full.countDown();
                loop.tell("event");
            }
        });
        full.await();
        loop.close();
        assertThat(teller.join(LIMIT)).isTrue();
    }
}
