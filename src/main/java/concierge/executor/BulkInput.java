package concierge.executor;

import java.io.IOException;
import java.io.InputStream;

/** A stream whose readers take what there is, many bytes at a time; a single byte is read as a bulk of one. */
public abstract class BulkInput extends InputStream {
    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] bytes, int offset, int length) throws IOException;
}
