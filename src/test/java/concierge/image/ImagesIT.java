package concierge.image;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.archive.Packer;
import concierge.executor.ImageEngine;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.model.Digest;
import concierge.model.Parsed;
import concierge.source.stackfile.StackFile;
import concierge.testing.DockerEngine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example's images on a real engine. */
class ImagesIT {
    @TempDir
    Path logs;

    @Test
    void buildsTheExampleOnceAndPrunesNothingInUse() throws Exception {
        DockerSettings settings = DockerSettings.of("image-plan-tests", logs).withEngine(DockerEngine.shared().address());
        try (DockerExecutor executor = new DockerExecutor(settings)) {
            Images images = new Images(executor, "image-plan-tests");
            Path folder = Path.of("examples/ragnar");
            StackFile file = ((Parsed.Good<StackFile>) StackFile.parse("viking.yml", Files.readAllBytes(folder.resolve("viking.yml")))).value();
            ByteArrayOutputStream tar = new ByteArrayOutputStream();
            Packer.context(folder, tar);
            ImageEngine.ContextSource context = () -> new ByteArrayInputStream(tar.toByteArray());
            Digest digest = ContextDigest.of(context.open(), "viking.yml");
            Images.Request request = new Images.Request(file.builds(), Optional.of(digest), _ -> Optional.empty(), false);
            List<BuildEvent> events = new ArrayList<>();

            BuildOutcome outcome = images.build(plan(images, request), context, false, events::add);

            assertThat(outcome).as("%s", events).isInstanceOf(BuildOutcome.Built.class);
            assertThat(events).anyMatch(BuildEvent.Output.class::isInstance);
            BuildPlan again = plan(images, request);
            assertThat(again.steps()).hasSize(4).noneMatch(BuildPlan.Step::build);
            assertThat(again.references().values()).allMatch(reference -> executor.imageId(reference).isPresent());
            assertThat(images.prune(again.references()::containsValue).removed()).isEmpty();
        }
    }

    private static BuildPlan plan(Images images, Images.Request request) {
        return ((Parsed.Good<BuildPlan>) images.plan(request)).value();
    }
}
