/**
 * The one JSON configuration that every package shares: {@link concierge.json.Json}; and {@link
 * concierge.json.JsonTree}, which reads the same for programs that live shortly.
 */
@NullMarked
package concierge.json;

import org.jspecify.annotations.NullMarked;
