package concierge.router;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a file, by a {@code Range} header (RFC 9110, 14): one range; several at once are answered with
 * the whole file, as the RFC allows.
 *
 * @param length -1: none of the file lies in the range
 */
record ByteRange(long start, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))");

    /** Empty: no range that we understand; the whole file. */
    static Optional<ByteRange> parse(String header, long size) {
        Matcher match = ONE.matcher(header.strip());
        if (!match.matches()) return Optional.empty();
        if (match.group(3) != null) {
            long last = Math.min(size, Long.parseLong(match.group(3)));
            return Optional.of(last == 0 ? new ByteRange(0, -1) : new ByteRange(size - last, last));
        }
        long start = Long.parseLong(match.group(1));
        long end = match.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(match.group(2)));
        if (!match.group(2).isEmpty() && Long.parseLong(match.group(2)) < start) return Optional.empty();
        return Optional.of(start >= size ? new ByteRange(start, -1) : new ByteRange(start, end - start + 1));
    }
}
