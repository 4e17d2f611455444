package concierge.cli.client;

/** What a command's end tells scripts. {@code run} and {@code exec} pass on the code of what they ran. */
public final class Exit {
    public static final int OK = 0;
    /** It did not work; the message says why. */
    public static final int FAILED = 1;
    /** The command line, configuration or stack file names something that is not there. */
    public static final int USAGE = 2;
    /** No server answers. */
    public static final int UNREACHABLE = 3;
    /** The server refused, with a problem. */
    public static final int REFUSED = 4;
    /** Everything was accepted, but it did not become ready. */
    public static final int DEPLOYMENT_FAILED = 5;
    /** Nobody takes the output any more; what the shell shows for programs that a broken pipe ends. */
    public static final int UNWANTED = 141;
    /** Ctrl-C; what runs goes on. */
    public static final int INTERRUPTED = 130;

    private Exit() {}
}
