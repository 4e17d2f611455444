package concierge.model;

import java.util.Comparator;

/** One copy of a service: {@code shop/default/web/1}. Numbers start at 1. */
public record InstanceId(ServiceId service, int n) implements Comparable<InstanceId> {
    private static final Comparator<InstanceId> ORDER =
            Comparator.comparing(InstanceId::service).thenComparingInt(InstanceId::n);

    public InstanceId {
        Check.that(n >= 1, n, "instance", "≥ 1");
    }

    /** Reads {@code stack/tag/service/n}; throws {@link IllegalArgumentException} for anything else. */
    public static InstanceId parse(String path) {
        int slash = path.lastIndexOf('/');
        Check.that(slash > 0 && isNumber(path, slash + 1), path, "instance", "stack/tag/service/n");
        return new InstanceId(ServiceId.parse(path.substring(0, slash)), Integer.parseInt(path.substring(slash + 1)));
    }

    /** Whether it ends, from there, in 1 to 9 digits without a leading zero. */
    private static boolean isNumber(String path, int from) {
        int length = path.length() - from;
        if (length < 1 || length > 9 || path.charAt(from) == '0') return false;
        for (int i = from; i < path.length(); i++) if (path.charAt(i) < '0' || path.charAt(i) > '9') return false;
        return true;
    }

    public String path() {
        return service.path() + "/" + n;
    }

    /** The container's name, as the field knows it: {@code shop-default-web-1}. */
    public String containerName() {
        return Names.dns(service.stack()) + "-" + service.tag() + "-" + service.service() + "-" + n;
    }

    @Override
    public int compareTo(InstanceId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return path();
    }
}
