package concierge.peer;

import concierge.executor.IdleExecutor;
import concierge.executor.ImageTransfer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** An engine with nothing in it, to be given what a test is about. */
class FakeEngine extends IdleExecutor implements ImageTransfer {
    @Override
    public Optional<Image> describe(String reference) {
        return Optional.empty();
    }

    @Override
    public void pull(String source, String reference, Consumer<String> progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int known(List<String> layers) {
        return 0;
    }

    @Override
    public void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void take(String reference, InputStream tar, long size) throws IOException {
        throw new UnsupportedOperationException();
    }
}
