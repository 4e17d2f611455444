package concierge.executor.swarm;

import concierge.executor.docker.Engine;
import concierge.executor.docker.Labels;
import concierge.executor.swarm.Members.Member;
import concierge.model.InstanceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import tools.jackson.databind.node.ArrayNode;

/**
 * Puts the instances of one service on different nodes while there are such. Swarm spreads the tasks of one Swarm
 * service, and an instance is one of its own; so it is asked to avoid the nodes of its siblings, until it has been
 * placed. From then on Swarm may move it anywhere.
 */
final class Spreading {
    static final String AVOIDS = "node.id!=";

    private final Engine engine;
    private final String installation;

    /** Siblings are placed one after the other, as long as that decides where they go. */
    private final Map<String, Object> turns = new ConcurrentHashMap<>();

    Spreading(Engine engine, String installation) {
        this.engine = engine;
        this.installation = installation;
    }

    /** Makes the service with constraints that keep it apart; {@code placed} waits until its task has a node, for a moment. */
    void create(InstanceId instance, Map<String, Member> members, Function<List<String>, String> create, Consumer<String> placed, Runnable release) {
        List<Member> usable = Members.usable(members);
        synchronized (turns.computeIfAbsent(instance.service().path(), _ -> new Object())) {
            Set<String> taken = siblings(instance);
            List<String> constraints = new ArrayList<>();
            for (String node : taken) constraints.add(AVOIDS + node);
            boolean apart = usable.size() > 1 && usable.stream().anyMatch(member -> !taken.contains(member.id()));
            String id = create.apply(apart ? constraints : List.of());
            if (apart) placed.accept(id);
            if (apart && !constraints.isEmpty()) release.run();
        }
    }

    /** Without the constraints of before, but for those that last; Swarm leaves a placed task where it is. */
    static void release(ArrayNode constraints, Collection<String> lasting) {
        List<String> kept = StreamSupport.stream(constraints.spliterator(), false)
                .map(constraint -> constraint.asString(""))
                .filter(constraint -> !constraint.startsWith(AVOIDS) || lasting.contains(constraint))
                .sorted(Comparator.naturalOrder())
                .toList();
        constraints.removeAll();
        kept.forEach(constraints::add);
    }

    private Set<String> siblings(InstanceId instance) {
        Set<String> nodes = new TreeSet<>();
        Tasks tasks = Tasks.labelled(engine, Labels.INSTALLATION + "=" + installation, ServiceRequest.SERVICE + "=" + instance.service().path());
        for (Tasks.Task task : tasks.all()) if (task.isWanted() && !task.node().isEmpty()) nodes.add(task.node());
        return nodes;
    }
}
