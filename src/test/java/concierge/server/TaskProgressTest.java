package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.source.portier.Claim;
import concierge.state.Keys;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What workers say of how they come along, in the list of tasks. */
class TaskProgressTest extends ApiTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("clock:1");

    private static String instance(String task) {
        return "portier/clock/" + task + "/1";
    }

    private void run(String task, InstanceState state) {
        api.commit(to -> to.put(Keys.CLAIMS + task, Json.write(new Claim(task, "clock", "one", "{}", ""))));
        api.want("portier/clock/" + task, SPEC, 1);
        api.run(instance(task), SPEC, state, "");
    }

    private void say(String task, int second, String line) {
        api.executor.say(instance(task), Api.AT.plusSeconds(second), line);
    }

    private JsonNode progress(String task) {
        for (JsonNode found : api.get("/v1/portier/tasks").body().path("tasks")) if (found.path("task").asString().equals(task)) return found.path("progress");
        throw new AssertionError(task + " is not listed");
    }

    /** What is fresh is not read again. */
    private void awaitProgress(String task, String frames) {
        org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> progress(task).at("/values/frames").asString("").equals(frames));
    }

    @Test
    void theLastProgressThatAWorkerToldIsListedWithItsTime() {
        api.host();
        run("t1", InstanceState.ready);
        say("t1", 1, "progress frames=25 speed=0.9x");
        say("t1", 6, "progress frames=150 bitrate=812.3kbits/s speed=1.01x");
        say("t1", 7, "[mpegts @ 0x55] Non-monotonous DTS");
        say("t1", 8, "progress was made at last");
        JsonNode progress = progress("t1");
        assertThat(progress.path("values").toString()).isEqualTo("{\"bitrate\":\"812.3kbits/s\",\"frames\":\"150\",\"speed\":\"1.01x\"}");
        assertThat(Instant.parse(progress.path("at").asString())).isEqualTo(Api.AT.plusSeconds(6));
        assertThat(api.get("/v1/portier/tasks?progress=false").body().at("/tasks/0").path("progress").has("values")).isFalse();
    }

    @Test
    void whatDoesNotRunOrSaysNothingHasNone() {
        api.host();
        run("silent", InstanceState.ready);
        run("failed", InstanceState.failed);
        say("silent", 1, "hello");
        say("failed", 1, "progress frames=1");
        assertThat(progress("silent").has("values")).isFalse();
        assertThat(progress("failed").has("values")).isFalse();
    }

    @Test
    void anEngineThatHangsKeepsNobodyWaitingAndHidesNoOther() {
        api.host();
        run("hangs", InstanceState.ready);
        run("works", InstanceState.ready);
        say("works", 1, "progress frames=7");
        api.executor.hang(instance("hangs"));
        long asked = System.nanoTime();
        assertThat(progress("works").at("/values/frames").asString()).isEqualTo("7");
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void whatOtherLinesPushedAwayIsTheLastThatIsKnown() {
        api.host();
        run("t1", InstanceState.ready);
        say("t1", 1, "progress frames=25");
        awaitProgress("t1", "25");
        say("t1", 2, "progress frames=50");
        awaitProgress("t1", "50");
        for (int i = 0; i < 200; i++) say("t1", 3, "noise " + i);
        Instant later = Instant.now().plusSeconds(2);
        org.awaitility.Awaitility.await().until(() -> progress("t1").at("/values/frames").asString("").equals("50") && Instant.now().isAfter(later));
    }
}
