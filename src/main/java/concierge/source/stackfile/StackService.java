package concierge.source.stackfile;

import concierge.model.Location;
import concierge.model.ServiceSpec;
import java.util.Map;

/**
 * A service as the file has it.
 *
 * @param draft as the final specification, but with {@code viking:} images, {@code _stack:KEY} values and
 *     sites as they are written
 * @param at where it stands
 * @param environmentAt where each variable stands
 * @param imageAt where its image stands; its own place when it has none
 */
public record StackService(
        String name, int scale, ServiceSpec draft, Location at, Location imageAt, Map<String, Location> environmentAt) {
    public StackService {
        environmentAt = Map.copyOf(environmentAt);
    }
}
