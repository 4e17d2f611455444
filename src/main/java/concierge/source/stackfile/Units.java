package concierge.source.stackfile;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts in the units people write. Empty: not readable so. */
final class Units {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)(ms|s|m|h|d)");
    private static final Pattern DURATIONS = Pattern.compile("(?:" + DURATION.pattern() + ")+");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}(?:\\.\\d{1,3})?");
    private static final Pattern MEMORY = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kmgt]?)(?:i?b)?");
    private static final Pattern MILLIS = Pattern.compile("(\\d{1,9})m");
    private static final Pattern CPUS = Pattern.compile("\\d{1,6}(?:\\.\\d{1,6})?|\\.\\d{1,6}");

    private Units() {}

    /** {@code 500ms}, {@code 10s}, {@code 1m30s}, {@code 2h}, {@code 1d}; a number alone is seconds. */
    static Optional<Duration> duration(String text) {
        if (SECONDS.matcher(text).matches()) return Optional.of(millis(text, 1000));
        if (!DURATIONS.matcher(text).matches()) return Optional.empty();
        Duration sum = Duration.ZERO;
        Matcher matcher = DURATION.matcher(text);
        while (matcher.find()) {
            sum = sum.plus(switch (matcher.group(2)) {
                case "ms" -> millis(matcher.group(1), 1);
                case "s" -> millis(matcher.group(1), 1000);
                case "m" -> millis(matcher.group(1), 60_000);
                case "h" -> millis(matcher.group(1), 3_600_000);
                default -> millis(matcher.group(1), 86_400_000);
            });
        }
        return Optional.of(sum);
    }

    /** {@code 256M}, {@code 1GiB}, {@code 512k}, {@code 1048576}: powers of 1024, as engines read them. */
    static Optional<Long> memory(String text) {
        Matcher matcher = MEMORY.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) return Optional.empty();
        int power = "kmgt".indexOf(matcher.group(2)) + 1;
        if (matcher.group(2).isEmpty()) power = 0;
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        // beyond an exabyte nobody means it
        if (bytes.compareTo(BigDecimal.valueOf(1L << 60)) > 0) return Optional.empty();
        return Optional.of(bytes.setScale(0, RoundingMode.CEILING).longValueExact());
    }

    /** {@code 500m}, {@code 0.5}, {@code 2}: thousandths of a CPU. */
    static Optional<Long> cpuMillis(String text) {
        Matcher millis = MILLIS.matcher(text);
        if (millis.matches()) return Optional.of(Long.parseLong(millis.group(1)));
        if (!CPUS.matcher(text).matches()) return Optional.empty();
        return Optional.of(new BigDecimal(text).movePointRight(3).setScale(0, RoundingMode.CEILING).longValueExact());
    }

    private static Duration millis(String number, long unit) {
        return Duration.ofMillis(new BigDecimal(number).multiply(BigDecimal.valueOf(unit)).setScale(0, RoundingMode.CEILING).longValueExact());
    }
}
