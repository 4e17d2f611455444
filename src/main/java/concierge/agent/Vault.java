package concierge.agent;

import concierge.executor.ExecutorException;
import concierge.model.Secret;
import concierge.model.SecretFile;
import java.util.List;

/** Where an agent has the secrets of stacks from. Blocking, from any thread. */
public interface Vault {
    /**
     * The values of a stack's secrets, in the same order.
     *
     * @throws ExecutorException {@code refused} when one is not to be had; the text says why and what to do
     */
    List<Secret> open(String stack, List<SecretFile> files);
}
