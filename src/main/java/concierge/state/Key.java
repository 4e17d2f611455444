package concierge.state;

import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceId;
import java.util.Optional;

/** A key, read back into what it is about: the inverse of {@link Keys}. */
public sealed interface Key {
    record Host(String host) implements Key {}

    record Proc(ServiceId service) implements Key {}

    record Run(InstanceId instance) implements Key {}

    record Deploy(String host, InstanceId instance) implements Key {}

    record Counter(String host, InstanceId instance) implements Key {}

    record Assign(String host, InstanceId instance) implements Key {}

    record Status(String host, InstanceId instance) implements Key {}

    record Fixed(String stack, String service, int n) implements Key {}

    record Ports(Endpoint endpoint) implements Key {}

    record Image(String stack, String tag, String image) implements Key {}

    record Spec(Digest digest) implements Key {}

    record Deployment(String stack, String id) implements Key {}

    record Stack(String stack) implements Key {}

    record Env(String stack, String name) implements Key {}

    record Secret(String stack, String name) implements Key {}

    /** What people say about a host. */
    record Cordon(String host) implements Key {}

    /** Why a host that was lost again and again gets nothing new. */
    record Flapping(String host) implements Key {}

    /** Where a host or server answers its peers. */
    record Peer(String path) implements Key {}

    /** Where an image was built. */
    record Built(String reference) implements Key {}

    /** That an instance is to go to another host. */
    record Move(InstanceId instance) implements Key {}

    record Pending(InstanceId instance) implements Key {}

    record Leader() implements Key {}

    record Meta(String name) implements Key {}

    /** Not of this program, or of a newer one. */
    record Foreign(String key) implements Key {}

    /** @throws IllegalArgumentException when it stands in one of our places and has not that place's form */
    static Key parse(String key) {
        int slash = key.indexOf('/', 1);
        if (slash < 0) return key.equals(Keys.LEADER) ? new Leader() : new Foreign(key);
        String rest = key.substring(slash + 1);
        return switch (key.substring(0, slash + 1)) {
            case Keys.HOST -> new Host(rest);
            case Keys.CORDON -> new Cordon(rest);
            case Keys.FLAPPING -> new Flapping(rest);
            case Keys.PROC -> new Proc(ServiceId.parse(rest));
            case Keys.RUN -> new Run(InstanceId.parse(rest));
            case Keys.DEPLOY -> new Deploy(head(rest), InstanceId.parse(tail(rest)));
            case Keys.COUNTER -> new Counter(head(rest), InstanceId.parse(tail(rest)));
            case Keys.ASSIGN -> new Assign(head(rest), InstanceId.parse(tail(rest)));
            case Keys.STATUS -> new Status(head(rest), InstanceId.parse(tail(rest)));
            case Keys.FIXED -> fixed(key, parts(key, rest, 3));
            case Keys.PORTS -> new Ports(endpoint(parts(key, rest, 8)));
            case Keys.IMAGES -> image(parts(key, rest, 3));
            case Keys.SPECS -> new Spec(new Digest(rest));
            case Keys.DEPLOYMENTS -> new Deployment(head(rest), tail(rest));
            case Keys.STACKS -> new Stack(rest);
            case Keys.ENV -> new Env(head(rest), tail(rest));
            case Keys.SECRETS -> new Secret(head(rest), tail(rest));
            case Keys.PENDING -> new Pending(InstanceId.parse(rest));
            case Keys.MOVES -> new Move(InstanceId.parse(rest));
            case Keys.BUILT -> new Built(rest);
            case "/peers/" -> new Peer(rest);
            case "/meta/" -> new Meta(rest);
            default -> new Foreign(key);
        };
    }

    private static Key fixed(String key, String[] parts) {
        return new Fixed(parts[0], parts[1], number(key, parts[2]));
    }

    private static Key image(String[] parts) {
        return new Image(parts[0], parts[1], parts[2]);
    }

    private static Endpoint endpoint(String[] parts) {
        ServiceId service = new ServiceId(parts[0], parts[1], parts[2]);
        Port port = new Port(number(parts[3], parts[3]), Port.Protocol.valueOf(parts[4]), Optional.empty());
        return new Endpoint(service.instance(number(parts[7], parts[7])), port, parts[5], number(parts[6], parts[6]));
    }

    private static String[] parts(String key, String rest, int count) {
        String[] parts = rest.split("/", -1);
        if (parts.length != count) throw new IllegalArgumentException("key: " + key + " (expected: " + (count + 1) + " parts)");
        return parts;
    }

    private static String head(String rest) {
        int slash = rest.indexOf('/');
        if (slash <= 0) throw new IllegalArgumentException("key part: " + rest + " (expected: name/…)");
        return rest.substring(0, slash);
    }

    private static String tail(String rest) {
        return rest.substring(rest.indexOf('/') + 1);
    }

    private static int number(String where, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("number in key: " + text + " (expected: digits, in " + where + ")", e);
        }
    }
}
