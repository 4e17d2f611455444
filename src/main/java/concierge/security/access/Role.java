package concierge.security.access;

/** What somebody may do; each may also do what those before it may. */
public enum Role {
    /** See everything but secrets and stored variables. */
    read,
    /** Deploy, scale, stop, run, look into instances; stored variables and secrets, too, which a deployment can read anyway. */
    deploy,
    /** Tokens, hosts, the server itself. */
    admin;

    public boolean includes(Role needed) {
        return compareTo(needed) >= 0;
    }
}
