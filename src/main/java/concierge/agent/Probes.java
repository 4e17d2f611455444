package concierge.agent;

import concierge.agent.core.AgentEvent;
import concierge.agent.core.Restarts;
import concierge.agent.instance.ProbeTarget;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.model.InstanceId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks an instance whether it is healthy. Blocks; bounded by each target's timeout. Stateless. */
final class Probes {
    /** Output of a check that is kept for its reason: one line. */
    private static final int OUTPUT = 200;

    private Probes() {}

    static AgentEvent.ProbeResult ask(Executor executor, InstanceId instance, List<ProbeTarget> targets) {
        for (ProbeTarget target : targets) {
            if (target instanceof ProbeTarget.Exec && executor.checksHealth()) continue;
            AgentEvent.ProbeResult result = switch (target) {
                case ProbeTarget.Tcp tcp -> tcp(tcp);
                case ProbeTarget.Http http -> http(http);
                case ProbeTarget.Exec exec -> exec(executor, instance, exec);
            };
            if (!(result instanceof AgentEvent.ProbeResult.Healthy)) return result;
        }
        return new AgentEvent.ProbeResult.Healthy();
    }

    private static AgentEvent.ProbeResult tcp(ProbeTarget.Tcp target) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(target.address(), target.port()), millis(target.timeout()));
            return new AgentEvent.ProbeResult.Healthy();
        } catch (IOException e) {
            return unhealthy("tcp " + target.port(), e.getMessage());
        }
    }

    /** One request by hand: a status line is all that is wanted, and a connection is not worth keeping. */
    private static AgentEvent.ProbeResult http(ProbeTarget.Http target) {
        String what = "http " + target.port() + " " + target.path();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(target.address(), target.port()), millis(target.timeout()));
            socket.setSoTimeout(millis(target.timeout()));
            OutputStream out = socket.getOutputStream();
            out.write(("GET " + target.path() + " HTTP/1.1\r\nHost: " + target.address() + ":" + target.port()
                            + "\r\nUser-Agent: concierge\r\nAccept: */*\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String line = in.readLine();
            Optional<Integer> status = status(line);
            if (status.isEmpty()) return unhealthy(what, "no HTTP answer");
            boolean good = status.get() >= 200 && status.get() <= 399;
            return good ? new AgentEvent.ProbeResult.Healthy() : unhealthy(what, "answered " + status.get());
        } catch (IOException e) {
            return unhealthy(what, e.getMessage());
        }
    }

    private static Optional<Integer> status(@org.jspecify.annotations.Nullable String line) {
        if (line == null || !line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) return Optional.empty();
        return Optional.of(Integer.valueOf(line.substring(9, 12)));
    }

    private static AgentEvent.ProbeResult exec(Executor executor, InstanceId instance, ProbeTarget.Exec target) {
        String what = "exec " + target.command().getFirst();
        ExecRequest request =
                new ExecRequest(target.command(), Map.of(), Optional.empty(), Optional.empty(), false, false, 80, 24);
        try (ExecSession session = executor.exec(instance, request)) {
            FutureTask<String> output = started(() -> firstLine(session.stdout()));
            FutureTask<String> errors = started(() -> firstLine(session.stderr()));
            FutureTask<Integer> exit = started(session::exitCode);
            int code = exit.get(target.timeout().toMillis(), TimeUnit.MILLISECONDS);
            if (code == 0) return new AgentEvent.ProbeResult.Healthy();
            String said = errors.get(1, TimeUnit.SECONDS);
            if (said.isEmpty()) said = output.get(1, TimeUnit.SECONDS);
            return unhealthy(what, "exited with " + code + (said.isEmpty() ? "" : ": " + said));
        } catch (TimeoutException _) {
            return unhealthy(what, "no end after " + Restarts.text(target.timeout()));
        } catch (ExecutorException e) {
            return e.kind() == ExecutorException.Kind.unavailable
                    ? new AgentEvent.ProbeResult.Unknown(String.valueOf(e.getMessage()))
                    : unhealthy(what, e.getMessage());
        } catch (IOException | ExecutionException e) {
            return unhealthy(what, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new AgentEvent.ProbeResult.Unknown("interrupted");
        }
    }

    private static <T> FutureTask<T> started(java.util.concurrent.Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread.ofVirtual().start(future);
        return future;
    }

    /** Reads to the end, so that the command never waits for a reader. */
    private static String firstLine(InputStream in) throws IOException {
        byte[] start = in.readNBytes(OUTPUT);
        in.transferTo(OutputStream.nullOutputStream());
        return new String(start, StandardCharsets.UTF_8).lines().findFirst().orElse("");
    }

    private static AgentEvent.ProbeResult unhealthy(String what, @org.jspecify.annotations.Nullable String why) {
        return new AgentEvent.ProbeResult.Unhealthy(what + ": " + (why == null ? "failed" : why));
    }

    private static int millis(Duration duration) {
        return Math.clamp(duration.toMillis(), 1, Integer.MAX_VALUE);
    }
}
