package concierge.source.stackfile;

import concierge.model.Digest;
import concierge.model.ImageName;
import java.util.Optional;

/** What a deploy knows and a file does not. Empty: there is none of that name. */
public interface Lookup {
    /** The concrete reference of a built image, of this stack or another. */
    Optional<String> image(ImageName name);

    /** A stored variable ({@code concierge env set}). */
    Optional<String> environment(String stack, String key);

    /** A stored secret of the file's own stack ({@code concierge secret set}). */
    Kept secret(String name);

    /** What is kept under a secret's name. */
    sealed interface Kept {
        record Here(Digest version) implements Kept {}

        record Absent() implements Kept {}

        /** @param reason and what to do about it */
        record Locked(String reason) implements Kept {}
    }

    /** The uploaded archive of a site's folder, as the file names it. */
    Optional<Digest> site(String documentRoot);
}
