package concierge.image;

import concierge.model.Digest;
import concierge.model.ImageName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What will be built, in this order, and why; what is there already has its step too. */
public record BuildPlan(List<Step> steps) {
    /**
     * @param dockerfile with parents replaced by their references
     * @param parents references of the built images that it is made from
     * @param inputs digest of everything the image is made from
     * @param reference the image's, whether it is built or kept
     * @param build false: the engine has it
     * @param reason for people: {@code not built yet}
     */
    public record Step(ImageName image, String dockerfile, List<String> parents, Digest inputs, String reference, boolean build, String reason) {
        public Step {
            parents = List.copyOf(parents);
        }
    }

    public BuildPlan {
        steps = List.copyOf(steps);
    }

    /** Every image's reference, as services will name it. */
    public Map<ImageName, String> references() {
        Map<ImageName, String> references = new LinkedHashMap<>();
        for (Step step : steps) references.put(step.image(), step.reference());
        return references;
    }
}
