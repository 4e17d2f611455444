package concierge;

import java.io.IOException;

/** A part cannot serve as it is configured: nothing but another configuration helps. */
final class Misconfigured extends IOException {
    private static final long serialVersionUID = 1;

    Misconfigured(String message) {
        super(message);
    }
}
