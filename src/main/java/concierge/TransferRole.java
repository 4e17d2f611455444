package concierge;

import concierge.cli.command.Roles.Transfer;
import concierge.cli.command.Roles.TransferFailure;
import concierge.config.Configuration;
import concierge.security.InstallationKey;
import concierge.state.Backup;
import concierge.state.Election;
import concierge.state.Installation;
import concierge.state.Snapshot;
import concierge.store.Store;
import concierge.store.StoreException;
import java.io.IOException;
import java.util.function.LongConsumer;

/** Opens what is brought from and to, with no server on either. */
final class TransferRole {
    private final Configuration configuration;
    private final LongConsumer progress;

    TransferRole(Configuration configuration, LongConsumer progress) {
        this.configuration = configuration;
        this.progress = progress;
    }

    long run(Transfer transfer) {
        try {
            return switch (transfer) {
                case Transfer.Copy(String from, String to) -> copy(from, to);
                case Transfer.Backup(var file) -> {
                    // One revision is shown, whatever a server of etcd's does meanwhile.
                    try (Store store = Stores.open(configuration)) {
                        yield Backup.write(file, Snapshot.of(store), progress);
                    }
                }
                case Transfer.Restore(var file) -> {
                    Backup backup = Backup.open(file);
                    try (Store store = Stores.open(configuration)) {
                        yield concierge.state.Transfer.into(store, backup, progress);
                    }
                }
                case Transfer.Key(var file) -> {
                    InstallationKey.bring(file, configuration.home().secretsKey());
                    yield 1;
                }
                case Transfer.Forget() -> {
                    try (Store store = Stores.open(configuration)) {
                        requireNobody(store);
                        yield concierge.state.Transfer.forget(store, progress);
                    }
                }
            };
        } catch (StoreException | IOException e) {
            throw new TransferFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private long copy(String from, String to) {
        if (from.equals(to)) throw new StoreException(from + " twice (expected: two stores)");
        try (Store source = Stores.open(configuration, from); Store target = Stores.open(configuration, to)) {
            // What it changes afterwards would be lost.
            Election.leader(source).ifPresent(leader -> {
                throw new StoreException(from + ": the server " + leader + " leads (expected: none; concierge server stop, and a few seconds for its lease)");
            });
            Installation.requireHere(source);
            long count = concierge.state.Transfer.into(target, Snapshot.of(source), progress);
            Installation.leave(source, to);
            return count;
        }
    }

    /** What others still work with is not ours to forget. */
    private static void requireNobody(Store store) {
        Election.leader(store).ifPresent(leader -> {
            throw new StoreException("the server " + leader + " works with this state, too (expected: none; stop it and all agents first)");
        });
    }
}
