package concierge.model;

import java.util.Optional;

/** An image built from a stack file, as {@code viking:<stack>/<image>} names it. */
public record ImageName(String stack, String image) {
    public static final String SCHEME = "viking:";

    public ImageName {
        Names.requireStack(stack);
        Names.requirePart(image, "image");
    }

    /** Whether a reference is meant as one, well formed or not. */
    public static boolean isMeant(String reference) {
        return reference.startsWith(SCHEME);
    }

    /** Empty: no well-formed {@code viking:<stack>/<image>}. */
    public static Optional<ImageName> parse(String reference) {
        if (!isMeant(reference)) return Optional.empty();
        String[] parts = reference.substring(SCHEME.length()).split("/", -1);
        if (parts.length != 2 || !Names.isStack(parts[0]) || !Names.isPart(parts[1])) return Optional.empty();
        return Optional.of(new ImageName(parts[0], parts[1]));
    }

    @Override
    public String toString() {
        return SCHEME + stack + "/" + image;
    }
}
