package concierge.cli.client;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * HTTP/1.1 (RFC 9112) to a server: one connection a request, plain TCP nearby, TLS elsewhere. Enough for the API, its
 * event streams and the upgrade to WebSocket.
 */
public final class Http {
    /** A server on this machine accepts at once, or not at all. */
    private static final int CONNECT_MILLIS = 3_000;

    /** A head that is longer comes from no server of ours. */
    private static final int HEAD_LIMIT = 64 * 1024;

    private final String host;
    private final int port;
    private final Optional<Tls> tls;

    public Http(URI base) {
        this(base, Optional.empty());
    }

    Http(URI base, Optional<Tls> tls) {
        this.tls = tls;
        this.host = base.getHost() == null ? "127.0.0.1" : base.getHost().replaceAll("^\\[|]$", "");
        this.port = base.getPort() < 0 ? 80 : base.getPort();
    }

    /** What is sent: its length is known, its bytes are written when they are asked for. */
    public interface Body {
        long length();

        void write(OutputStream out) throws IOException;

        static Body of(String json) {
            return of(json.getBytes(StandardCharsets.UTF_8));
        }

        static Body of(byte[] bytes) {
            return new Body() {
                @Override
                public long length() {
                    return bytes.length;
                }

                @Override
                public void write(OutputStream out) throws IOException {
                    out.write(bytes);
                }
            };
        }
    }

    /** @param headers by lower-case name; {@code body} ends where the answer ends */
    public record Response(int status, Map<String, String> headers, InputStream body, Socket socket) implements AutoCloseable {
        public String text() throws IOException {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** @param patience how long the answer may be silent; zero for ever */
    public Response send(String method, String path, Map<String, String> headers, Body body, Duration patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
            if (tls.isPresent()) socket = tls.get().secure(socket, host, port);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
            IOException broken = null;
            try {
                out.write(head(method, path, headers, body).getBytes(StandardCharsets.UTF_8));
                body.write(out);
                out.flush();
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                broken = e; // a server that refuses early answers and closes: its answer says why
            }
            return answer(method, socket, broken);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private String head(String method, String path, Map<String, String> headers, Body body) {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Host", shown + ":" + port);
        all.put("Connection", "close");
        if (body.length() > 0 || method.equals("POST") || method.equals("PUT")) all.put("Content-Length", Long.toString(body.length()));
        all.putAll(headers);
        StringBuilder head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
        all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString();
    }

    @SuppressWarnings("resource") // the stream is the response's, and ends with its socket
    private static Response answer(String method, Socket socket, @org.jspecify.annotations.Nullable IOException broken) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
        try {
            while (true) {
                int status = status(line(in));
                Map<String, String> headers = headers(in);
                if (status >= 100 && status < 200 && status != 101) continue;
                return new Response(status, headers, body(method, status, headers, in), socket);
            }
        } catch (IOException e) {
            throw broken == null ? e : broken;
        }
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) throw new IOException("no HTTP answer: " + line);
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon > 0) headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static InputStream body(String method, int status, Map<String, String> headers, InputStream in) {
        if (status == 101) return in;
        if (method.equals("HEAD") || status == 204 || status == 304) return InputStream.nullInputStream();
        if (headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT).endsWith("chunked")) return new Chunked(in);
        String length = headers.get("content-length");
        return length == null ? in : new Limited(in, Long.parseLong(length));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException("the server closed the connection");
            if (line.length() > HEAD_LIMIT) throw new IOException("no HTTP answer: a line of over " + HEAD_LIMIT + " bytes");
            if (c != '\r') line.append((char) c);
        }
        return line.toString();
    }

    /** Ends after so many bytes; an end before them is an error, not an end. */
    private static final class Limited extends InputStream {
        private final InputStream in;
        private long left;

        Limited(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int most) throws IOException {
            if (left == 0) return -1;
            int count = in.read(into, from, (int) Math.min(most, left));
            if (count < 0) throw new EOFException("the answer broke off, " + left + " bytes are missing");
            left -= count;
            return count;
        }
    }

    /** Chunked transfer coding. */
    private static final class Chunked extends InputStream {
        private final InputStream in;
        private long left;
        private boolean first = true;
        private boolean ended;

        Chunked(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(left, in.available());
        }

        @Override
        public int read(byte[] into, int from, int most) throws IOException {
            if (most == 0) return 0;
            if (left == 0 && !ended) next();
            if (ended) return -1;
            int count = in.read(into, from, (int) Math.min(most, left));
            if (count < 0) throw new EOFException("the answer broke off");
            left -= count;
            return count;
        }

        private void next() throws IOException {
            if (!first) line(in);
            first = false;
            String size = line(in).replaceFirst(";.*", "").strip();
            if (!size.matches("[0-9A-Fa-f]{1,15}")) throw new IOException("no HTTP answer: chunk size " + size);
            left = Long.parseLong(size, 16);
            if (left == 0) {
                ended = true;
                headers(in);
            }
        }
    }
}
