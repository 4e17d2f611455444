package concierge.server.change;

import concierge.model.Names;
import concierge.security.access.Audit;
import concierge.security.access.AuditEntry;
import concierge.security.access.Role;
import concierge.security.access.TokenRecord;
import concierge.security.access.Tokens;
import concierge.security.access.Trail;
import concierge.server.home.ServerHome;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Who may use the API, and who did. */
public final class AccessHandlers {
    private final Store store;
    private final Tokens tokens;
    private final Audit audit;
    private final Supplier<ServerHome.Announcement> announcement;
    private final InstantSource clock;

    public AccessHandlers(Store store, Tokens tokens, Audit audit, Supplier<ServerHome.Announcement> announcement, InstantSource clock) {
        this.store = store;
        this.tokens = tokens;
        this.audit = audit;
        this.announcement = announcement;
        this.clock = clock;
    }

    /** @param seconds how long it is good; absent: until it is revoked */
    record TokenRequest(String name, Role role, Optional<Long> seconds) {}

    /** @param token its text; only here, and only once */
    record TokenAnswer(String name, Role role, String token, Optional<Instant> expires, Optional<String> url, Optional<String> fingerprint) {}

    /** @param state {@code good}, {@code ended} or {@code revoked} */
    record TokenShown(String name, Role role, String by, Instant created, Optional<Instant> expires, Optional<Instant> revoked, String state) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/tokens", _ -> tokens.list().stream().map(this::shown).toList()),
                Operation.post("/v1/tokens", this::create),
                Operation.delete("/v1/tokens/{name}", this::revoke),
                Operation.get("/v1/audit", this::audit));
    }

    private TokenShown shown(TokenRecord token) {
        String state = token.revoked().isPresent() ? "revoked" : token.holds(clock.instant()) ? "good" : "ended";
        return new TokenShown(token.name(), token.role(), token.by(), token.created(), token.expires(), token.revoked(), state);
    }

    private TokenAnswer create(Exchange exchange) {
        TokenRequest request = exchange.body(TokenRequest.class);
        String name = request.name() == null ? "" : request.name();
        Trail.about(name);
        if (!Names.isPart(name)) throw Refusal.of(Code.badRequest, "name: " + name + " (expected: 1 to 63 letters, digits, _, - or .)", "");
        if (request.role() == null) throw Refusal.of(Code.badRequest, "role: absent (expected: read, deploy or admin)", "");
        if (request.seconds().filter(seconds -> seconds <= 0 || seconds > LONGEST.toSeconds()).isPresent()) {
            throw Refusal.of(Code.badRequest, "seconds: " + request.seconds().get() + " (expected: 1 to " + LONGEST.toSeconds() + ")", "leave it out for a token without an end");
        }
        Optional<Instant> expires = request.seconds().map(seconds -> clock.instant().plusSeconds(seconds));
        Tokens.Made made = tokens.make(name, request.role(), exchange.caller().name(), expires);
        Commits.retried(store, "token " + name, () -> {
            Optional<Tokens.Found> before = tokens.find(name);
            if (before.filter(found -> found.token().holds(clock.instant())).isPresent()) {
                throw Refusal.of(Code.conflict, "there is a token " + name, "concierge token revoke " + name + ", or choose another name");
            }
            if (before.isEmpty() && tokens.list().size() >= Tokens.MOST) {
                throw Refusal.of(Code.conflict, "there are " + Tokens.MOST + " tokens (expected: fewer)", "use a name again that was revoked");
            }
            Transaction.Builder to = Transaction.id(Commits.id("token"));
            if (before.isEmpty()) to.absent(Keys.token(name));
            else to.compare(Keys.token(name), Transaction.Field.modified, before.get().entry().modified());
            return to.put(Keys.token(name), Tokens.value(made.record())).build();
        });
        Optional<ServerHome.Network> network = announcement.get().network();
        return new TokenAnswer(name, request.role(), made.text(), expires, network.map(ServerHome.Network::url), network.map(ServerHome.Network::fingerprint));
    }

    /** Longer is for ever, and should be said so. */
    private static final Duration LONGEST = Duration.ofDays(3650);

    private Map<String, Object> revoke(Exchange exchange) {
        String name = exchange.path("name");
        Commits.retried(store, "token " + name, () -> {
            Tokens.Found found = tokens.find(name)
                    .orElseThrow(() -> Refusal.notFound("token", name, tokens.list().stream().map(TokenRecord::name).toList()));
            return Transaction.id(Commits.id("token-revoke"))
                    .compare(Keys.token(name), Transaction.Field.modified, found.entry().modified())
                    .put(Keys.token(name), Tokens.value(found.token().revoked().isPresent() ? found.token() : tokens.revoked(found.token())))
                    .build();
        });
        return Map.of("name", name);
    }

    private List<AuditEntry> audit(Exchange exchange) {
        List<AuditEntry> found = audit.since(exchange.instant("since").orElse(Instant.EPOCH));
        int most = exchange.number("limit", 1, Audit.KEPT).orElse(Audit.KEPT);
        return found.subList(Math.max(0, found.size() - most), found.size());
    }
}
