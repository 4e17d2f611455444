package concierge.server.change;

import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.RunKind;
import concierge.model.Secret;
import concierge.model.SecretFile;
import concierge.model.SecretRecord;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.server.answer.Shown;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.LiveView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The secrets of a stack: values come in and never go out. */
public final class SecretHandlers {
    /** Room for any key or certificate chain; a deploy's record of the last few still fits one commit. */
    private static final int LONGEST_BYTES = 64 << 10;

    private final Secrets secrets;
    private final LiveView live;

    public SecretHandlers(Secrets secrets, LiveView live) {
        this.secrets = secrets;
        this.live = live;
    }

    /**
     * @param digest the first digits of the value's digest, made with this installation's key: the same value, the same digits
     * @param problem why it cannot be opened here
     */
    record Listed(String name, Instant set, String digest, List<User> usedBy, Optional<String> problem) {}

    /** @param current whether all of it, what is wanted and what runs, has the value that is stored now */
    record User(String service, boolean current) {}

    record Set(String name, String digest, boolean changed, List<User> usedBy) {}

    record Removed(String removed) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/stacks/{stack}/secrets", exchange -> list(exchange.stack())),
                Operation.put("/v1/stacks/{stack}/secrets/{name}", this::set),
                Operation.delete("/v1/stacks/{stack}/secrets/{name}", this::remove));
    }

    private List<Listed> list(String stack) {
        List<Listed> shown = new ArrayList<>();
        secrets.list(stack).forEach((name, record) -> {
            SecretRecord.Version current = record.current();
            shown.add(new Listed(name, Instant.ofEpochSecond(current.setSeconds()), current.digest().shortHex(), users(stack, name, current), secrets.locked(current)));
        });
        return shown;
    }

    /** Allowed before the stack's first deployment, which may need it. The body is the value, as it is. */
    private Set set(Exchange exchange) {
        String stack = exchange.stack();
        String name = name(exchange);
        byte[] value = exchange.bytes();
        if (value.length == 0) throw Refusal.of(Code.badRequest, "value: empty (expected: the secret as the request's body)", "");
        if (value.length > LONGEST_BYTES) {
            throw Refusal.of(Code.tooLarge, "value: " + value.length + " bytes (expected: at most " + LONGEST_BYTES + ")", "put larger things into a volume");
        }
        Secrets.Stored stored = secrets.set(stack, name, Secret.of(value));
        SecretRecord.Version version = stored.version();
        return new Set(name, version.digest().shortHex(), stored.changed(), users(stack, name, version));
    }

    private Removed remove(Exchange exchange) {
        String stack = exchange.stack();
        String name = name(exchange);
        SecretRecord record = secrets.list(stack).get(name);
        if (record == null) throw Refusal.notFound("secret", stack + "/", name, List.copyOf(secrets.list(stack).keySet()));
        List<String> users = users(stack, name, record.current()).stream().map(User::service).toList();
        if (!users.isEmpty() && !exchange.flag("force", false)) {
            throw Refusal.of(Code.conflict, stack + "/" + name + ": used by " + String.join(", ", users) + " (expected: nobody)",
                    "take it out of the stack file and deploy, or use --force: they run on, and could not be started anew");
        }
        secrets.remove(stack, name);
        return new Removed(name);
    }

    private static String name(Exchange exchange) {
        String name = exchange.path("name");
        if (Names.isPart(name)) return name;
        throw Refusal.of(Code.badRequest, "secret: " + name + " (expected: 1 to 63 letters, digits, _ . or -)", "");
    }

    private List<User> users(String stack, String name, SecretRecord.Version current) {
        List<User> users = new ArrayList<>();
        for (ServiceView service : Shown.services(live.view(), id -> id.stack().equals(stack))) {
            boolean oneOff = service.intent().map(Intent::kind).filter(RunKind.ToCompletion.class::isInstance).isPresent();
            if (service.intent().isEmpty() || service.spec().isEmpty() || oneOff) continue;
            List<ServiceSpec> specs = new ArrayList<>(List.of(service.spec().get()));
            // What runs may be behind: shared services until a restart, others while they are replaced.
            for (InstanceView instance : service.instances().values()) if (!instance.state().isFinal()) specs.add(instance.spec());
            List<SecretFile> files = specs.stream().flatMap(spec -> spec.secrets().stream()).filter(file -> file.source().equals(name)).toList();
            if (files.isEmpty()) continue;
            boolean isCurrent = files.stream().allMatch(file -> file.version().equals(Optional.of(current.digest())));
            users.add(new User(service.id().path(), isCurrent));
        }
        return users;
    }
}
