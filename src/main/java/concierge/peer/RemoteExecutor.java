package concierge.peer;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.InputEngine;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.VolumeEngine;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * An executor of another host, for whoever looks at what runs there. What runs there is that host's agent's to decide:
 * the verbs that change it are refused.
 */
class RemoteExecutor implements Executor {
    final Peer peer;
    final ExecutorKind kind;

    RemoteExecutor(Peer peer, ExecutorKind kind) {
        this.peer = peer;
        this.kind = kind;
    }

    /** With the abilities that executors of this kind have. */
    static Executor of(Peer peer, ExecutorKind kind) {
        return switch (kind) {
            case docker -> new RemoteDocker(peer);
            case process -> new OfProcesses(peer, kind);
            case swarm, lxd -> new WithVolumes(peer, kind);
        };
    }

    @Override
    public ExecutorKind kind() {
        return kind;
    }

    @Override
    public Availability availability() {
        try {
            return peer.ask(new Question.Availability(kind), Availability.class);
        } catch (ExecutorException e) {
            return new Availability(false, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return List.of(peer.ask(new Question.Inspect(kind, instance.path()), Running[].class)).stream().findFirst();
    }

    @Override
    public Stats stats(InstanceId instance) {
        return peer.ask(new Question.Stats(kind, instance.path()), Stats.class);
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
        try (Link link = peer.open(Question.Logs.of(kind, instance.path(), query))) {
            while (true) {
                Channels.Message message = link.require(PeerLimits.FOR_EVER);
                if (message.channel() == Channels.CONTROL) {
                    JsonNode control = Answer.read(message.content());
                    Answer.requireGranted(control, peer.text());
                    if (control.has("end")) return;
                    continue;
                }
                LogLine line = LogLine.of(message.content());
                if (!sink.line(line.at(), message.channel() == Channels.STDERR, line.text())) return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) {
        return new RemoteSession(peer, peer.open(new Question.Exec(kind, instance.path(), request)));
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        throw agents("run " + workload.instance());
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        throw agents("stop " + instance);
    }

    @Override
    public void remove(InstanceId instance) {
        throw agents("remove " + instance);
    }

    @Override
    public List<Running> list() {
        throw agents("list what runs");
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        throw agents("watch what runs");
    }

    private ExecutorException agents(String what) {
        return new ExecutorException(Kind.refused, "cannot " + what + " on host " + peer.name() + ": its agent does that (expected: an assignment)");
    }

    @Override
    public void close() {}

    static class WithVolumes extends RemoteExecutor implements VolumeEngine {
        WithVolumes(Peer peer, ExecutorKind kind) {
            super(peer, kind);
        }

        @Override
        public Removed removeVolumes(String stack) {
            return peer.ask(new Question.RemoveVolumes(kind, stack), Removed.class);
        }
    }

    static class OfProcesses extends WithVolumes implements InputEngine {
        OfProcesses(Peer peer, ExecutorKind kind) {
            super(peer, kind);
        }

        @Override
        public OutputStream input(InstanceId instance) {
            return new RemoteSession(peer, peer.open(new Question.Input(kind, instance.path()))).stdin();
        }
    }
}
