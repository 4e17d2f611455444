package concierge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LifetimeTest {
    private static final Path HOME = Path.of("/srv/shop");

    @Test
    void aFullDiskIsToldWithItsPlaceAndWhatToDo() {
        assertThat(Lifetime.message(new IOException("No space left on device"), HOME))
                .isEqualTo("no space left on the disk of /srv/shop (No space left on device); free some there and start again");
        assertThat(Lifetime.message(new IOException("/srv/shop/x: read-only"), HOME)).isEqualTo("/srv/shop/x: read-only");
    }
}
