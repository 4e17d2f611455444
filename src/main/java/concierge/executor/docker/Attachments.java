package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.model.InstanceId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Connections to containers that take input, opened before their start so that nothing they say
 * is missed, and held until somebody asks for them. Thread-safe.
 */
final class Attachments implements AutoCloseable {
    /** Whoever started it comes within a second; one that died must not leave it waiting for ever. */
    private static final Duration HELD = Duration.ofMinutes(1);

    private final Engine engine;
    private final Containers containers;
    private final Map<InstanceId, DockerAttachment> held = new ConcurrentHashMap<>();

    Attachments(Engine engine, Containers containers) {
        this.engine = engine;
        this.containers = containers;
    }

    /** Connects to a container that was made and has not been started. */
    void hold(InstanceId instance, String container, boolean tty) {
        DockerAttachment attachment = DockerAttachment.open(engine, container, tty);
        DockerAttachment former = held.put(instance, attachment);
        if (former != null) former.close();
        Thread.ofVirtual().name("docker-attach-held").start(() -> giveUp(instance, attachment));
    }

    /** The one that is held for this container; else a new one, if it runs. */
    DockerAttachment take(InstanceId instance) {
        String id = containers.find(instance).map(Containers.Known::id).orElseThrow(() -> notRunning(instance));
        DockerAttachment waiting = held.remove(instance);
        if (waiting != null && waiting.isOf(id)) return waiting;
        if (waiting != null) waiting.close();
        Optional<JsonNode> container = containers.describe(id).filter(found -> found.at("/State/Running").asBoolean(false));
        boolean tty = container.orElseThrow(() -> notRunning(instance)).at("/Config/Tty").asBoolean(false);
        return DockerAttachment.open(engine, id, tty);
    }

    void drop(InstanceId instance) {
        DockerAttachment waiting = held.remove(instance);
        if (waiting != null) waiting.close();
    }

    @Override
    public void close() {
        held.keySet().forEach(this::drop);
    }

    private void giveUp(InstanceId instance, DockerAttachment attachment) {
        try {
            TimeUnit.NANOSECONDS.sleep(HELD.toNanos());
            if (held.remove(instance, attachment)) attachment.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ExecutorException notRunning(InstanceId instance) {
        return new ExecutorException(Kind.conflict, "cannot attach to " + instance + ": it is not running");
    }
}
