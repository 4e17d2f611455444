package concierge.server;

import concierge.config.Configuration;
import concierge.security.Token;
import concierge.server.home.ServerHome;
import concierge.server.http.Operation;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.store.GatedStore;
import concierge.store.Store;
import concierge.store.StoreException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the API is made of while the store has not answered yet, or the host's name is another's: it says what it waits for, and can be stopped.
 *
 * @param why it waits, as of now
 * @param announcement as it is told to clients
 * @param stop ends the server
 */
public record Waiting(
        Token token, String version, Supplier<Why> why, Supplier<ServerHome.Announcement> announcement,
        Supplier<List<Configuration.Shown>> settings, Runnable stop, InstantSource clock) {
    /** What a server waits for before it begins. */
    public enum What {
        store("the store", "the server waits for the store, which has not answered since it was started",
                "instances run on, and it begins by itself when the store answers; see whether that runs, and store.url in the configuration"),
        name("the host's name", "the server waits until its host's name is free",
                "it begins by itself when the other ends; or end this one with concierge server stop, and start it with a name of its own: --set host.name=NAME");

        private final String text;
        private final String refusal;
        private final String hint;

        What(String text, String refusal, String hint) {
            this.text = text;
            this.refusal = refusal;
            this.hint = hint;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    public record Why(What what, String reason) {
        @Override
        public String toString() {
            return what + ": " + reason;
        }
    }

    /** Nothing can be looked up in it: whoever has no token of the home's is told why. */
    Store store() {
        return new GatedStore(() -> {
            throw new StoreException.Away(why.get().reason());
        });
    }

    List<Operation> operations() {
        List<Operation> operations = new ArrayList<>(List.of(Operation.get("/v1/ping", _ -> true)));
        operations.addAll(new ServerHandlers(
                version, announcement, () -> List.of("the server waits for " + why.get()), () -> Optional.of(why.get().toString()), settings, stop).operations());
        return operations;
    }

    Refusal refusal() {
        Why now = why.get();
        return Refusal.detailed(Code.storeUnavailable, now.what().refusal, now.reason(), now.what().hint);
    }
}
