package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ByteQueue;
import concierge.executor.docker.SubnetPool.Subnet;
import concierge.json.Json;
import concierge.executor.ExecutorException;
import concierge.model.EngineOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The parts that need no engine: subnets, options, credentials, streams. */
class DockerPartsTest {
    private final SubnetPool pool = SubnetPool.parse("10.213.0.0/16", 24);

    @Test
    void aNameGetsTheSameSubnetAgainAndTheNextOneWhenItIsUsed() {
        Subnet first = pool.choose("shop", List.of()).orElseThrow();
        assertThat(pool.choose("shop", List.of())).contains(first);
        Subnet second = pool.choose("shop", List.of(first)).orElseThrow();
        assertThat(second.overlaps(first)).isFalse();
        assertThat(second.toString()).startsWith("10.213.").endsWith("/24");
    }

    @Test
    void largerAndSmallerNeighboursAreAvoided() {
        Subnet half = Subnet.parse("10.213.0.0/17");
        for (int i = 0; i < 100; i++) assertThat(pool.choose("stack" + i, List.of(half)).orElseThrow().overlaps(half)).isFalse();
        assertThat(pool.choose("shop", List.of(Subnet.parse("10.0.0.0/8")))).isEmpty();
        Subnet first = pool.choose("shop", List.of()).orElseThrow();
        Subnet within = Subnet.parse(first.toString().replace("/24", "/28"));
        assertThat(pool.choose("shop", List.of(within)).orElseThrow()).isNotEqualTo(first);
    }

    @Test
    void whatIsNoRangeIsToldAsSuch() {
        for (String wrong : List.of("bad", "10.x.0.0/16", "10.0.0.0", "10.0.0.0/33", "10.0.0/16")) {
            assertThatThrownBy(() -> SubnetPool.parse(wrong, 24)).as(wrong).hasMessage("subnet: " + wrong + " (expected: like 10.0.0.0/8)");
        }
    }

    @Test
    void everyKnownOptionIsMapped() {
        Map<String, String> samples = Map.of(
                "--sysctl", "a.b=1", "--ulimit", "nofile=1", "--shm-size", "64m", "--memory-swap", "-1", "--memory-reservation", "1g",
                "--add-host", "a:1.2.3.4", "--log-opt", "a=b", "--oom-score-adj", "-5");
        for (String name : EngineOptions.VALUED) {
            if (name.equals(EngineOptions.CONSTRAINT)) continue;
            assertThatCode(() -> DockerOptions.of(new EngineOptions(List.of(name + "=" + samples.getOrDefault(name, "1"))), true))
                    .as(name)
                    .doesNotThrowAnyException();
        }
        for (String name : EngineOptions.FLAGS) {
            assertThatCode(() -> DockerOptions.of(new EngineOptions(List.of(name)), true)).as(name).doesNotThrowAnyException();
        }
    }

