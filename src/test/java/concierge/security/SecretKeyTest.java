package concierge.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretKeyTest {
    private static final String PLACE = "/secrets/shop/db_password";
    private static final Secret VALUE = Secret.of("correct horse");

    @TempDir
    Path home;

    private Path file;

    @BeforeEach
    void start() {
        file = home.resolve("secrets.key");
    }

    @Test
    void isMadeOnceInAFileForItsOwnerAlone() throws IOException {
        assertThat(SecretKey.read(file)).isEmpty();
        SecretKey first = SecretKey.open(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(SecretKey.open(file).id()).isEqualTo(first.id()).hasSize(8);
        assertThat(first).hasToString("***");
        assertThat(Files.readString(file)).doesNotContain(first.id());
        try (var files = Files.list(home)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void opensWhatItSealedAlsoAfterARestart() throws IOException {
        String sealed = SecretKey.open(file).seal(PLACE, VALUE);

        assertThat(SecretKey.open(file).open(PLACE, sealed)).contains(VALUE);
        assertThat(SecretKey.open(file).seal(PLACE, VALUE)).as("no two sealings are the same").isNotEqualTo(sealed);
    }

    @Test
    void opensNothingThatWasMovedDamagedOrSealedElsewhere() throws IOException {
        SecretKey key = SecretKey.open(file);
        String sealed = key.seal(PLACE, VALUE);

        assertThat(key.open("/secrets/shop/other", sealed)).isEmpty();
        assertThat(SecretKey.open(home.resolve("another.key")).open(PLACE, sealed)).isEmpty();
        byte[] bytes = Base64.getDecoder().decode(sealed);
        for (int i = 0; i < bytes.length; i++) {
            byte[] damaged = bytes.clone();
            damaged[i] ^= 1;
            assertThat(key.open(PLACE, Base64.getEncoder().encodeToString(damaged))).as("byte %d", i).isEmpty();
        }
        for (String rubbish : new String[] {"", "AAAA", "not base64!"}) assertThat(key.open(PLACE, rubbish)).isEmpty();
    }

    @Test
    void digestsTellValuesApartAndNothingElse() throws IOException {
        SecretKey key = SecretKey.open(file);

        assertThat(key.digest(PLACE, VALUE)).isEqualTo(SecretKey.open(file).digest(PLACE, VALUE))
                .isNotEqualTo(key.digest(PLACE, Secret.of("correct horsf")))
                .isNotEqualTo(key.digest("/secrets/shop/other", VALUE));
        assertThat(key.digest(PLACE, VALUE)).as("guesses need the key").isNotEqualTo(SecretKey.open(home.resolve("another.key")).digest(PLACE, VALUE));
    }

    @Test
    void aFileThatOthersMayHaveReadOrThatIsNoKeyIsRefused() throws IOException {
        SecretKey.open(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> SecretKey.read(file)).isInstanceOf(IOException.class).hasMessageContaining("rw-r-----").hasMessageContaining("expected: rw-------");

        Path wrong = home.resolve("wrong.key");
        Files.createFile(wrong, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(wrong, "hush");
        assertThatThrownBy(() -> SecretKey.read(wrong)).isInstanceOf(IOException.class)
                .hasMessageContaining("expected: 64 hexadecimal digits").hasMessageNotContaining("hush");
    }
}
