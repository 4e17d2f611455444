package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ImageEngine.BuildFailedException;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.ImageEngine.BuiltImage;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.Registry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds, pushes and pulls against a real engine and a real registry. */
class DockerImagesIT {
    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path folder;

    private DockerExecutor executor;

    @BeforeEach
    void open() {
        executor = new DockerExecutor(DockerSettings.of("image-tests", folder.resolve("logs")).withEngine(engine.address()));
    }

    @AfterEach
    void close() {
        executor.list().forEach(running -> executor.remove(running.instance()));
        executor.close();
    }

    private static byte[] tar(Map<String, String> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static BuildRequest request(String dockerfile, Map<String, String> files, String reference, boolean noCache) {
        byte[] context = tar(files);
        Digest inputs = Digest.of(dockerfile);
        return new BuildRequest(dockerfile, () -> new ByteArrayInputStream(context), reference, Map.of("concierge.inputs", inputs.hex()), noCache);
    }

    @Test
    void aBuildUsesItsContextTellsItsOutputAndIsListedAsOurs() {
        List<String> progress = new ArrayList<>();
        String dockerfile = "FROM busybox:stable\nADD . /srv\nRUN cat /srv/deep/note && ls -A /srv && echo built\n";
        String id = executor.build(request(dockerfile, Map.of("deep/note", "from the context\n"), "shop/src:1", false), progress::add);
        assertThat(executor.imageId("shop/src:1")).contains(id);
        assertThat(progress).contains("from the context", "built").anyMatch(line -> line.endsWith(" : ADD . /srv"))
                .doesNotContain(".concierge-dockerfile", ".dockerignore");
        assertThat(executor.builtImages()).extracting(BuiltImage::reference).contains("shop/src:1");
        assertThat(executor.builtImages()).extracting(BuiltImage::inputs).contains(java.util.Optional.of(Digest.of(dockerfile)));
        executor.removeImage("shop/src:1");
        executor.removeImage("shop/src:1");
        assertThat(executor.imageId("shop/src:1")).isEmpty();
    }

    @Test
    void healthVariablesOfAnImageAreToldWithWhatRuns() {
        executor.build(request("FROM busybox:stable\nENV VIKING_HEALTH=tcp VIKING_HEALTH_81=http OTHER=x\n", Map.of(), "shop/health:1", false), _ -> {});
        ServiceSpec spec = ServiceSpec.of("shop/health:1").with().command(List.of("sleep", "600")).build();
        TreeMap<String, String> environment = new TreeMap<>(Map.of("VIKING_HEALTH_81", "none"));
        var running = executor.ensure(new Workload(InstanceId.parse("shop/default/health/1"), 1, Digest.of("x"), spec, environment, Map.of(), "127.0.0.1"), _ -> {});
        assertThat(running.health()).containsExactly(Map.entry("VIKING_HEALTH", "tcp"), Map.entry("VIKING_HEALTH_81", "none"));
        executor.remove(running.instance());
        executor.removeImage("shop/health:1");
    }

    @Test
    void unchangedStepsComeFromTheCacheUnlessToldOtherwise() {
        String dockerfile = "FROM busybox:stable\nRUN echo once\n";
        executor.build(request(dockerfile, Map.of(), "shop/cached:1", false), _ -> {});
        List<String> second = new ArrayList<>();
        executor.build(request(dockerfile, Map.of(), "shop/cached:1", false), second::add);
        assertThat(second).anyMatch(line -> line.contains("Using cache"));
        List<String> third = new ArrayList<>();
        executor.build(request(dockerfile, Map.of(), "shop/cached:1", true), third::add);
        assertThat(third).noneMatch(line -> line.contains("Using cache"));
    }

    @Test
    void aFailingStepIsShownWithItsOutput() {
        String dockerfile = "FROM busybox:stable\nRUN echo fine\nRUN echo looking for it; echo not found >&2; exit 3\n";
        assertThatThrownBy(() -> executor.build(request(dockerfile, Map.of(), "shop/bad:1", false), _ -> {}))
                .hasMessage("exited with 3")
                .isInstanceOfSatisfying(BuildFailedException.class, e -> {
                    assertThat(e.step()).startsWith("RUN echo looking");
                    assertThat(e.output()).containsExactlyInAnyOrder("looking for it", "not found");
                });
        assertThatThrownBy(() -> executor.build(request("FRM busybox", Map.of(), "shop/bad:1", false), _ -> {}))
                .isInstanceOf(BuildFailedException.class)
                .hasMessageContaining("FRM");
    }

    @Test
    void aPushedImageIsPulledWhenAnInstanceNeedsIt() {
        try (Registry registry = Registry.start(folder)) {
            executor.build(request("FROM busybox:stable\nCMD echo pulled\n", Map.of(), "shop/app:1", false), _ -> {});
            String target = registry.host() + "/shop/app:1";
            List<String> pushed = new ArrayList<>();
            executor.push("shop/app:1", target, pushed::add);
            assertThat(pushed).isNotEmpty();
            executor.removeImage(target);
            executor.removeImage("shop/app:1");
            assertThat(executor.imageId(target)).isEmpty();
            List<String> progress = new ArrayList<>();
            ServiceSpec spec = ServiceSpec.of(target);
            executor.ensure(new Workload(InstanceId.parse("shop/default/app/1"), 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1"), progress::add);
            assertThat(progress).contains("pulling " + target);
            assertThat(executor.imageId(target)).isPresent();
            assertThatThrownBy(() -> executor.push("shop/none:1", registry.host() + "/none:1", _ -> {})).hasMessageContaining("shop/none:1");
        }
    }

    @Test
    void aPushToNowhereIsExplained() {
        executor.build(request("FROM busybox:stable\nLABEL a=b\n", Map.of(), "shop/app:2", false), _ -> {});
        assertThatThrownBy(() -> executor.push("shop/app:2", "localhost:1/app:2", _ -> {}))
                .hasMessageContainingAll("localhost:1/app:2", "connection refused", "expected: a registry that answers")
                .hasMessageNotContaining("docker login");
    }
}
