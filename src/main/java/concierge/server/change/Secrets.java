package concierge.server.change;

import concierge.agent.Vault;
import concierge.executor.ExecutorException;
import concierge.model.Digest;
import concierge.model.Secret;
import concierge.model.SecretFile;
import concierge.model.SecretRecord;
import concierge.security.InstallationKey;
import concierge.security.SecretKey;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.stackfile.Lookup;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The secrets of stacks: sealed in the store, opened with the key in this home. Values come in and go to executors;
 * nothing else gives them out. Thread-safe; holds nothing but where things are.
 */
public final class Secrets implements Vault {
    private final Store store;
    private final Path keyFile;
    private final InstantSource clock;

    /** @param keyFile need not exist: the first secret makes it */
    public Secrets(Store store, Path keyFile, InstantSource clock) {
        this.store = store;
        this.keyFile = keyFile;
        this.clock = clock;
    }

    /**
     * Stores a value.
     *
     * @return what is stored now, and whether that is another value than before
     */
    Stored set(String stack, String name, Secret value) {
        SecretKey key = keyToSealWith();
        String place = Keys.secret(stack, name);
        Digest digest = key.digest(place, value);
        boolean[] changed = new boolean[1];
        SecretRecord.Version version = new SecretRecord.Version(digest, clock.instant().getEpochSecond(), key.id(), key.seal(place, value));
        Commits.retried(store, place, () -> {
            Optional<Entry> before = store.find(place);
            Optional<SecretRecord> known = before.map(entry -> Codec.secret(entry.value()));
            changed[0] = known.map(record -> !record.current().digest().equals(digest)).orElse(true);
            Transaction.Builder to = Transaction.id(Commits.id("secret"));
            if (before.isEmpty()) to.absent(place);
            else to.compare(place, Transaction.Field.modified, before.get().modified());
            return to.put(place, Codec.value(known.map(record -> record.with(version)).orElse(new SecretRecord(List.of(version))))).build();
        });
        return new Stored(version, changed[0]);
    }

    record Stored(SecretRecord.Version version, boolean changed) {}

    /** By name. */
    TreeMap<String, SecretRecord> list(String stack) {
        TreeMap<String, SecretRecord> found = new TreeMap<>();
        String prefix = Keys.SECRETS + stack + "/";
        for (Entry entry : Listing.all(store, prefix)) found.put(entry.key().substring(prefix.length()), Codec.secret(entry.value()));
        return found;
    }

    void remove(String stack, String name) {
        Commits.retried(store, stack, () -> Transaction.id(Commits.id("secret-rm")).delete(Keys.secret(stack, name)).build());
    }

    /** Whether a deploy can count on a secret. */
    public Lookup.Kept kept(String stack, String name) {
        Optional<SecretRecord> record = find(stack, name);
        if (record.isEmpty()) return new Lookup.Kept.Absent();
        return locked(record.get().current()).<Lookup.Kept>map(Lookup.Kept.Locked::new).orElseGet(() -> new Lookup.Kept.Here(record.get().current().digest()));
    }

    /** Why a value cannot be opened here; empty: it can. */
    Optional<String> locked(SecretRecord.Version version) {
        try {
            Optional<SecretKey> key = SecretKey.read(keyFile);
            if (key.isPresent() && key.get().id().equals(version.key())) return Optional.empty();
            String found = key.map(other -> keyFile + " is another key, " + other.id()).orElse(keyFile + " is not there");
            return Optional.of("was sealed with the key " + version.key() + ", and " + found
                    + " (expected: the file from the home it was set in; bring it here, or remove the secret and set it anew)");
        } catch (IOException e) {
            return Optional.of("cannot be opened: " + e.getMessage());
        }
    }

    @Override
    public List<Secret> open(String stack, List<SecretFile> files) {
        List<Secret> opened = new ArrayList<>();
        try {
            for (SecretFile file : files) opened.add(open(stack, file));
        } catch (StoreException e) {
            throw new ExecutorException(ExecutorException.Kind.other, "secrets of " + stack + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ExecutorException(ExecutorException.Kind.refused, "secrets of " + stack + ": " + e.getMessage(), e);
        }
        return opened;
    }

    private Secret open(String stack, SecretFile file) throws IOException {
        String what = "secret " + file.source();
        SecretRecord record = find(stack, file.source()).orElseThrow(() -> refused(
                what + ": stack " + stack + " has none of that name any more (expected: a stored one); concierge secret set " + stack + " " + file.source()
                        + ", and deploy again"));
        SecretRecord.Version version = file.version().flatMap(record::version).orElseThrow(() -> refused(
                what + ": the value that was deployed is not kept any more (expected: one of the last " + SecretRecord.KEPT + "); deploy again"));
        Optional<String> locked = locked(version);
        if (locked.isPresent()) throw refused(what + " " + locked.get());
        return SecretKey.read(keyFile).flatMap(key -> key.open(Keys.secret(stack, file.source()), version.sealed()))
                .orElseThrow(() -> refused(what + ": what is stored was damaged; set it anew: concierge secret set " + stack + " " + file.source()));
    }

    private Optional<SecretRecord> find(String stack, String name) {
        return store.find(Keys.secret(stack, name)).map(entry -> Codec.secret(entry.value()));
    }

    private static ExecutorException refused(String message) {
        return new ExecutorException(ExecutorException.Kind.refused, message);
    }

    /** A second key beside secrets of a lost first one would hide that loss until an instance needs one of them. */
    private SecretKey keyToSealWith() {
        try {
            for (Entry entry : Listing.all(store, Keys.SECRETS)) {
                Optional<String> locked = locked(Codec.secret(entry.value()).current());
                if (locked.isEmpty()) continue;
                String first = entry.key().substring(Keys.SECRETS.length());
                throw Refusal.detailed(Code.secretsLocked, "there are secrets that this home cannot open",
                        first + " " + locked.get(), "bring the key back, or remove them: concierge secret rm --force STACK NAME");
            }
            return new InstallationKey(store, keyFile).ensure();
        } catch (IOException e) {
            throw Refusal.detailed(Code.secretsLocked, "the key of the secrets cannot be used", String.valueOf(e.getMessage()), "");
        }
    }
}
