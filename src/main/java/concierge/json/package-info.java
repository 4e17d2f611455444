/** The one JSON configuration that every package shares: {@link concierge.json.Json}. */
@NullMarked
package concierge.json;

import org.jspecify.annotations.NullMarked;
