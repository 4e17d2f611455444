package concierge.executor.docker;

import concierge.executor.BulkInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;

/**
 * A connection that begins as an HTTP request and goes on as a plain stream in both directions, as exec and
 * attach need it. Its own, because the library's has no half-close: a command that reads its input to the
 * end would never end. Reading and writing may happen on different threads.
 */
final class HijackedConnection implements AutoCloseable {
    /** An HTTP head that is longer than this is none. */
    private static final int HEAD_LIMIT = 16 << 10;

    private final AutoCloseable socket;
    private final InputStream in;
    private final OutputStream out;
    private final HalfClose halfClose;
    private volatile boolean closed;

    private interface HalfClose {
        void run() throws IOException;
    }

    private HijackedConnection(AutoCloseable socket, InputStream in, OutputStream out, HalfClose halfClose) {
        this.socket = socket;
        this.in = in;
        this.out = out;
        this.halfClose = halfClose;
    }

    /** What the engine answered in the place of a stream. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;
        private final transient Reply reply;

        RefusedException(Reply reply) {
            super(reply.message());
            this.reply = reply;
        }

        Reply reply() {
            return reply;
        }
    }

    /**
     * Posts a JSON body and takes the connection over.
     *
     * @param path with the API's version: {@code /v1.41/exec/…/start}
     */
    static HijackedConnection open(EngineAddress address, String path, byte[] body) throws IOException {
        HijackedConnection connection = connect(address);
        try {
            String head = "POST " + path + " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n"
                    + "Upgrade: tcp\r\nContent-Length: " + body.length + "\r\n\r\n";
            connection.out.write(head.getBytes(StandardCharsets.US_ASCII));
            connection.out.write(body);
            connection.out.flush();
            connection.readHead();
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    InputStream in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    /** Tells the other side that nothing more comes; its output still does. Once closed, it knows already. */
    void endOutput() throws IOException {
        try {
            if (!closed) halfClose.run();
        } catch (IOException e) {
            if (!closed) throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close a connection to the engine", e);
        }
    }

    private void readHead() throws IOException {
        String head = head();
        int status = Integer.parseInt(head.split(" ", 3)[1]);
        // engines before HTTP upgrades were common answer 200 and hijack all the same
        if (status == 101 || status == 200) return;
        throw new RefusedException(new Reply(status, in.readNBytes(contentLength(head))));
    }

    private String head() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int lineBreaks = 0;
        while (lineBreaks < 4) {
            int next = in.read();
            if (next < 0 || bytes.size() > HEAD_LIMIT) throw new IOException("the engine answered with no HTTP head");
            bytes.write(next);
            lineBreaks = next == '\r' || next == '\n' ? lineBreaks + 1 : 0;
        }
        return bytes.toString(StandardCharsets.US_ASCII);
    }

    private static int contentLength(String head) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        return HEAD_LIMIT;
    }

    private static HijackedConnection connect(EngineAddress address) throws IOException {
        if (address.isLocal()) return local(address.socket());
        InetSocketAddress remote = new InetSocketAddress(address.uri().getHost(), address.port());
        Socket plain = new Socket();
        try {
            plain.connect(remote, (int) Engine.PING_LIMIT.toMillis());
            plain.setKeepAlive(true);
            Socket socket = address.certificates().isPresent()
                    ? secured(plain, address, address.certificates().get())
                    : plain;
            return new HijackedConnection(socket, socket.getInputStream(), socket.getOutputStream(), socket::shutdownOutput);
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    private static HijackedConnection local(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
            return new HijackedConnection(channel, new ChannelInput(channel), new ChannelOutput(channel), channel::shutdownOutput);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Socket secured(Socket plain, EngineAddress address, Certificates certificates) throws IOException {
        SSLSocket socket = (SSLSocket) certificates.context()
                .getSocketFactory()
                .createSocket(plain, address.uri().getHost(), address.port(), true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** Straight reads: the stream that the platform offers locks out writers while it waits. */
    private static final class ChannelInput extends BulkInput {
        private final SocketChannel channel;

        ChannelInput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) return 0;
            return channel.read(ByteBuffer.wrap(bytes, offset, length));
        }
    }

    private static final class ChannelOutput extends OutputStream {
        private final SocketChannel channel;

        ChannelOutput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
            while (rest.hasRemaining()) channel.write(rest);
        }
    }
}
