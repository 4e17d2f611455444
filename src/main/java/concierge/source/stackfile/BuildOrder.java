package concierge.source.stackfile;

import concierge.model.ImageBuild;
import concierge.model.ImageName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Parents before children, else as in the file; a cycle is told with all who take part. */
final class BuildOrder {
    private final String stack;
    private final Map<String, StackReader.Build> builds;
    private final Findings findings;

    BuildOrder(String stack, Map<String, StackReader.Build> builds, Findings findings) {
        this.stack = stack;
        this.builds = builds;
        this.findings = findings;
    }

    List<ImageBuild> sorted() {
        Cycles order = new Cycles(builds.keySet(), this::parents);
        Optional<List<String>> cycle = order.cycle();
        if (cycle.isPresent()) {
            StackReader.Build first = builds.get(cycle.get().getFirst());
            if (first != null) {
                findings.problem("build-cycle", first.places().of(new ImageName(stack, cycle.get().get(1)).toString()), "build: images inherit in a circle: " + String.join(" → ", cycle.get())
                        + " (expected: an end)", "let one of them begin with another image");
            }
            return List.of();
        }
        List<ImageBuild> sorted = new ArrayList<>();
        for (String image : order.sorted()) {
            StackReader.Build build = builds.get(image);
            if (build != null) sorted.add(build.build());
        }
        return sorted;
    }

    private List<String> parents(String image) {
        StackReader.Build build = builds.get(image);
        if (build == null) return List.of();
        return build.build().dockerfile().parents().stream()
                .filter(parent -> parent.stack().equals(stack)).map(ImageName::image).filter(builds::containsKey).toList();
    }
}
