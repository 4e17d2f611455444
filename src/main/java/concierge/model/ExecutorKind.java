package concierge.model;

/** The technologies that can run an instance. */
public enum ExecutorKind {
    docker,
    swarm,
    lxd,
    process
}
