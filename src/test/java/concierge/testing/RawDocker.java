package concierge.testing;

import concierge.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The engine's API with nothing in between: one HTTP/1.0 request a connection, so that answers are neither
 * chunked nor kept alive. What tests check against and benchmarks compare with.
 */
public record RawDocker(Path socket) {
    /** The oldest version that the executor speaks; every engine of the tests has it. */
    private static final String VERSION = "/v1.41";

    public record Reply(int status, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return Json.mapper().readTree(body);
        }

        /** The same reply, if the engine did as told. */
        public Reply ok() {
            if (status >= 400) throw new IllegalStateException(status + " " + text());
            return this;
        }
    }

    public Reply get(String path) {
        return call("GET", path, new byte[0], "application/json");
    }

    public Reply post(String path, Object body) {
        return call("POST", path, Json.write(body).getBytes(StandardCharsets.UTF_8), "application/json");
    }

    /** Without a body: some calls refuse even an empty object. */
    public Reply post(String path) {
        return call("POST", path, new byte[0], "application/json");
    }

    public Reply delete(String path) {
        return call("DELETE", path, new byte[0], "application/json");
    }

    /** Creates and starts a container; its id. */
    public String run(String name, Map<String, Object> parameters) {
        String id = post("/containers/create?name=" + name, parameters).ok().json().get("Id").asString();
        post("/containers/" + id + "/start").ok();
        return id;
    }

    public boolean answers() {
        try {
            return exchange("GET /_ping HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII), new byte[0]).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    public Reply call(String method, String path, byte[] body, String type) {
        String head = method + " " + VERSION + path + " HTTP/1.0\r\nHost: docker\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        try {
            return exchange(head.getBytes(StandardCharsets.US_ASCII), body);
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path + " at " + socket, e);
        }
    }

    private Reply exchange(byte[] head, byte[] body) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            write(channel, head);
            write(channel, body);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            Channels.newInputStream(channel).transferTo(answer);
            return parse(answer.toByteArray());
        }
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) channel.write(rest);
    }

    private static Reply parse(byte[] answer) throws IOException {
        for (int i = 0; i + 3 < answer.length; i++) {
            if (answer[i] == '\r' && answer[i + 1] == '\n' && answer[i + 2] == '\r' && answer[i + 3] == '\n') {
                String head = new String(answer, 0, i, StandardCharsets.US_ASCII);
                int status = Integer.parseInt(head.split(" ", 3)[1]);
                return new Reply(status, java.util.Arrays.copyOfRange(answer, i + 4, answer.length));
            }
        }
        throw new IOException("no HTTP answer but " + answer.length + " bytes");
    }
}
