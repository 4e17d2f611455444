package concierge.executor;

import concierge.model.Secret;
import concierge.model.SecretFile;
import java.util.List;

/**
 * Opens secrets for an executor at the moment it writes them where their instance finds them; neither side keeps
 * them. Blocking, from any thread.
 */
public interface SecretAccess {
    /** Of a workload that names none. */
    SecretAccess NONE = files -> {
        if (files.isEmpty()) return List.of();
        throw new ExecutorException(ExecutorException.Kind.refused, "secrets: " + files.getFirst().source() + " (expected: none: nothing here opens them)");
    };

    /**
     * Their values, in the same order.
     *
     * @throws ExecutorException {@code refused} when one is not to be had; the text says why and what to do
     */
    List<Secret> open(List<SecretFile> files);
}
