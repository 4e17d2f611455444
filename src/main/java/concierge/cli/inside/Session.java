package concierge.cli.inside;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Problems;
import concierge.cli.client.WebSocket;
import concierge.cli.terminal.Terminal;
import concierge.json.Json;
import concierge.json.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * One {@code exec}: output comes in on this thread, input goes out on a second, a third tells the other
 * side when the terminal's size changes. The terminal is raw meanwhile and put back whatever happens.
 */
final class Session {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int CONTROL = 3;

    /** Java has no portable signal for it; a person resizes slower than this. */
    private static final Duration SIZE_LOOK = Duration.ofMillis(700);

    private final WebSocket socket;
    private final Terminal terminal;
    private final boolean input;
    private final boolean tty;
    private volatile boolean ended;

    Session(WebSocket socket, Terminal terminal, boolean input, boolean tty) {
        this.socket = socket;
        this.terminal = terminal;
        this.input = input;
        this.tty = tty;
    }

    /** Returns the command's exit code. */
    int run(Api api) {
        Optional<String> saved = tty ? Terminal.stty("-g").map(String::strip) : Optional.empty();
        Thread restore = new Thread(() -> saved.ifPresent(Terminal::stty), "restore-terminal");
        Runtime.getRuntime().addShutdownHook(restore);
        try (socket) {
            saved.ifPresent(_ -> Terminal.stty("raw", "-echo"));
            if (input) Thread.ofPlatform().daemon().name("exec-input").start(this::pump);
            else control(socket, Map.of("eof", true));
            if (tty) Thread.ofPlatform().daemon().name("exec-size").start(this::watchSize);
            return receive();
        } catch (IOException e) {
            throw api.gone(e);
        } finally {
            ended = true;
            saved.ifPresent(Terminal::stty);
            unhook(restore);
        }
    }

    private int receive() throws IOException {
        for (Optional<byte[]> message = socket.receive(); message.isPresent(); message = socket.receive()) {
            byte[] bytes = message.get();
            if (bytes.length == 0) continue;
            switch (bytes[0]) {
                case STDOUT -> write(terminal.out(), bytes);
                case STDERR -> write(terminal.error(), bytes);
                case CONTROL -> {
                    JsonTree control = JsonTree.read(new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8));
                    if (control.path("exit").isNumber()) return control.path("exit").asInt(0);
                    if (control.has("problem")) throw new Failure(Exit.REFUSED, problem(control.path("problem")));
                }
                default -> {} // a channel that a newer server may know
            }
        }
        throw new Failure(Exit.FAILED, "the connection ended before the command did", "it may still run in the instance");
    }

    private static List<concierge.model.Problem> problem(JsonTree node) {
        return node.isObject() ? Problems.of(node) : List.of(concierge.model.Problem.of("failed", node.asString("failed"), ""));
    }

    private static void write(PrintStream stream, byte[] bytes) {
        stream.write(bytes, 1, bytes.length - 1);
        stream.flush();
    }

    private void pump() {
        try {
            pump(terminal.in(), socket);
        } catch (IOException e) {
            // The receiving side sees the same broken connection and tells it.
            ended = true;
        }
    }

    /** Sends an input to its end, and that it has ended. */
    static void pump(InputStream from, WebSocket socket) throws IOException {
        byte[] buffer = new byte[8192];
        buffer[0] = STDIN;
        for (int count = from.read(buffer, 1, buffer.length - 1); count >= 0; count = from.read(buffer, 1, buffer.length - 1)) {
            socket.send(Arrays.copyOf(buffer, count + 1));
        }
        control(socket, Map.of("eof", true));
    }

    private void watchSize() {
        int[] last = Terminal.size().orElse(new int[] {0, 0});
        try {
            while (!ended) {
                LockSupport.parkNanos(SIZE_LOOK.toNanos());
                int[] size = Terminal.size().orElse(last);
                if (!Arrays.equals(size, last)) control(socket, Map.of("resize", List.of(size[1], size[0])));
                last = size;
            }
        } catch (IOException e) {
            ended = true; // as in pump
        }
    }

    private static void control(WebSocket socket, Map<String, ?> message) throws IOException {
        byte[] json = Json.write(message).getBytes(StandardCharsets.UTF_8);
        byte[] frame = new byte[json.length + 1];
        frame[0] = CONTROL;
        System.arraycopy(json, 0, frame, 1, json.length);
        socket.send(frame);
    }

    private static void unhook(Thread restore) {
        try {
            Runtime.getRuntime().removeShutdownHook(restore);
        } catch (IllegalStateException e) {
            // The program is ending; the hook runs or ran.
        }
    }
}
