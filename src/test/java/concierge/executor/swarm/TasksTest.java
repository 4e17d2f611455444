package concierge.executor.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.Running;
import concierge.executor.swarm.Members.Member;
import concierge.executor.swarm.Tasks.Task;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Resources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** What Swarm's words about tasks mean for an instance. */
class TasksTest {
    private static final Services.Known SERVICE = new Services.Known(
            "s", 1, Json.mapper().createObjectNode(), InstanceId.parse("shop/default/web/1"), 7, Digest.of("x"), "shop-default-web-1",
            new TreeMap<>(Map.of("80/tcp", 20001)));

    private static Task task(int second, String state, String desired, String node, String container, int exitCode, String error) {
        return new Task("t" + second, "s", Instant.ofEpochSecond(second), state, desired, node, container, exitCode, error, 0);
    }

    private static Map<String, Member> members(boolean secondIsReady) {
        return Map.of("a", member("a", true), "b", member("b", secondIsReady));
    }

    private static Member member(String name, boolean ready) {
        return member(name, ready, !ready);
    }

    private static Member member(String name, boolean ready, boolean down) {
        return new Member(name, "node-" + name, "10.0.0." + name.charAt(0) % 10, true, ready, down, true, "", Resources.NONE, new TreeMap<>());
    }

    private static Running running(boolean secondIsReady, Task... tasks) {
        return new Tasks(List.of(tasks)).running(SERVICE, members(secondIsReady));
    }

    @Test
    void aRunningTaskIsARunOnItsNode() {
        Running running = running(true, task(1, "running", "running", "b", "c1", 0, ""));
        assertThat(running.state()).isEqualTo(Running.State.running);
        assertThat(running.remark()).isEqualTo("on node-b");
        assertThat(running.ports()).isEqualTo(Map.of("80/tcp", "10.0.0.8:20001"));
        assertThat(running.started()).contains(Instant.ofEpochSecond(1));
        assertThat(running.generation()).isEqualTo(7);
    }

    @Test
    void whatHasEndedWaitsForSwarmsPauseAsEnded() {
        Running running = running(true, task(2, "pending", "ready", "", "", 0, ""), task(1, "failed", "shutdown", "a", "c1", 3, "task: non-zero exit (3)"));
        assertThat(running.state()).isEqualTo(Running.State.ended);
        assertThat(running.exitCode()).contains(3);
        assertThat(running.started()).as("the run that ended").contains(Instant.ofEpochSecond(1));
    }

    @Test
    void aTaskOnANodeThatIsDownHasEndedWithoutACode() {
        Task lost = task(1, "running", "shutdown", "b", "c1", 0, "");
        assertThat(running(true, lost).state()).as("it is being stopped").isEqualTo(Running.State.running);
        assertThat(running(false, lost).state()).isEqualTo(Running.State.ended);
        assertThat(running(false, lost).exitCode()).isEqualTo(Optional.empty());
        assertThat(running(false, lost, task(2, "running", "running", "a", "c2", 0, "")).remark()).isEqualTo("on node-a");
    }

    @Test
    void aTaskRunsOnWhileANewLeaderDoesNotKnowItsNodeYet() {
        Tasks tasks = new Tasks(List.of(task(1, "running", "running", "a", "c1", 0, "")));
        assertThat(tasks.running(SERVICE, Map.of("a", member("a", false, false))).state()).isEqualTo(Running.State.running);
    }

    @Test
    void whatAnUpdateTookAwayBeforeItWasStartedIsNoFurtherEnd() {
        ObjectNode spec = Json.mapper().createObjectNode();
        spec.putObject("TaskTemplate").put("ForceUpdate", 1);
        Services.Known forced = new Services.Known(
                "s", 1, spec, SERVICE.instance(), 7, SERVICE.digest(), SERVICE.name(), SERVICE.ports());
        Task ended = task(1, "failed", "shutdown", "a", "c1", 3, "task: non-zero exit (3)");
        Task prepared = task(2, "shutdown", "shutdown", "a", "c2", 0, "");
        Tasks tasks = new Tasks(List.of(ended, prepared, task(3, "starting", "running", "a", "c3", 0, "")));
        assertThat(tasks.running(forced, members(true)).started()).contains(Instant.ofEpochSecond(1));
        assertThat(tasks.running(SERVICE, members(true)).started()).as("it was stopped").contains(Instant.ofEpochSecond(2));
    }

    @Test
    void whatCouldNotBeStartedHasNotRun() {
        Task rejected = task(1, "rejected", "shutdown", "a", "", 0, "No such image: nosuch:1");
        Task unstartable = task(2, "failed", "shutdown", "a", "c2", 127, "starting container failed: no such file");
        assertThat(running(true, rejected, unstartable).state()).isEqualTo(Running.State.created);
    }
}
