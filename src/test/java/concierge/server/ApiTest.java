package concierge.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests that ask an API of their own, new for each of them. */
abstract class ApiTest {
    @TempDir
    Path home;

    Api api;

    @BeforeEach
    void startApi() throws Exception {
        api = new Api(home);
    }

    @AfterEach
    void stopApi() {
        api.close();
    }
}
