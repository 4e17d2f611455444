package concierge.server.instance;

import concierge.executor.Attachable;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.InputEngine;
import concierge.model.InstanceId;
import concierge.peer.Channels;
import concierge.peer.Relay;
import concierge.server.http.Exchange;
import concierge.server.http.ExecSocket;
import concierge.server.http.Operation;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.LiveView;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Commands inside instances, and instances' own streams, over a WebSocket. */
public final class ExecHandler {
    private static final int MOST_COLUMNS = 10_000;
    private static final int COLUMNS = 80;
    private static final int ROWS = 24;

    private final LiveView live;
    private final Executors executors;

    public ExecHandler(LiveView live, Executors executors) {
        this.live = live;
        this.executors = executors;
    }

    public List<Operation> operations() {
        return List.of(
                new Operation(HttpMethod.GET, "/v1/exec/{stack}/{tag}/{service}/{n}", (Operation.Action.Upgrading) this::exec),
                new Operation(HttpMethod.GET, "/v1/input/{stack}/{tag}/{service}/{n}", (Operation.Action.Upgrading) this::prepareInput),
                new Operation(HttpMethod.GET, "/v1/attach/{stack}/{tag}/{service}/{n}", (Operation.Action.Upgrading) this::attach));
    }

    private ExecSocket.Conversation prepareInput(Exchange exchange) {
        InstanceId instance = exchange.instance();
        Executor executor = executors.running(live.view(), instance);
        boolean takes = live.view().instance(instance).filter(it -> it.spec().takesInput()).isPresent();
        if (!takes || !(executor instanceof InputEngine engine)) {
            throw Refusal.of(Code.conflict, instance + " takes no input (expected: a one-off that was started with input)", "");
        }
        return socket -> giveInput(socket, engine, instance);
    }

    /** Until the client has said that there is no more, or is gone: the instance's input ends either way. */
    private static void giveInput(ExecSocket socket, InputEngine engine, InstanceId instance) throws Exception {
        try (OutputStream input = engine.input(instance)) {
            for (Channels.Message message = socket.receive(); message != null; message = socket.receive()) {
                if (message.channel() != Channels.STDIN) return;
                input.write(message.content());
                input.flush();
            }
        }
    }

    private ExecSocket.Conversation exec(Exchange exchange) {
        InstanceId instance = exchange.instance();
        Executor executor = executors.running(live.view(), instance);
        List<String> command = exchange.queries("command");
        if (command.isEmpty()) throw Refusal.of(Code.badRequest, "command: absent (expected: at least one word)", "");
        ExecRequest request = new ExecRequest(
                command, Map.of(), java.util.Optional.empty(), exchange.query("user"), exchange.flag("tty", false),
                exchange.flag("stdin", false), exchange.number("columns", 1, MOST_COLUMNS).orElse(COLUMNS),
                exchange.number("rows", 1, MOST_COLUMNS).orElse(ROWS));
        return socket -> converse(socket, () -> executor.exec(instance, request));
    }

    private ExecSocket.Conversation attach(Exchange exchange) {
        InstanceId instance = exchange.instance();
        if (!(executors.running(live.view(), instance) instanceof Attachable executor)) {
            throw Refusal.of(Code.conflict, instance.path() + ": runs where its own input cannot be connected (expected: docker)",
                    "follow its logs, or use concierge exec");
        }
        int columns = exchange.number("columns", 1, MOST_COLUMNS).orElse(0);
        int rows = exchange.number("rows", 1, MOST_COLUMNS).orElse(0);
        return socket -> converse(socket, () -> executor.attach(instance, columns, rows));
    }

    private interface Opening {
        ExecSession open() throws IOException;
    }

    private static void converse(ExecSocket socket, Opening opening) throws Exception {
        try (ExecSession session = opening.open()) {
            Relay.run(socket, session);
        }
    }
}
