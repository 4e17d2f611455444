package concierge.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Sends bytes to a port as no well-behaved client would. */
final class RawHttp {
    private static final int PATIENCE_MILLIS = 10_000;

    private RawHttp() {}

    /** The whole answer until the server closes or {@code Content-Length} is reached. */
    static String exchange(int port, String request) throws IOException {
        return exchange(port, request.getBytes(StandardCharsets.ISO_8859_1));
    }

    static String exchange(int port, byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            try {
                socket.getOutputStream().write(request);
                socket.getOutputStream().flush();
            } catch (IOException e) {
                // The server may have answered and closed before all was sent: its answer counts.
            }
            return read(socket.getInputStream());
        }
    }

    private static String read(InputStream input) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        int next;
        while (!isComplete(answer.toString(StandardCharsets.ISO_8859_1)) && (next = input.read()) >= 0) answer.write(next);
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static boolean isComplete(String answer) {
        int head = answer.indexOf("\r\n\r\n");
        if (head < 0) return false;
        var length = java.util.regex.Pattern.compile("(?i)content-length: *(\\d+)").matcher(answer.substring(0, head));
        return length.find() && answer.length() - head - 4 >= Integer.parseInt(length.group(1));
    }

    static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + (headers.length == 0 ? "" : "\r\n") + "\r\n";
    }
}
