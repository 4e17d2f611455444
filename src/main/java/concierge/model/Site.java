package concierge.model;

import java.util.Optional;

/**
 * A static site that the router serves.
 *
 * @param documentRoot the folder as the stack file names it
 * @param content digest of the folder's uploaded archive; empty until it is uploaded
 */
public record Site(String documentRoot, Optional<Digest> content) {}
