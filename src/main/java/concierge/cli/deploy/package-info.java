/**
 * From a folder to what runs: up, deploy, plan, build, push. {@link concierge.cli.deploy.Rollout} shows the
 * progress, {@link concierge.cli.deploy.Uploads} sends what the server does not have.
 */
@NullMarked
package concierge.cli.deploy;

import org.jspecify.annotations.NullMarked;
