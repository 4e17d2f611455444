package concierge.model;

/** Where an instance stands. Within a generation its {@link #rank} never falls, but for restarts. */
public enum InstanceState {
    /** The leader chose a host; its agent has not said anything yet. */
    assigned,
    /** Image, network and volumes are being made. */
    preparing,
    /** The engine was asked to start it, or waits for the next try after a failure. */
    starting,
    running,
    /** Running and healthy: has endpoints. */
    ready,
    stopping,
    stopped,
    /** Ended badly and is not tried again, or could not be made. */
    failed,
    /** Its host is gone. */
    lost,
    /** Ran to completion with exit code 0. */
    completed;

    /** No container of it runs, and none will in this generation. */
    public boolean isFinal() {
        return switch (this) {
            case stopped, failed, lost, completed -> true;
            case assigned, preparing, starting, running, ready, stopping -> false;
        };
    }
}
