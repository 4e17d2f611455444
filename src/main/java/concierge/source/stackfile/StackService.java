package concierge.source.stackfile;

import concierge.model.ServiceSpec;

/**
 * A service as the file has it.
 *
 * @param draft as the final specification, but with {@code viking:} images, {@code _stack:KEY} values and
 *     sites as they are written
 * @param places where it and its values stand
 */
public record StackService(String name, int scale, ServiceSpec draft, Places places) {}
