/**
 * The one configuration mechanism: option over environment over file over default. {@link
 * concierge.config.Settings} declares what there is, {@link concierge.config.Configuration#load} reads
 * it all and refuses what it does not know, {@link concierge.config.Home} names the files of an
 * installation. Start with {@link concierge.config.Configuration}.
 */
@NullMarked
package concierge.config;

import org.jspecify.annotations.NullMarked;
