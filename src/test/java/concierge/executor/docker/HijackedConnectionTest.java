package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HijackedConnectionTest {
    @TempDir
    Path folder;

    /** A command that is over at once closes the connection before its input has been ended. */
    @Test
    void endingTheInputOfACommandThatIsOverIsNoFailure() throws Exception {
        Path socket = folder.resolve("engine.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread engine = Thread.ofVirtual().start(() -> answer(server));
            HijackedConnection connection =
                    HijackedConnection.open(EngineAddress.of("unix://" + socket, Optional.empty(), "test"), "/v1.41/exec/x/start", new byte[0]);
            assertThat(connection.in().readAllBytes()).isEmpty();
            connection.close();
            assertThatCode(connection::endOutput).doesNotThrowAnyException();
            engine.join();
        }
    }

    private static void answer(ServerSocketChannel server) {
        try (SocketChannel client = server.accept()) {
            client.read(ByteBuffer.allocate(4096));
            String head = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
            client.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
