package concierge.server.deploy;

import concierge.image.Images;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.Problem;
import concierge.model.View;
import concierge.source.stackfile.StackFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Nodes of clusters that built images do not come to, because no registry has them and no agent serves the engine there. */
final class UnservedNodes {
    private UnservedNodes() {}

    /** As far as numbers tell; which engine is which node is asked when an image is needed. */
    static Optional<Problem> told(View view, List<StackFile.Resolved> services) {
        List<String> concerned = services.stream()
                .filter(service -> service.spec().executors().contains(ExecutorKind.swarm) && service.spec().image().filter(Images::isBuilt).isPresent())
                .map(StackFile.Resolved::name).toList();
        if (concerned.isEmpty()) return Optional.empty();
        List<HostRecord> hosts = new ArrayList<>();
        for (String host : view.hosts().sortedKeys()) view.host(host).flatMap(HostView::record).ifPresent(hosts::add);
        int nodes = hosts.stream().mapToInt(host -> host.nodes().size()).max().orElse(0);
        long engines = hosts.stream().filter(host -> host.executors().contains(ExecutorKind.docker)).count();
        if (engines >= nodes) return Optional.empty();
        return Optional.of(Problem.of("image-not-on-nodes",
                String.join(", ", concerned) + ": the image is built, and no registry has it: of the " + nodes + " nodes of the Swarm it comes to those alone whose engine an agent serves ("
                        + engines + (engines == 1 ? " host has" : " hosts have") + " Docker), and what needs it runs there",
                "set images.registry on the servers, or start concierge agent on the other nodes, with the executor docker"));
    }
}
