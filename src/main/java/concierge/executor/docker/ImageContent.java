package concierge.executor.docker;

import concierge.model.Digest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What an image is, whichever engine tells of it. Engines' own ids are no use for that: with the image store of their own
 * it is the digest of the image's configuration, with containerd's that of its manifest or of a list of those. What both
 * show alike is the moment at which it was made and the digests of its layers, unpacked.
 */
final class ImageContent {
    private static final String PREFIX = "content:";

    private ImageContent() {}

    /** @param image as {@code GET /images/{name}/json} answers */
    static String of(JsonNode image) {
        List<String> facts = new ArrayList<>();
        facts.add(created(image.path("Created").asString("")));
        facts.add(image.at("/Config/Labels").path(DockerImages.INPUTS).asString(""));
        facts.addAll(layers(image));
        return PREFIX + Digest.of(String.join("\n", facts)).hex();
    }

    static List<String> layers(JsonNode image) {
        List<String> layers = new ArrayList<>();
        image.at("/RootFS/Layers").forEach(layer -> layers.add(layer.asString("")));
        return layers;
    }

    /** Written with more or fewer digits, and for a moment that nobody told empty, left out, or as the year 1. */
    private static String created(String text) {
        try {
            Instant created = Instant.parse(text);
            return created.getEpochSecond() <= Instant.parse("0001-01-01T00:00:00Z").getEpochSecond() ? "" : created.toString();
        } catch (DateTimeParseException e) {
            return text;
        }
    }
}
