/**
 * What clients uploaded and what is built of it: {@link concierge.server.content.Blobs} by digest, {@link
 * concierge.server.content.KeptBlobs} with those that other servers have, {@link
 * concierge.server.content.ImageBuilds} the images, {@link concierge.server.content.EngineBuilds} on whatever host's engine.
 */
@NullMarked
package concierge.server.content;

import org.jspecify.annotations.NullMarked;
