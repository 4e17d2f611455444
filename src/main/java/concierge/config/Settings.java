package concierge.config;

import concierge.model.Loss;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Everything that can be configured, in the order in which it is shown. */
public final class Settings {
    public static final Setting<String> HOME = new Setting<>(
            "home", Kind.TEXT, "~/.concierge", "folder of this installation's state; not in the file, which stands in it");

    public static final Setting<String> API_HOST =
            new Setting<>("api.host", Kind.TEXT, "127.0.0.1", "address that the API listens on; another than loopback: over TLS, with tokens");
    public static final Setting<Integer> API_PORT =
            new Setting<>("api.port", Kind.PORT, 8791, "port of the API; the next free one when it is taken");
    public static final Setting<List<String>> API_NAMES = new Setting<>(
            "api.names", Kind.TEXTS, List.of(), "further host names under which the API may be called");

    public static final Setting<String> TLS_CERTIFICATE = new Setting<>(
            "tls.certificate", Kind.TEXT, "", "file with the API's certificate and those that vouch for it, PEM; empty: the installation's own");
    public static final Setting<String> TLS_KEY = new Setting<>("tls.key", Kind.TEXT, "", "file with that certificate's key, PEM");

    public static final Setting<Boolean> ROUTER_ENABLED =
            new Setting<>("router.enabled", Kind.FLAG, true, "whether the server starts a router beside itself");
    public static final Setting<String> ROUTER_HOST =
            new Setting<>("router.host", Kind.TEXT, "127.0.0.1", "address that the router listens on");
    public static final Setting<Integer> ROUTER_PORT =
            new Setting<>("router.port", Kind.PORT, 8080, "port of the router; the next free one when it is taken");

    public static final Setting<String> DNS_HOST = new Setting<>("dns.host", Kind.TEXT, "127.0.0.1", "address that concierge dns listens on");
    public static final Setting<Integer> DNS_PORT = new Setting<>("dns.port", Kind.PORT, 8753, "port of concierge dns, UDP and TCP");
    public static final Setting<String> DNS_ZONE = new Setting<>("dns.zone", Kind.TEXT, "concierge", "what services' names end with: web.shop.concierge");

    public static final Setting<String> HOST_NAME =
            new Setting<>("host.name", Kind.OWN_HOST, "", "this machine's name in the cluster; empty: its host name");
    public static final Setting<List<String>> HOST_TAGS =
            new Setting<>("host.tags", Kind.TEXTS, List.of(), "tags that services' filters ask for: db, ssd");
    public static final Setting<Double> HOST_CPU =
            new Setting<>("host.cpu", Kind.CORES, 0.0, "cores that services may reserve; 0: what the machine has");
    public static final Setting<Long> HOST_MEMORY =
            new Setting<>("host.memory", Kind.BYTES, 0L, "memory that services may reserve; 0: what the machine has");

    public static final Setting<List<String>> HOST_ADDRESSES = new Setting<>(
            "host.addresses", Kind.TEXTS, List.of(), "where other machines reach services' ports here, preferred first; empty: bind, or what is found");
    public static final Setting<Boolean> AGENT_ENABLED =
            new Setting<>("agent.enabled", Kind.FLAG, true, "whether the server's machine is a host, too");

    public static final Setting<String> BIND = new Setting<>(
            "bind", Kind.TEXT, "127.0.0.1", "address that services' ports are published on");
    public static final Setting<List<String>> EXECUTORS = new Setting<>(
            "executors", Kind.TEXTS, List.of("docker", "swarm", "process"), "what may run services here, preferred first");
    public static final Setting<String> SWARM_NAME = new Setting<>(
            "swarm.name", Kind.HOST, "swarm", "the name, as a host, of the Swarm that the engine manages, if it does");
    public static final Setting<String> DOCKER_HOST = new Setting<>(
            "docker.host", Kind.TEXT, "", "the engine: unix:///… or tcp://…; empty: DOCKER_HOST, the current context, the default socket");
    public static final Setting<String> DOCKER_POOL = new Setting<>(
            "docker.pool", Kind.TEXT, "10.213.0.0/16", "address range that stacks' networks are cut from");

    public static final Setting<Map<String, Object>> ENGINES = new Setting<>(
            "engines", Kind.BY_HOST, Map.of(), "further Docker hosts served from here, by name: {h1: {docker: tcp://10.0.0.5:2376, certificates: /etc/h1}}");

    public static final Setting<String> IMAGES_REGISTRY = new Setting<>(
            "images.registry", Kind.TEXT, "", "where built images are kept for other hosts: registry.example:5000/team; empty: hosts fetch them from each other");

    public static final Setting<String> STORE_URL = new Setting<>(
            "store.url", Kind.TEXT, "", "where the state is: etcd://host:2379,host2:2379/prefix, etcds:// with TLS; empty: in a file of this home");
    public static final Setting<String> STORE_USER = new Setting<>("store.user", Kind.TEXT, "", "etcd's user; empty: none, or the certificate's");
    public static final Setting<String> STORE_PASSWORD = new Setting<>("store.password", Kind.TEXT, "", "that user's password", true);
    public static final Setting<String> STORE_CA = new Setting<>(
            "store.ca", Kind.TEXT, "", "file with the certificates that etcd's are signed by; empty: those that Java trusts");
    public static final Setting<String> STORE_CERTIFICATE = new Setting<>("store.certificate", Kind.TEXT, "", "file with our own certificate for etcd");
    public static final Setting<String> STORE_KEY = new Setting<>("store.key", Kind.TEXT, "", "file with that certificate's key, PKCS#8");
    public static final Setting<Boolean> STORE_COMPACT = new Setting<>(
            "store.compact", Kind.FLAG, true, "whether etcd's history is kept short; false where others share it");

