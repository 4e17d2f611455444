package concierge.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenTest {
    @TempDir
    Path home;

    @Test
    void theFileIsItsOwnersAlone() throws Exception {
        Path file = home.resolve("token");
        Token.open(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(Files.readString(file).strip()).matches("[0-9a-f]{64}");
        assertThat(home.toFile().list()).containsExactly("token");
    }

    @Test
    void theSameFileIsTheSameToken() throws Exception {
        Path file = home.resolve("token");
        Token.open(file);
        String text = Files.readString(file).strip();
        Token again = Token.open(file);
        assertThat(again.matches("Bearer " + text)).isTrue();
        assertThat(again.matches("bearer " + text)).isTrue();
    }

    @Test
    void anythingElseDoesNotMatch() throws Exception {
        Path file = home.resolve("token");
        Token token = Token.open(file);
        String text = Files.readString(file).strip();
        for (String wrong : List.of("", "Bearer", "Bearer ", text, "Basic " + text, "Bearer " + text + "x", "Bearer x" + text)) {
            assertThat(token.matches(wrong)).as(wrong).isFalse();
        }
        assertThat(token.matches(null)).isFalse();
        assertThat(token.toString()).isEqualTo("***");
    }

    @Test
    void aFileThatOthersCanReadIsRefused() throws Exception {
        Path file = home.resolve("token");
        Files.writeString(file, "secret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> Token.open(file)).isInstanceOf(IOException.class).hasMessageContaining("rw-r-----").hasMessageNotContaining("secret");
    }

    @Test
    void anEmptyOrHugeFileIsRefused() throws Exception {
        Path file = home.resolve("token");
        Token.open(file);
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> Token.open(file)).hasMessageContaining("no token in it");
        Files.writeString(file, "x".repeat(5000));
        assertThatThrownBy(() -> Token.open(file)).hasMessageContaining("no token in it");
    }

    @Test
    void allThatMakeItAtOnceEndWithTheSame() throws Exception {
        Path file = home.resolve("token");
        int count = 16;
        CyclicBarrier start = new CyclicBarrier(count);
        List<Callable<String>> makers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            makers.add(() -> {
                start.await();
                Token.open(file);
                return Files.readString(file);
            });
        }
        HashSet<String> seen = new HashSet<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var made : threads.invokeAll(makers)) seen.add(made.get());
        }
        assertThat(seen).hasSize(1);
    }
}
