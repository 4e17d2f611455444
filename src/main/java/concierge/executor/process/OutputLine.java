package concierge.executor.process;

import java.time.Instant;

/** One line an instance wrote. */
record OutputLine(Instant at, boolean error, String text) {
    /** Ten digits of seconds, a point, two of hundredths, a blank; with room for centuries. */
    private static final int LONGEST_TIME = 16;

    /** Reads {@code 1795248709.16 text}; a line that was cut is taken as text of the time before it. */
    static OutputLine parse(String line, boolean error, Instant before) {
        long seconds = 0;
        long nanos = 0;
        long unit = 0;
        for (int i = 0; i < line.length() && i < LONGEST_TIME; i++) {
            char c = line.charAt(i);
            if (c == ' ' && i > 0) return new OutputLine(Instant.ofEpochSecond(seconds, nanos), error, line.substring(i + 1));
            if (c == '.' && unit == 0) {
                unit = 1_000_000_000;
            } else if (c < '0' || c > '9') {
                break;
            } else if (unit == 0) {
                seconds = seconds * 10 + (c - '0');
            } else {
                unit /= 10;
                nanos += (c - '0') * unit;
            }
        }
        return new OutputLine(before, error, line);
    }
}