    public static final Setting<Integer> PEER_PORT = new Setting<>(
            "peer.port", Kind.PORT, 0, "port, at bind, where agents and servers ask each other; 0: any that is free");
    public static final Setting<Duration> LOSS_LEASE = new Setting<>(
            "loss.lease", Kind.duration(Duration.ofSeconds(2), Duration.ofMinutes(1)), Loss.LEASE,
            "how long a machine counts as there after its last sign of life; shorter finds losses sooner, longer forgives longer pauses");
    public static final Setting<Duration> LOSS_PATIENCE = new Setting<>(
            "loss.patience", Kind.duration(Duration.ZERO, Duration.ofMinutes(10)), Loss.PATIENCE,
            "how long the leader then waits until what ran there starts elsewhere");

    public static final Setting<String> PORTIER_ENDPOINT = new Setting<>(
            "portier.endpoint", Kind.TEXT, "", "the task queue that this installation claims tasks of: http://portier:8080; empty: none");
    public static final Setting<String> PORTIER_IDENTITY = new Setting<>("portier.identity", Kind.TEXT, "12345", "who we are there");
    public static final Setting<Duration> PORTIER_INTERVAL = new Setting<>(
            "portier.interval", Kind.duration(Duration.ofMillis(100), Duration.ofMinutes(1)), Duration.ofSeconds(2), "between two heartbeats");
    public static final Setting<Duration> PORTIER_SILENCE = new Setting<>(
            "portier.silence", Kind.duration(Duration.ZERO, Duration.ofDays(1)), Duration.ZERO, "tasks are stopped when the queue has not answered for so long; 0: never");
    public static final Setting<Duration> PORTIER_PATIENCE = new Setting<>(
            "portier.patience", Kind.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)), Duration.ofSeconds(10), "how long a claimed task may wait for a place until it is given back");
    public static final Setting<Duration> PORTIER_PAUSE = new Setting<>(
            "portier.pause", Kind.duration(Duration.ZERO, Duration.ofHours(1)), Duration.ofSeconds(30), "until a task that could not run here is tried here again");
    public static final Setting<Map<String, Object>> TYPES = new Setting<>(
            "types", Kind.TABLE, Map.of(), "how tasks of each type are run, as services of a stack file; mostly in defaults.yaml");

    public static final Setting<Boolean> QUEUE_ENABLED = new Setting<>("queue.enabled", Kind.FLAG, false, "whether this server is a task queue for others");
    public static final Setting<String> QUEUE_HOST = new Setting<>("queue.host", Kind.TEXT, "127.0.0.1", "address that the queue listens on, in plain HTTP");
    public static final Setting<Integer> QUEUE_PORT = new Setting<>("queue.port", Kind.PORT, 8792, "port of the queue");
    public static final Setting<Duration> QUEUE_SILENCE = new Setting<>(
            "queue.silence", Kind.duration(Duration.ofSeconds(1), Duration.ofDays(1)), Duration.ofSeconds(30), "the tasks of an identity that was not heard of for so long are given to others");

    public static final Setting<String> LOG_LEVEL = new Setting<>(
            "log.level", Kind.choice("error", "warn", "info", "debug", "trace"), "info", "how much server.log tells");

    public static final List<Setting<?>> ALL = List.of(
            HOME,
            API_HOST, API_PORT, API_NAMES, TLS_CERTIFICATE, TLS_KEY,
            ROUTER_ENABLED, ROUTER_HOST, ROUTER_PORT,
            DNS_HOST, DNS_PORT, DNS_ZONE,
            HOST_NAME, HOST_TAGS, HOST_CPU, HOST_MEMORY, HOST_ADDRESSES, AGENT_ENABLED,
            BIND, EXECUTORS, SWARM_NAME, DOCKER_HOST, DOCKER_POOL, ENGINES, IMAGES_REGISTRY,
            STORE_URL, STORE_USER, STORE_PASSWORD, STORE_CA, STORE_CERTIFICATE, STORE_KEY, STORE_COMPACT,
            PEER_PORT,
            LOSS_LEASE, LOSS_PATIENCE,
            PORTIER_ENDPOINT, PORTIER_IDENTITY, PORTIER_INTERVAL, PORTIER_SILENCE, PORTIER_PATIENCE, PORTIER_PAUSE, TYPES,
            QUEUE_ENABLED, QUEUE_HOST, QUEUE_PORT, QUEUE_SILENCE,
            LOG_LEVEL);

    /** Variables by which these were known before they were settings. */
    static final Map<String, Setting<String>> FORMER_NAMES =
            Map.of("CONCIERGE_PORTIER_ENDPOINT", PORTIER_ENDPOINT, "CONCIERGE_IDENTITY", PORTIER_IDENTITY);

    /**
     * Variables with our prefix that are no settings: what the launcher reads, what a worker or an
     * instance is told.
     */
    static final List<String> OTHER_VARIABLES = List.of(
            "CONCIERGE_CONTEXT",
            "CONCIERGE_NO_BUILD", "CONCIERGE_NO_JDK_SEARCH",
            "CONCIERGE_CONFIGURATION",
            "CONCIERGE_INSTALLATION", "CONCIERGE_INSTANCE", "CONCIERGE_GENERATION", "CONCIERGE_DIGEST");

    private Settings() {}
}
