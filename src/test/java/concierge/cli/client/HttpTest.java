package concierge.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The wire itself, answered byte by byte. */
class HttpTest {
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void bodiesOfKnownLengthChunkedAndUntilTheEndAreRead() throws IOException {
        assertThat(text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).isEqualTo("hello");
        assertThat(text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n")).isEqualTo("hello!");
        assertThat(text("HTTP/1.0 200 OK\r\n\r\nhello")).isEqualTo("hello");
        assertThat(text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")).isEmpty();
    }

    @Test
    void anAnswerThatBreaksOffIsAnErrorNotAShortAnswer() {
        assertThatThrownBy(() -> text("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")).isInstanceOf(IOException.class).hasMessageContaining("45 bytes are missing");
        assertThatThrownBy(() -> text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> text("SSH-2.0-OpenSSH\r\n")).isInstanceOf(IOException.class).hasMessageContaining("no HTTP answer");
        assertThatThrownBy(() -> text("")).isInstanceOf(IOException.class);
    }

    @Test
    void aSilentServerIsGivenUpAfterThePatience() {
        assertThatThrownBy(() -> new Http(address()).send("GET", "/", Map.of(), Http.Body.of(""), Duration.ofMillis(200)).close())
                .isInstanceOf(java.net.SocketTimeoutException.class);
    }

    @Test
    void aServerThatRefusesEarlyIsHeardAlthoughItStopsReading() throws IOException {
        answer("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", 1);
        Http.Body endless = new Http.Body() {
            @Override
            public long length() {
                return 64 << 20;
            }

            @Override
            public void write(OutputStream out) throws IOException {
                for (int i = 0; i < 64; i++) out.write(new byte[1 << 20]);
            }
        };
        // Whether the answer arrives before the reset is the kernel's choice; it must not hang either way.
        try (Http.Response response = new Http(address()).send("PUT", "/", Map.of(), endless, Duration.ofSeconds(10))) {
            assertThat(response.status()).isEqualTo(413);
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset).*");
        }
    }

    @Test
    void theRequestSaysHostAndLength() throws IOException {
        CompletableFuture<String> asked = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 4096);
        new Http(address()).send("POST", "/x?y=1", Map.of("A", "b"), Http.Body.of("{}"), Duration.ofSeconds(10)).close();
        assertThat(asked.join()).startsWith("POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort() + "\r\n")
                .contains("Content-Length: 2\r\n").contains("A: b\r\n").contains("Connection: close\r\n");
    }

    @Test
    void webSocketMessagesGoBothWaysInPiecesAndBetweenPings() throws IOException {
        CompletableFuture<byte[]> sent = new CompletableFuture<>();
        serve(socket -> {
            byte[] head = new byte[4096];
            int length = socket.getInputStream().read(head);
            assertThat(new String(head, 0, length, StandardCharsets.UTF_8)).contains("Sec-WebSocket-Key: ");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            out.writeBytes(new byte[] {0x02, 2, 1, 'a'});          // first piece of a binary message
            out.writeBytes(new byte[] {(byte) 0x89, 1, 'p'});       // a ping between the pieces
            out.writeBytes(new byte[] {(byte) 0x80, 1, 'b'});       // the last piece
            byte[] large = new byte[300];
            out.writeBytes(new byte[] {(byte) 0x82, 126, 1, 44});
            out.writeBytes(large);
            out.writeBytes(new byte[] {(byte) 0x88, 0});
            socket.getOutputStream().write(out.toByteArray());
            // pong (7 bytes), then a message of 200 bytes: 2 + 2 + 4 + 200
            sent.complete(socket.getInputStream().readNBytes(7 + 208));
            socket.getInputStream().readAllBytes();
        });
        try (WebSocket socket = new WebSocket(new Http(address()).send("GET", "/ws", WebSocket.HANDSHAKE, Http.Body.of(""), Duration.ZERO))) {
            assertThat(socket.receive()).hasValueSatisfying(message -> assertThat(message).containsExactly(1, 'a', 'b'));
            assertThat(socket.receive()).hasValueSatisfying(message -> assertThat(message).hasSize(300));
            byte[] message = new byte[200];
            message[199] = 42;
            socket.send(message);
            assertThat(socket.receive()).isEmpty();
            byte[] bytes = sent.join();
            assertThat(bytes[0]).isEqualTo((byte) 0x8A);
            assertThat(bytes[7]).isEqualTo((byte) 0x82);
            assertThat(bytes[8] & 0xff).as("masked, 16 bits of length").isEqualTo(0x80 | 126);
            assertThat(bytes[214] ^ bytes[11 + (199 % 4)]).isEqualTo(42);
        }
    }

    @Test
    void aWebSocketThatIsRefusedOrTooLongIsAnError() throws IOException {
        serve(socket -> {
            socket.getOutputStream().write("HTTP/1.1 101 X\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(new byte[] {(byte) 0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0});
            socket.getInputStream().readAllBytes();
        });
        try (WebSocket socket = new WebSocket(new Http(address()).send("GET", "/ws", WebSocket.HANDSHAKE, Http.Body.of(""), Duration.ZERO))) {
            assertThatThrownBy(socket::receive).hasMessageContaining("expected: at most");
        }
    }

    private String text(String answer) throws IOException {
        answer(answer, 4096);
        try (Http.Response response = new Http(address()).send("GET", "/", Map.of(), Http.Body.of(""), Duration.ofSeconds(10))) {
            return response.text();
        }
    }

    private CompletableFuture<String> answer(String answer, int most) {
        CompletableFuture<String> asked = new CompletableFuture<>();
        serve(socket -> {
            byte[] request = new byte[most];
            InputStream in = socket.getInputStream();
            int length = in.read(request);
            asked.complete(new String(request, 0, Math.max(0, length), StandardCharsets.UTF_8));
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
        });
        return asked;
    }

    private interface Peer {
        void talk(Socket socket) throws IOException;
    }

    private void serve(Peer peer) {
        Thread.ofVirtual().start(() -> {
            try (Socket socket = server.accept()) {
                peer.talk(socket);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }
}
