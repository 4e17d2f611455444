package concierge.security;

import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The installation's key, as this home has it: the one thing that its servers and agents share outside of the state.
 * What was sealed in the state says which key it needs, so another installation's is recognised before it is used.
 * Thread-safe; holds nothing but where things are.
 */
public final class InstallationKey {
    private final Store store;
    private final Path file;

    /** @param file in the home; need not exist */
    public InstallationKey(Store store, Path file) {
        this.store = store;
        this.file = file;
    }

    /**
     * The key, if this home has the right one.
     *
     * @throws IOException saying what was found, what is needed and where it is
     */
    public SecretKey require() throws IOException {
        Optional<String> needed = needed();
        Optional<SecretKey> found = SecretKey.read(file);
        if (found.isEmpty()) throw new IOException(file + ": not there (expected: the installation's key" + needed.map(id -> " " + id).orElse("") + WHERE);
        if (needed.isPresent() && !needed.get().equals(found.get().id())) {
            throw new IOException(file + ": the key " + found.get().id() + " of another installation (expected: " + needed.get() + WHERE);
        }
        return found.get();
    }

    private static final String WHERE = ", which all of its servers and agents share; copy secrets.key from the home of one of them, mode 600)";

    /** As {@link #require}, but makes the key if nothing was sealed yet. */
    public SecretKey ensure() throws IOException {
        return needed().isEmpty() && !Files.exists(file) ? SecretKey.open(file) : require();
    }

    /** The id of the key that something in the state was sealed with; empty while nothing was. */
    private Optional<String> needed() {
        Optional<String> authority = Authority.sealedWith(store);
        if (authority.isPresent()) return authority;
        List<Entry> secrets = store.list(Keys.SECRETS, "", 1, 0).entries();
        return secrets.stream().findFirst().map(entry -> Codec.secret(entry.value()).current().key());
    }

    /**
     * Brings another home's key into this one; the same again does no harm.
     *
     * @throws IOException when this home has another one, or the file holds none or can be read by others
     */
    public static void bring(Path from, Path into) throws IOException {
        SecretKey brought = SecretKey.read(from).orElseThrow(() -> new IOException(from + ": not there (expected: the secrets.key of another home of the installation)"));
        Optional<SecretKey> here = SecretKey.read(into);
        if (here.isPresent()) {
            if (here.get().id().equals(brought.id())) return;
            throw new IOException(into + ": the key " + here.get().id() + " is here already (expected: none, or " + brought.id() + " as in " + from
                    + "; move it away if it is of no use any more)");
        }
        Files.createDirectories(into.toAbsolutePath().getParent(), PrivateFile.OWNER_FOLDER);
        PrivateFile.keep(into, Files.readString(from).strip());
    }
}
