package concierge.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Nobody takes our results any more: the pipe's reader has ended, the disk behind a file is full. */
public final class OutputGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutputGone(IOException cause) {
        super(cause.getMessage(), cause);
    }

    /** {@code concierge logs | head} has what it wants: no failure to speak of. */
    public boolean isUnwanted() {
        return String.valueOf(getMessage()).contains("Broken pipe");
    }

    /** Tells the first failure, which print streams keep to themselves; drops what is written afterwards. */
    static final class Telling extends OutputStream {
        private final FileOutputStream out;
        private boolean gone;

        Telling(FileDescriptor descriptor) {
            out = new FileOutputStream(descriptor);
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (gone) return;
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                gone = true;
                throw new OutputGone(e);
            }
        }
    }
}
