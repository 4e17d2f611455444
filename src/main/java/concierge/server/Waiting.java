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
 * What the API is made of while the store has not answered yet: it says what it waits for, and can be stopped.
 *
 * @param reason why it waits, as of now
 * @param announcement as it is told to clients
 * @param stop ends the server
 */
public record Waiting(
        Token token, String version, Supplier<String> reason, Supplier<ServerHome.Announcement> announcement,
        Supplier<List<Configuration.Shown>> settings, Runnable stop, InstantSource clock) {
    /** Nothing can be looked up in it: whoever has no token of the home's is told why. */
    Store store() {
        return new GatedStore(() -> {
            throw new StoreException.Away(reason.get());
        });
    }

    List<Operation> operations() {
        List<Operation> operations = new ArrayList<>(List.of(Operation.get("/v1/ping", _ -> true)));
        operations.addAll(new ServerHandlers(
                version, announcement, () -> List.of("the server waits for the store: " + reason.get()), () -> Optional.of(reason.get()), settings, stop).operations());
        return operations;
    }

    Refusal refusal() {
        return Refusal.detailed(Code.storeUnavailable, "the server waits for the store, which has not answered since it was started", reason.get(),
                "instances run on, and it begins by itself when the store answers; see whether that runs, and store.url in the configuration");
    }
}
