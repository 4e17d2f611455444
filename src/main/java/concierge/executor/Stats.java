package concierge.executor;

/** @param cpuMillis thousandths of one CPU used over the last moment */
public record Stats(long cpuMillis, long memoryBytes, int processes) {}
