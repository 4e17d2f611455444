package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.ImageEngine.BuiltImage;
import concierge.executor.OneAtATime;
import concierge.model.Digest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** The images of one engine: pulled, built, pushed, listed, removed. Thread-safe. */
final class DockerImages {
    /** Images of several gigabytes over a slow line. */
    private static final Duration TRANSFER_LIMIT = Duration.ofMinutes(30);

    /** How registries refuse somebody, as Docker 20.10 to 28 pass it on. */
    private static final List<String> NOT_LET_IN =
            List.of("unauthorized", "no basic auth credentials", "authentication required", "denied");

    /** The label that the image part puts on what it builds: the digest of everything that went in. */
    static final String INPUTS = "concierge.inputs";

    private final Engine engine;
    private final Credentials credentials;
    private final String installation;
    private final ImageBuild builds;

    /** Instances which start together share one. */
    private final OneAtATime pulls = new OneAtATime();

    DockerImages(Engine engine, Credentials credentials, String installation) {
        this.engine = engine;
        this.credentials = credentials;
        this.installation = installation;
        this.builds = new ImageBuild(engine, credentials, installation);
    }

    /** The engine's. */
    Optional<String> imageId(String reference) {
        Reply reply = engine.get("/images/" + Engine.encode(reference) + "/json");
        if (reply.notFound()) return Optional.empty();
        return Optional.of(reply.orFail("cannot look at the image " + reference).json().path("Id").asString());
    }

    String build(BuildRequest request, Consumer<String> progress) {
        return builds.run(request, progress);
    }

    /** Fetches an image; who asks while somebody fetches it already waits for that. */
    void pull(String reference, Consumer<String> progress) {
        pulls.run(reference, progress, () -> transferIn(reference, progress));
    }

    private void transferIn(String reference, Consumer<String> progress) {
        progress.accept("pulling " + reference);
        String path = "/images/create?fromImage=" + Engine.encode(withTag(reference));
        Optional<String> error = engine.within(TRANSFER_LIMIT, "pull " + reference, () -> {
            try (Engine.Open open = engine.open("POST", path, Map.of("X-Registry-Auth", credentials.header(reference)), null)) {
                if (open.status() >= 400) return Optional.of(open.refusal().message());
                return ImageStream.transfer(open.body(), progress).error();
            }
        });
        if (error.isPresent()) throw missing(reference, error.get());
    }

    /** As {@link #pull}, by its digest; from then on under a name of ours alone. */
    void pull(String source, String reference, Consumer<String> progress) {
        pulls.run(reference, progress, () -> {
            transferIn(source, progress);
            tag(source, reference);
            removeImage(source);
        });
    }

    /** What a registry said, with who it was told that we are where that may be the reason. */
    private String explained(String reference, String said) {
        return isRefused(said) ? said + "; it was asked " + credentials.told(reference) : said;
    }

    private static boolean isRefused(String said) {
        return NOT_LET_IN.stream().anyMatch(said::contains);
    }

    private ExecutorException missing(String reference, String said) {
        if (said.contains(Refusals.FULL)) return new ExecutorException(Kind.exhausted, "cannot pull " + reference + ": " + Refusals.plainly(said));
        return new ExecutorException(Kind.imageMissing, "image: " + reference + " is not on this engine, and pulling it failed: " + explained(reference, said)
                + " (expected: an image that was built or loaded here, or one that its registry gives out; try `docker pull " + reference
                + "`, and `docker login` where it needs an account)");
    }

    /** As {@link concierge.executor.ImageEngine#push}. */
    String push(String reference, String target, Consumer<String> progress) {
        tag(reference, target);
        String path = "/images/" + Engine.encode(withoutTag(target)) + "/push?tag=" + Engine.encode(tagOf(target));
        ImageStream.Transferred pushed = engine.within(TRANSFER_LIMIT, "push " + target, () -> {
            try (Engine.Open open = engine.open("POST", path, Map.of("X-Registry-Auth", credentials.header(target)), null)) {
                if (open.status() >= 400) return new ImageStream.Transferred(Optional.of(open.refusal().message()), "");
                return ImageStream.transfer(open.body(), progress);
            }
        });
        if (pushed.error().isEmpty()) return pushed.digest();
        String error = pushed.error().get();
        throw new ExecutorException(Kind.refused, "cannot push " + target + ": " + explained(target, error)
                + " (expected: a registry that answers and takes it" + (isRefused(error) ? "; try `docker login " + Credentials.registry(target) + "`" : "") + ")");
    }

    private void tag(String reference, String target) {
        engine.post("/images/" + Engine.encode(reference) + "/tag?repo=" + Engine.encode(withoutTag(target)) + "&tag=" + Engine.encode(tagOf(target)))
                .orFail("cannot tag " + reference + " as " + target);
    }

    private static String tagOf(String reference) {
        return withTag(reference).substring(withoutTag(reference).length() + 1);
    }

    /** As {@link concierge.executor.ImageEngine#builtImages}. */
    List<BuiltImage> builtImages() {
        List<JsonNode> found = new ArrayList<>();
        engine.get("/images/json?filters=" + Labels.filter(Labels.INSTALLATION + "=" + installation))
                .orFail("cannot list the images")
                .json()
                .forEach(found::add);
        found.sort(Comparator.comparingLong((JsonNode image) -> image.path("Created").asLong(0)).reversed());
        List<BuiltImage> images = new ArrayList<>();
        for (JsonNode image : found) {
            Optional<Digest> inputs = Optional.of(image.path("Labels").path(INPUTS).asString(""))
                    .filter(hex -> hex.matches("[0-9a-f]{64}"))
                    .map(Digest::new);
            for (JsonNode tag : image.path("RepoTags")) {
                if (tag.asString("").equals("<none>:<none>")) continue;
                images.add(new BuiltImage(tag.asString(), image.path("Id").asString(), inputs, image.path("Size").asLong(0)));
            }
        }
        return images;
    }

    /** Of something that is not there: nothing to do. */
    void removeImage(String reference) {
        Reply reply = engine.delete("/images/" + Engine.encode(reference));
        if (!reply.notFound()) reply.orFail("cannot remove the image " + reference);
    }

    /** Without a tag the engine would fetch every tag there is. */
    static String withTag(String reference) {
        boolean tagged = reference.contains("@") || reference.lastIndexOf(':') > reference.lastIndexOf('/');
        return tagged ? reference : reference + ":latest";
    }

    private static String withoutTag(String reference) {
        int colon = reference.lastIndexOf(':');
        return colon > reference.lastIndexOf('/') ? reference.substring(0, colon) : reference;
    }
}
