package concierge.archive;

import java.io.IOException;

/** A folder that cannot be packed, or a tar that must not be unpacked; the message names the entry. */
public final class ArchiveException extends IOException {
    private static final long serialVersionUID = 1;

    public ArchiveException(String message) {
        super(message);
    }

    public ArchiveException(String message, IOException cause) {
        super(message, cause);
    }
}
