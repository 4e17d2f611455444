package concierge.model;

import java.util.Locale;

/** Amounts as people write them. */
public final class Amounts {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Amounts() {}

    /** {@code 512 MiB}, {@code 1.5 GiB}: at most one decimal. */
    public static String memory(long bytes) {
        int unit = 0;
        double amount = bytes;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return decimal(amount) + " " + UNITS[unit];
    }

    /** {@code 2}, {@code 0.5}: CPUs. */
    public static String cpu(long millis) {
        if (millis % 100 != 0) return millis + "m";
        return decimal(millis / 1000.0);
    }

    /** {@code 80 %}. */
    public static String percent(double part) {
        return Math.round(part * 100) + " %";
    }

    public static String orNone(int count) {
        return count == 0 ? "none" : Integer.toString(count);
    }

    public static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String decimal(double amount) {
        String text = String.format(Locale.ROOT, "%.1f", amount);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
