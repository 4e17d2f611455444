package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reset leaves on an engine: nothing of this installation, everything of others. */
class ResetIT {
    @TempDir
    Path folder;

    private static TreeSet<String> images(RawDocker raw) {
        TreeSet<String> names = new TreeSet<>();
        raw.get("/images/json").ok().json().forEach(image -> image.path("RepoTags").forEach(tag -> names.add(tag.asString())));
        return names;
    }

    private static int labelled(RawDocker raw, String what, String list) {
        return (int) raw.get(what).ok().json().findValuesAsString("concierge.installation").stream().filter(list::equals).count();
    }

    @Test
    void aResetTakesStacksVolumesImagesAndTheStateAndNothingElse() throws Exception {
        try (DockerEngine engine = DockerEngine.start();
                Installation installation = new Installation(engine.address());
                Installation other = new Installation(engine.address())) {
            RawDocker raw = engine.raw();
            String file = """
                    viking: {name: shop}
                    build:
                      base: |
                        FROM busybox:stable
                        RUN echo one > /one
                      app: |
                        FROM viking:shop/base
                        RUN echo two > /two
                    deploy:
                      web:
                        image: viking:shop/app
                        stop_grace: 1s
                        update: {monitor: 1s}
                        volume: /data
                        secrets: [key]
                        run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
                    """;
            String stack = Stacks.folder(folder, "shop", file).toString();
            for (Installation one : List.of(installation, other)) {
                one.must("server", "start");
                assertThat(one.concierge(folder, "hush", "secret", "set", "shop", "key").exit()).isZero();
                one.must("up", stack);
            }
            TreeSet<String> all = images(raw);
            assertThat(all).as("two of each, and their base").hasSize(5);
            String id = installation.server().get("installation").asString();
            // Somebody's own image, made from one of ours: it has the labels of its parent.
            String ours = raw.get("/images/json?filters=" + java.net.URLEncoder.encode("{\"label\":[\"concierge.installation=" + id + "\"]}", java.nio.charset.StandardCharsets.UTF_8))
                    .ok().json().get(0).path("RepoTags").get(0).asString();
            String container = raw.post("/containers/create?name=foreign", Map.of("Image", ours, "Cmd", List.of("true"))).ok().json().path("Id").asString();
            raw.post("/commit?container=" + container + "&repo=mine&tag=1", Map.of()).ok();
            raw.delete("/containers/" + container).ok();

            Installation.Outcome reset = installation.must("reset", "--yes");

            assertThat(reset.err()).doesNotContain("left behind");
            TreeSet<String> left = images(raw);
            assertThat(left).hasSize(4).contains("mine:1", "busybox:stable");
            assertThat(all).containsAll(left.stream().filter(name -> !name.equals("mine:1")).toList());
            assertThat(labelled(raw, "/containers/json?all=1", id)).isZero();
            assertThat(raw.get("/volumes").ok().text()).doesNotContain(id);
            assertThat(Files.exists(installation.home().resolve("secrets.key"))).isFalse();
            assertThat(other.allReady("shop", 1)).as("the other installation's go on").isTrue();
        }
    }
}
