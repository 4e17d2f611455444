package concierge.server.answer;

import concierge.model.Deployment;
import java.time.Instant;
import java.util.List;

/** A deployment as the API shows it: with its time as all others are. */
public record DeploymentAnswer(String stack, String id, String tag, List<String> replaces, String outcome, String reason, Instant started) {
    static DeploymentAnswer of(Deployment deployment) {
        return new DeploymentAnswer(
                deployment.stack(), deployment.id(), deployment.tag(), deployment.replaces(), deployment.outcome().name(),
                deployment.reason(), Instant.ofEpochSecond(deployment.started()));
    }
}
