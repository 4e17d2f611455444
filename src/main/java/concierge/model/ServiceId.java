package concierge.model;

/** A service of a stack at a tag: {@code shop/default/web}. */
public record ServiceId(String stack, String tag, String service) implements Comparable<ServiceId> {
    public ServiceId {
        Names.requireStack(stack);
        Names.requirePart(tag, "tag");
        Names.requirePart(service, "service");
    }

    /** Reads {@code stack/tag/service}; throws {@link IllegalArgumentException} for anything else. */
    public static ServiceId parse(String path) {
        String[] parts = path.split("/", -1);
        Check.that(parts.length == 3, path, "service", "stack/tag/service");
        return new ServiceId(parts[0], parts[1], parts[2]);
    }

    public InstanceId instance(int n) {
        return new InstanceId(this, n);
    }

    public String path() {
        return stack + "/" + tag + "/" + service;
    }

    /**
     * Its name on networks that more than its own version, or its own stack, can be on: {@code web.v2.my-shop}. The
     * service's name alone may mean another version there.
     */
    public String networkName() {
        return service + "." + tag + "." + Names.dns(stack);
    }

    @Override
    public int compareTo(ServiceId other) {
        int byStack = stack.compareTo(other.stack);
        if (byStack != 0) return byStack;
        int byTag = tag.compareTo(other.tag);
        return byTag != 0 ? byTag : service.compareTo(other.service);
    }

    @Override
    public String toString() {
        return path();
    }
}
