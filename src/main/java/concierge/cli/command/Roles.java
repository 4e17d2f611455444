package concierge.cli.command;

import concierge.config.Configuration;
import concierge.model.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/** The parts of the program that serve; implemented where they are wired. */
public interface Roles {
    enum Role {
        server,
        /** Of a further host. */
        agent,
        router,
        /** A name server. */
        dns,
        /** A server that claims tasks, and gives them back when it is told to stop. */
        portier
    }

    /** Runs that part in this process until it is told to stop; returns the exit code. */
    int serve(Role role, Configuration configuration);

    /** What is wrong with a configuration that only those who use it can see, and would refuse. */
    default List<Problem> problems(Configuration configuration) {
        return List.of();
    }

    /**
     * Brings the whole state, or the key to it, from one place to another.
     *
     * @param progress is told how many entries are done
     * @return how many there were
     * @throws TransferFailure saying what was found and what to do
     */
    long transfer(Configuration configuration, Transfer transfer, LongConsumer progress);

    /** What is brought where; a store is {@code embedded} or an address of etcd, and else the configured one. */
    sealed interface Transfer {
        record Copy(String from, String to) implements Transfer {}

        record Backup(Path file) implements Transfer {}

        record Restore(Path file) implements Transfer {}

        /** The installation's key, from another home's file into this home. */
        record Key(Path file) implements Transfer {}

        /** Out of the configured store, to nowhere. */
        record Forget() implements Transfer {}
    }

    /** It did not happen. */
    final class TransferFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        public TransferFailure(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
