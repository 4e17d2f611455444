/**
 * What handlers share when they read and write the state: {@link concierge.server.records.Selection} (what a path
 * names), {@link concierge.server.records.Commits} (retries), {@link concierge.server.records.Turn} (one after the
 * other), {@link concierge.server.records.Listing}, {@link concierge.server.records.History}.
 */
@NullMarked
package concierge.server.records;

import org.jspecify.annotations.NullMarked;
