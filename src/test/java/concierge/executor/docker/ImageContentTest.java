package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.ImageTransfer.Image;
import concierge.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One image, as engines with different image stores describe it. */
class ImageContentTest {
    private static String content(String id, String created, String layers, String inputs) {
        return ImageContent.of(Json.mapper().readTree("""
                {"Id": "%s", "Created": %s, "Config": {"Labels": {"concierge.inputs": "%s"}}, "RootFS": {"Type": "layers", "Layers": [%s]}}
                """.formatted(id, created, inputs, layers)));
    }

    @Test
    void itIsTheSameWhicheverIdTheEngineGivesIt() {
        String own = content("sha256:c0", "\"2026-11-21T20:00:00.123456789Z\"", "\"sha256:aa\",\"sha256:bb\"", "11");
        String containerds = content("sha256:d1", "\"2026-11-21T20:00:00.123456789Z\"", "\"sha256:aa\",\"sha256:bb\"", "11");
        assertThat(own).isEqualTo(containerds).startsWith("content:");
    }

    @Test
    void otherLayersAnotherMomentAndOtherInputsMakeAnotherOne() {
        String one = content("sha256:c0", "\"2026-11-21T20:00:00Z\"", "\"sha256:aa\"", "11");
        assertThat(content("sha256:c0", "\"2026-11-21T20:00:01Z\"", "\"sha256:aa\"", "11")).isNotEqualTo(one);
        assertThat(content("sha256:c0", "\"2026-11-21T20:00:00Z\"", "\"sha256:bb\"", "11")).isNotEqualTo(one);
        assertThat(content("sha256:c0", "\"2026-11-21T20:00:00Z\"", "\"sha256:aa\"", "12")).isNotEqualTo(one);
        assertThat(content("sha256:c0", "\"2026-11-21T20:00:00.000Z\"", "\"sha256:aa\"", "11")).isEqualTo(one);
    }

    @Test
    void aMomentThatNobodyToldIsOneHoweverItIsWritten() {
        String empty = content("sha256:c0", "\"\"", "\"sha256:aa\"", "");
        assertThat(content("sha256:c0", "\"0001-01-01T00:00:00Z\"", "\"sha256:aa\"", "")).isEqualTo(empty);
        assertThat(content("sha256:c0", "null", "\"sha256:aa\"", "")).isEqualTo(empty);
    }

    @Test
    void whatAnOlderVersionNotedIsStillKnown() {
        Image image = new Image("sha256:c0", "content:1", List.of(), 0);
        assertThat(image.is("sha256:c0")).isTrue();
        assertThat(image.is("content:1")).isTrue();
        assertThat(image.is("sha256:d1")).isFalse();
    }

    @Test
    void anEngineWithContainerdsImageStoreGetsAllLayers() {
        assertThat(EngineTransfer.wantsAllLayers(Json.mapper().readTree("{\"DriverStatus\": [[\"driver-type\", \"io.containerd.snapshotter.v1\"]]}"))).isTrue();
        assertThat(EngineTransfer.wantsAllLayers(Json.mapper().readTree("{\"DriverStatus\": [[\"Backing Filesystem\", \"extfs\"], [\"Supports d_type\", \"true\"]]}"))).isFalse();
        assertThat(EngineTransfer.wantsAllLayers(Json.mapper().readTree("{}"))).isFalse();
    }
}
