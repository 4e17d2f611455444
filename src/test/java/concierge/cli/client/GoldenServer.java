package concierge.cli.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A server that gives set answers in the API's forms, and remembers what it was asked; blobs it keeps. */
public final class GoldenServer implements AutoCloseable {
    public static final String INSTALLATION = "a1b2c3";

    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Answer> firstAnswers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /** @param target path with query */
    public record Request(String method, String target, String token, String body) {
        @Override
        public String toString() {
            return method + " " + target;
        }
    }

    private record Answer(int status, String type, String body) {}

    /** Starts it and leaves its address in the home. */
    public GoldenServer(Path home) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
        json("GET /v1/ping", "true");
        Files.writeString(home.resolve("token"), "s3cret\n");
        Files.writeString(home.resolve("server.json"), "{\"pid\": 0, \"installation\": \"" + INSTALLATION + "\", \"api\": \"" + address() + "\"}");
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** @param request method and path, without the query */
    public GoldenServer json(String request, String body) {
        answers.put(request, new Answer(200, "application/json", body));
        return this;
    }

    /** What the first such request is answered; later ones as {@link #json} or {@link #problem} says. */
    public GoldenServer first(String request, String body) {
        firstAnswers.put(request, new Answer(200, "application/json", body));
        return this;
    }

    public GoldenServer problem(String request, int status, String body) {
        answers.put(request, new Answer(status, "application/problem+json", body));
        return this;
    }

    /** @param namesAndData of the events in turn */
    public GoldenServer events(String request, String... namesAndData) {
        StringBuilder body = new StringBuilder(": hello\n\n");
        for (int i = 0; i < namesAndData.length; i += 2) {
            body.append("event: ").append(namesAndData[i]).append("\ndata: ").append(namesAndData[i + 1].replace("\n", "\ndata: ")).append("\n\n");
        }
        answers.put(request, new Answer(200, "text/event-stream", body.toString()));
        return this;
    }

    public List<Request> requests() {
        return requests.stream().filter(request -> !request.target().equals("/v1/ping")).toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
            String method = exchange.getRequestMethod();
            requests.add(new Request(method, exchange.getRequestURI().toString(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")), body));
            if (method.equals("PUT") && exchange.getRequestURI().getPath().startsWith("/v1/blobs/")) {
                answers.put("HEAD " + exchange.getRequestURI().getPath(), new Answer(200, "application/json", ""));
                answers.put("PUT " + exchange.getRequestURI().getPath(), new Answer(200, "application/json", ""));
            }
            String asked = method + " " + exchange.getRequestURI().getPath();
            Answer first = firstAnswers.remove(asked);
            Answer answer = first != null ? first : answers.getOrDefault(asked, new Answer(404, "application/problem+json",
                    "{\"title\": \"no such thing\", \"status\": 404, \"code\": \"not-found\", \"hint\": \"look again\"}"));
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.getResponseHeaders().set("Concierge-Installation", INSTALLATION);
            boolean none = method.equals("HEAD") || bytes.length == 0;
            // Length 0 stands for chunked there, which event streams are.
            exchange.sendResponseHeaders(answer.status(), none ? -1 : answer.type().equals("text/event-stream") ? 0 : bytes.length);
            if (!none) exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
