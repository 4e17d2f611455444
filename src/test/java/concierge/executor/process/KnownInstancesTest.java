package concierge.executor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import concierge.model.InstanceId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownInstancesTest {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static final InstanceId OTHER = InstanceId.parse("shop/default/web/2");

    @TempDir
    Path folder;

    private void save(InstanceId instance, long generation, String installation, int port) throws Exception {
        InstanceFolder place = new InstanceFolder(folder.resolve(InstanceFolder.name(instance, generation, installation)));
        Files.createDirectories(place.path());
        place.save(new ProcessRecord(
                installation, instance.path(), generation, Digest.of("spec"), "web", "/", new TreeMap<>(), "127.0.0.1",
                new TreeMap<>(Map.of("80/tcp", port)), List.of(), List.of()));
    }

    @Test
    void aRecordThatWasReplacedIsReadAnewAndOneThatIsGoneIsForgotten() throws Exception {
        KnownInstances kept = new KnownInstances(folder, "ours");
        assertThat(kept.find(WEB)).isEmpty();
        save(WEB, 7, "ours", 20_001);
        assertThat(kept.portsBeside(OTHER)).containsExactly(Map.entry(20_001, WEB.path()));
        // Of the same length, within the same moment.
        save(WEB, 7, "ours", 20_002);
        assertThat(kept.portsBeside(OTHER)).containsExactly(Map.entry(20_002, WEB.path()));
        assertThat(kept.portsBeside(WEB)).isEmpty();
        InstanceFolder.delete(folder.resolve(InstanceFolder.name(WEB, 7, "ours")));
        assertThat(kept.all()).isEmpty();
    }

    @Test
    void aFolderThatIsGoneIsToldOnceWithWhatToDo() {
        Path gone = folder.resolve("gone");
        assertThatThrownBy(() -> new KnownInstances(gone, "ours").all())
                .hasMessage("the folder of its records is gone: " + gone + " (expected: there as long as anything runs); bring it back, or start the agent again with an empty one");
    }

    @Test
    void theNewestGenerationCountsAndOthersInstancesAreNotSeen() throws Exception {
        save(WEB, 9, "ours", 1);
        save(WEB, 10, "ours", 2);
        save(WEB, 11, "theirs", 3);
        KnownInstances kept = new KnownInstances(folder, "ours");
        assertThat(kept.find(WEB).orElseThrow().made().generation()).isEqualTo(10);
        assertThat(kept.nameOf(WEB)).isEqualTo(WEB.containerName() + "-ours");
        assertThat(kept.nameOf(OTHER)).isEqualTo(OTHER.containerName());
    }
}
