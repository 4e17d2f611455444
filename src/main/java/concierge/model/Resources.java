package concierge.model;

/** An amount of CPU and memory, wanted or available; 0 wants nothing in particular. */
public record Resources(long cpuMillis, long memoryBytes) {
    public static final Resources NONE = new Resources(0, 0);

    public Resources {
        Check.that(cpuMillis >= 0, cpuMillis, "cpu", "≥ 0 thousandths");
        Check.that(memoryBytes >= 0, memoryBytes, "memory", "≥ 0 bytes");
    }

    public Resources plus(Resources other) {
        return new Resources(cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes);
    }

    /** What is left; never below zero. */
    public Resources minus(Resources other) {
        return new Resources(Math.max(0, cpuMillis - other.cpuMillis), Math.max(0, memoryBytes - other.memoryBytes));
    }
}