    @Test
    void aSwarmWithoutALeaderIsAwayAndRefusesNothing() {
        for (String said : List.of(
                "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online.",
                "rpc error: code = DeadlineExceeded desc = context deadline exceeded")) {
            Reply reply = new Reply(500, ("{\"message\": \"" + said + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(Refusals.kind(reply)).as(said).isEqualTo(ExecutorException.Kind.unavailable);
        }
    }

    @Test
    void aFullDiskIsSaidBeforeThePathsThatItIsAbout() {
        Reply reply = new Reply(500, "{\"message\": \"mkdir /var/lib/docker/overlay2/fad2-init: no space left on device\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(Refusals.of("cannot create shop/default/web/1", reply))
                .hasMessage("cannot create shop/default/web/1: the engine's disk is full: mkdir /var/lib/docker/overlay2/fad2-init: no space left on device");
    }

    @Test
    void oneEngineHasNoNodesToChooseFrom() {
        assertThatThrownBy(() -> DockerOptions.of(new EngineOptions(List.of("--constraint=node.role==worker")), true))
                .hasMessage("dockerargs: --constraint=node.role==worker (expected: executor: swarm, where there are nodes to choose from)");
    }

    @Test
    void anUnknownOptionNamesTheNearest() {
        assertThatThrownBy(() -> DockerOptions.of(new EngineOptions(List.of("--cap-ad=NET_ADMIN")), true))
                .hasMessageContainingAll("--cap-ad=NET_ADMIN", "--cap-add");
    }

    @Test
    void sizesHaveUnits() {
        DockerOptions options = DockerOptions.of(new EngineOptions(List.of("--shm-size=64m", "--memory-reservation=2GB", "--memory-swap=-1")), true);
        assertThat(options.host).containsEntry("ShmSize", 64L << 20).containsEntry("MemoryReservation", 2L << 30).containsEntry("MemorySwap", -1L);
    }

    @Test
    void numbersThatNoEngineCanCountAreRefused() {
        for (String option : List.of("--shm-size=99999999999999999999", "--shm-size=99999999t", "--ulimit=nofile=99999999999999999999", "--pids-limit=99999999999999999999")) {
            assertThatThrownBy(() -> DockerOptions.of(new EngineOptions(List.of(option)), true))
                    .isInstanceOf(concierge.executor.ExecutorException.class).hasMessageContaining(option);
        }
    }

    @Test
    void credentialsAreFoundAsDockerLoginLeftThem(@TempDir Path folder) throws Exception {
        String auth = Base64.getEncoder().encodeToString("ann:se:cret".getBytes(StandardCharsets.UTF_8));
        Files.writeString(folder.resolve("config.json"), Json.write(Map.of("auths", Map.of("reg.example.com:5000", Map.of("auth", auth), Credentials.HUB, Map.of("identitytoken", "tok")))));
        Credentials credentials = new Credentials(folder, Map.of());
        JsonNode found = decode(credentials.header("reg.example.com:5000/a/b:1"));
        assertThat(found.path("username").asString()).isEqualTo("ann");
        assertThat(found.path("password").asString()).isEqualTo("se:cret");
        assertThat(decode(credentials.header("busybox")).path("identitytoken").asString()).isEqualTo("tok");
        assertThat(decode(credentials.header("other.example.com/x"))).isEmpty();
        assertThat(decode(credentials.buildHeader()).size()).isEqualTo(2);
    }

    @Test
    void referencesNameTheirRegistryAndGetATag() {
        assertThat(Credentials.registry("busybox:1")).isEqualTo(Credentials.HUB);
        assertThat(Credentials.registry("library/busybox")).isEqualTo(Credentials.HUB);
        assertThat(Credentials.registry("docker.io/library/busybox")).isEqualTo(Credentials.HUB);
        assertThat(Credentials.registry("localhost/a")).isEqualTo("localhost");
        assertThat(DockerImages.withTag("localhost:5000/a")).isEqualTo("localhost:5000/a:latest");
        assertThat(DockerImages.withTag("a:1")).isEqualTo("a:1");
    }

    private static JsonNode decode(String header) {
        return Json.mapper().readTree(Base64.getUrlDecoder().decode(header));
    }

    @Test
    void framesAreToldApartAndACutOneIsAnError() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (int kind = 1; kind <= 2; kind++) {
            out.write(new byte[] {(byte) kind, 0, 0, 0});
            out.writeInt(3);
            out.write(kind == 1 ? "out".getBytes(StandardCharsets.US_ASCII) : "err".getBytes(StandardCharsets.US_ASCII));
        }
        List<String> frames = new ArrayList<>();
        Frames.read(new ByteArrayInputStream(bytes.toByteArray()), (error, content) -> frames.add(error + " " + new String(content, StandardCharsets.US_ASCII)));
        assertThat(frames).containsExactly("false out", "true err");
        byte[] cut = java.util.Arrays.copyOf(bytes.toByteArray(), 20);
        assertThatThrownBy(() -> Frames.read(new ByteArrayInputStream(cut), (_, _) -> true)).hasMessageContaining("ended within a frame");
    }

    @Test
    void theQueueHandsOnEveryByteInOrder() throws Exception {
        ByteQueue queue = new ByteQueue();
        byte[] content = new byte[1 << 20];
        new Random(3).nextBytes(content);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                for (int at = 0; at < content.length; at += 10_007) queue.put(java.util.Arrays.copyOfRange(content, at, Math.min(content.length, at + 10_007)));
                queue.end(null);
            } catch (java.io.IOException e) {
                queue.end(e);
            }
        });
        assertThat(queue.readAllBytes()).isEqualTo(content);
        writer.join();
    }
}
