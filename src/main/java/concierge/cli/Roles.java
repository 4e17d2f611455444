package concierge.cli;

import concierge.config.Configuration;

/** The parts of the program that serve; implemented where they are wired. Each returns when it has ended. */
public interface Roles {
    /** Runs a server in this process; returns the exit code. */
    int server(Configuration configuration);

    /** Runs a router in this process; returns the exit code. */
    int router(Configuration configuration);
}
