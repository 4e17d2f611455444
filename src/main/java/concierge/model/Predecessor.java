package concierge.model;

/**
 * The instance of the same service that another one takes over from: ready first, then that one stops.
 *
 * @param generation a later instance of that number is not meant
 */
public record Predecessor(int n, long generation) {
    public static Predecessor of(InstanceView instance) {
        return new Predecessor(instance.id().n(), instance.generation());
    }

    public boolean is(InstanceView instance) {
        return instance.id().n() == n && instance.generation() == generation;
    }
}
