package concierge.model;

import java.util.List;
import java.util.Locale;

/** Which names are allowed, and the forms that other systems need. */
public final class Names {
    /** As long as a DNS label may be. */
    private static final int LONGEST = 63;

    /** The reserved tag of services that every version of a stack shares. */
    public static final String STATIC_TAG = "static";

    /** The tag of a deployment that names none. */
    public static final String DEFAULT_TAG = "default";

    /** The reserved stack that the tasks of a queue stand in. */
    public static final String TASKS_STACK = "portier";

    private Names() {}

    /** Stack names: word characters, because existing stack files use upper case and underscores. */
    public static boolean isStack(String name) {
        return consistsOf(name, "_");
    }

    /** Whether a tag or service may be called so; {@code .} and {@code ..} are no names. */
    public static boolean isPart(String name) {
        return consistsOf(name, "_.-") && !name.equals(".") && !name.equals("..");
    }

    /** The lower-case form used in container, network and host names: {@code My_Shop → my-shop}. */
    public static String dns(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    }

    /** The form used in environment variable names: {@code my-db.2 → MY_DB_2}. */
    public static String environment(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
    }

    /** The candidate that is nearest to {@code word} by edit distance, or empty when none is near. */
    public static java.util.Optional<String> nearest(String word, List<String> candidates) {
        return Nearest.of(word, candidates);
    }

    /** A loop and no pattern: a million ids are read at each start. */
    private static boolean consistsOf(String name, String others) {
        if (name.isEmpty() || name.length() > LONGEST) return false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && others.indexOf(c) < 0) return false;
        }
        return true;
    }

    static String requireStack(String name) {
        return Check.that(isStack(name), name, "stack", "1 to 63 letters, digits or _");
    }

    static String requirePart(String name, String what) {
        return Check.that(isPart(name), name, what, "1 to 63 letters, digits, _ . or -");
    }
}
