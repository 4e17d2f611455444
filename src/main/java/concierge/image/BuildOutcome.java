package concierge.image;

import concierge.model.ImageName;
import concierge.model.Problem;
import java.util.List;
import java.util.Map;

/** How a build ended. */
public sealed interface BuildOutcome {
    /** @param references of all images of the plan, built or kept */
    record Built(Map<ImageName, String> references) implements BuildOutcome {
        public Built {
            references = Map.copyOf(references);
        }
    }

    /**
     * A step failed; images before it are built and stay.
     *
     * @param output the step's last lines
     */
    record Failed(ImageName image, String step, List<String> output, Problem problem) implements BuildOutcome {
        public Failed {
            output = List.copyOf(output);
        }
    }
}
