package concierge.state;

import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.ServiceId;

/**
 * Where everything stands in the tree. The first eight are fixed: people look into them with the store's
 * own tools.
 */
public final class Keys {
    public static final String HOST = "/host/";
    public static final String PROC = "/proc/";
    public static final String RUN = "/run/";
    public static final String DEPLOY = "/deploy/";
    public static final String COUNTER = "/counter/";
    public static final String FIXED = "/fixed/";
    public static final String PORTS = "/ports/";
    public static final String IMAGES = "/images/";

    /** Ours. */
    public static final String ASSIGN = "/assign/";

    public static final String STATUS = "/status/";
    public static final String SPECS = "/specs/";
    public static final String DEPLOYMENTS = "/deployments/";
    public static final String STACKS = "/stacks/";
    public static final String ENV = "/env/";
    public static final String SECRETS = "/secrets/";
    public static final String PENDING = "/pending/";
    /** What people say about a host: {@code cordon} or {@code drain}, plain. Not under the host's lease, so it outlives it. */
    public static final String CORDON = "/cordon/";

    /** Why a host that was lost again and again gets nothing new for now, plain; under a lease that ends by itself. */
    public static final String FLAPPING = "/flapping/";

    /** Instances that are to go to another host. */
    public static final String MOVES = "/moves/";

    /** What runs was made under another store's generation; see {@link Adoption}. */
    public static final String ADOPTED = "/adopted/";

    /** Where members answer each other. */
    public static final String PEERS = "/peers/";

    /** Where each host answers its peers, {@code <address:port> <member>}, plain; under a lease. */
    public static final String PEER_HOSTS = "/peers/hosts/";

    /** Where each server does, by name and home. */
    public static final String PEER_SERVERS = "/peers/servers/";

    /** Those whom the API knows besides the owners of servers' homes. */
    public static final String TOKENS = "/tokens/";

    /** Who changed what, by time. */
    public static final String AUDIT = "/audit/";

    /** Who was refused, by time. */
    public static final String REFUSED = "/refused/";

    /** The tasks that this installation claimed of a queue, by their services' names. */
    public static final String CLAIMS = "/portier/claims/";

    /** There while tasks are to be given back and none to be claimed, empty. */
    public static final String DRAINED = "/portier/drained";

    /** What the leader has heard of the queue, and which of its tasks are not claimed, and why. */
    public static final String PORTIER_STANDING = "/portier/standing";

    /** The queue that this installation is for others: who may ask, what is to run, and who claimed it. */
    public static final String QUEUE_IDENTITIES = "/queue/identities/";

    public static final String QUEUE_TASKS = "/queue/tasks/";
    public static final String QUEUE_CLAIMS = "/queue/claims/";

    /** What each task is to do, apart from the tasks: read by whoever claims one, and in no list. */
    public static final String QUEUE_CONFIGURATIONS = "/queue/configurations/";

    /** Written with every change of the queue: who follows it has seen all changes once he has seen this one's last. */
    public static final String QUEUE_TURN = "/queue/turn";

    /** Which host built an image, and the engine's id of it, see {@link BuiltOn}. */
    public static final String BUILT = "/built/";

    public static final String LEADER = "/leader";

    /** What time it is for the leader, see {@link ClockTick}. */
    public static final String CLOCK = "/clock";

    /** The installation's id, plain; an agent touches nothing while it is absent or another. */
    public static final String INSTALLATION = "/meta/installation";

    /** Where the state was copied to, plain: this one is history, and no server takes it. */
    public static final String MOVED = "/meta/moved";

    /** The home that a store in a file belongs to, {@code <its id> <its path>}: a copy in another one is refused. */
    public static final String HOME = "/meta/home";

    /** The deployment that was committed last, {@code stack/id}: each compares and writes it, so that they come one after the other. */
    public static final String TURN = "/meta/turn";

    /** The installation's certificate authority: its certificate in clear, its private key sealed. */
    public static final String AUTHORITY = "/meta/authority";

    /** The version of the data format, plain. */
    public static final String FORMAT = "/meta/format";

    private Keys() {}

    public static String host(String host) {
        return HOST + host;
    }

    public static String cordon(String host) {
        return CORDON + host;
    }

    /** @param reference {@code concierge/shop-app:0a1b2c3d4e5f} */
    public static String built(String reference) {
        return BUILT + reference;
    }

    public static String peerHost(String host) {
        return PEER_HOSTS + host;
    }

    /** @param home tells servers of one name apart */
    public static String peerServer(String name, String home) {
        return PEER_SERVERS + name + "/" + home;
    }

    public static String flapping(String host) {
        return FLAPPING + host;
    }

    public static String proc(ServiceId service) {
        return PROC + service.path();
    }

    public static String run(InstanceId instance) {
        return RUN + instance.path();
    }

    public static String deploy(String host, InstanceId instance) {
        return DEPLOY + host + "/" + instance.path();
    }

    public static String assign(String host, InstanceId instance) {
        return ASSIGN + host + "/" + instance.path();
    }

    public static String status(String host, InstanceId instance) {
        return STATUS + host + "/" + instance.path();
    }

    public static String counter(String host, InstanceId instance) {
        return COUNTER + host + "/" + instance.path();
    }

    /** A pin outlives tags: it belongs to the stack's service. */
    public static String fixed(InstanceId instance) {
        return FIXED + instance.service().stack() + "/" + instance.service().service() + "/" + instance.n();
    }

    public static String port(Endpoint endpoint) {
        return PORTS + endpoint.instance().service().path() + "/" + endpoint.port().key() + "/" + endpoint.address()
                + "/" + endpoint.hostPort() + "/" + endpoint.instance().n();
    }

    public static String image(String stack, String tag, String image) {
        return IMAGES + stack + "/" + tag + "/" + image;
    }

    public static String spec(Digest digest) {
        return SPECS + digest.hex();
    }

    public static String deployment(String stack, String id) {
        return DEPLOYMENTS + stack + "/" + id;
    }

    public static String stack(String stack) {
        return STACKS + stack;
    }

    /** A stored variable of a stack, plain value. */
    public static String env(String stack, String name) {
        return ENV + stack + "/" + name;
    }

    /** A stored secret of a stack: its values, sealed. */
    public static String secret(String stack, String name) {
        return SECRETS + stack + "/" + name;
    }

    public static String token(String name) {
        return TOKENS + name;
    }

    /** @param id begins with the milliseconds since 1970, 13 digits */
    public static String audit(String id) {
        return AUDIT + id;
    }

    /** @param id as of {@link #audit} */
    public static String refused(String id) {
        return REFUSED + id;
    }

    public static String move(InstanceId instance) {
        return MOVES + instance.path();
    }

    /** Why a wanted instance is not placed, plain text. */
    public static String pending(InstanceId instance) {
        return PENDING + instance.path();
    }
}
