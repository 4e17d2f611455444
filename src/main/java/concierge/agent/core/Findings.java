package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Assigned;
import concierge.agent.instance.Facts;
import concierge.executor.Published;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Keys;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the agent has to say of its instances: the facts that shall stand in the store. Confined to the core. */
final class Findings {
    private final AgentCore.Settings settings;
    private final Engines engines;
    private final StoreGate gate;

    Findings(AgentCore.Settings settings, Engines engines, StoreGate gate) {
        this.settings = settings;
        this.engines = engines;
        this.gate = gate;
    }

    /** What shall stand in the store; empty while nothing may be written of it. */
    Optional<Facts> facts(Instance it, Instant now) {
        if (!gate.isOpen() || it.blocked == it.generation()) return Optional.empty();
        Life life = it.life;
        Assigned assigned = it.assigned;
        if (assigned == null || life == null) return Optional.of(Facts.NONE);
        SortedMap<String, String> ports = life.isReady() ? endpoints(it.id, life, assigned.spec()) : new TreeMap<>();
        boolean silent = life.state == InstanceState.assigned && life.reason.isEmpty();
        Optional<String> trouble = trouble(it, assigned, now);
        Optional<Status> status = silent && trouble.isEmpty() ? it.stored.status() : Optional.of(life.status(trouble));
        String container = life.container.isEmpty() ? it.stored.of(life.generation).container() : life.container;
        return Optional.of(new Facts(life.generation, status, container, it.counter, ports));
    }

    private Optional<String> trouble(Instance it, Assigned assigned, Instant now) {
        Optional<String> ofEngine = engines.find(assigned.assignment().executor()).flatMap(engine -> engine.trouble(now));
        Instance.Operation operation = it.operation;
        if (ofEngine.isPresent() || operation == null) return ofEngine;
        Duration silence = Duration.between(operation.lastSign, now);
        if (silence.compareTo(AgentLimits.SILENCE) < 0) return Optional.empty();
        return Optional.of(operation.kind + " has not answered for " + AgentLimits.SILENCE.toSeconds() + " s (" + operation.verb + ")");
    }

    private SortedMap<String, String> endpoints(InstanceId id, Life life, Optional<ServiceSpec> spec) {
        SortedMap<String, String> endpoints = new TreeMap<>();
        for (Port port : spec.map(ServiceSpec::ports).orElse(List.of())) {
            String target = life.ports.get(port.key());
            if (target == null) continue;
            Published published = Published.parse(target).on(settings.address());
            Endpoint endpoint = new Endpoint(id, port, published.address(), published.port());
            endpoints.put(Keys.port(endpoint), endpoint.target());
        }
        return endpoints;
    }
}
