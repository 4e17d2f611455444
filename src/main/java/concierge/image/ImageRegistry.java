package concierge.image;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where built images are kept for other hosts.
 *
 * @param prefix registry and path, {@code registry.example:5000/team}
 */
public record ImageRegistry(String prefix) {
    private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*");

    public ImageRegistry {
        if (!FORM.matcher(prefix).matches()) throw new IllegalArgumentException(prefix + " (expected: registry and path, as in registry.example:5000/team; no https://)");
    }

    /** @throws IllegalArgumentException says what was expected; empty: none is wanted */
    public static Optional<ImageRegistry> of(String setting) {
        String prefix = setting.endsWith("/") ? setting.substring(0, setting.length() - 1) : setting;
        return prefix.isEmpty() ? Optional.empty() : Optional.of(new ImageRegistry(prefix));
    }

    /** What a built image is pushed as: {@code concierge/shop-app:0123 → registry.example:5000/team/shop-app:0123}. */
    public String target(String reference) {
        return prefix + reference.substring(reference.indexOf('/'));
    }

    /** By what it gives that image out. */
    public String source(String reference, String digest) {
        String target = target(reference);
        return target.substring(0, target.lastIndexOf(':')) + "@" + digest;
    }

    /** Whether a source is one of this registry's. */
    public boolean gives(String source) {
        return source.startsWith(prefix + "/");
    }
}
