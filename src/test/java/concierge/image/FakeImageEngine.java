package concierge.image;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.model.Digest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Remembers what it was asked to build; a Dockerfile with the word {@code fail} fails. */
public final class FakeImageEngine implements ImageEngine {
    public final List<BuildRequest> builds = new ArrayList<>();
    /** Those that cannot be removed. */
    public final Set<String> busy = new HashSet<>();
    private final LinkedHashMap<String, BuiltImage> images = new LinkedHashMap<>();

    @Override
    public Optional<String> imageContent(String reference) {
        return imageId(reference);
    }

    @Override
    public Optional<String> imageId(String reference) {
        return Optional.ofNullable(images.get(reference)).map(BuiltImage::id);
    }

    @Override
    public String build(BuildRequest request, Consumer<String> progress) {
        progress.accept("Step 1");
        if (request.dockerfile().contains("fail")) throw new BuildFailedException("exit code 7", "RUN fail", List.of("oh no"));
        builds.add(request);
        Optional<Digest> inputs = Optional.ofNullable(request.labels().get(Images.INPUTS_LABEL)).map(Digest::new);
        images.remove(request.reference());
        images.putFirst(request.reference(), new BuiltImage(request.reference(), "sha256:" + builds.size(), inputs, 1));
        return "sha256:" + builds.size();
    }

    @Override
    public String push(String reference, String target, Consumer<String> progress) {
        throw new AssertionError("pushed " + reference + " (expected: only builds)");
    }

    @Override
    public List<BuiltImage> builtImages() {
        return List.copyOf(images.values());
    }

    @Override
    public void removeImage(String reference) {
        if (busy.contains(reference)) throw new ExecutorException(ExecutorException.Kind.conflict, "in use");
        images.remove(reference);
    }

    public Map<String, BuiltImage> images() {
        return images;
    }
}
