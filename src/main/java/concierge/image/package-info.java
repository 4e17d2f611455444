/**
 * Images built from stack files, and what clients upload. Start with {@link concierge.image.Images} (what
 * would be built and why, then building, pushing, pruning); {@link concierge.image.Blobs} keeps uploads by
 * digest and unpacks sites.
 */
@NullMarked
package concierge.image;

import org.jspecify.annotations.NullMarked;
