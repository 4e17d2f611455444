/**
 * A deployment, from the request to its one commit: {@link concierge.server.deploy.DeployRequest}, {@link
 * concierge.server.deploy.Submission} (read and resolved), {@link concierge.server.deploy.Deploys} (built, in
 * turns), {@link concierge.server.deploy.DeployCommit}; {@link concierge.server.deploy.PlanHandlers} shows it
 * without doing it.
 */
@NullMarked
package concierge.server.deploy;

import org.jspecify.annotations.NullMarked;
