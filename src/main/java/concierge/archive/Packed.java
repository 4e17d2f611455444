package concierge.archive;

import concierge.model.Digest;
import java.util.List;

/**
 * What {@link Packer} wrote.
 *
 * @param digest of the tar's bytes
 * @param bytes the tar's size
 * @param warnings what was left out though nobody asked for that, a sentence each
 */
public record Packed(Digest digest, long bytes, int entries, List<String> warnings) {
    public Packed {
        warnings = List.copyOf(warnings);
    }
}
