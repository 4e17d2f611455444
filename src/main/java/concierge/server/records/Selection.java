package concierge.server.records;

import concierge.model.Intent;
import concierge.model.Names;
import concierge.model.ServiceId;
import concierge.model.StackRecord;
import concierge.server.refusal.Refusal;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The intents that a stack, perhaps a tag, perhaps a service name mean, read afresh from the store. */
public record Selection(List<Chosen> chosen) {
    /** @param entry as it is stored, to be compared when it is changed */
    public record Chosen(ServiceId id, Intent intent, Entry entry) {}

    /**
     * Without a tag, a service is looked for under the stack's primary tag and among the shared ones; a
     * whole stack is all its tags.
     *
     * @throws Refusal when nothing is meant
     */
    public static Selection of(Store store, String stack, Optional<String> tag, Optional<String> service) {
        List<Chosen> all = all(store, stack);
        if (all.isEmpty()) throw Refusal.notFound("stack", stack, stacks(store));
        List<Chosen> tagged = tag.isEmpty() ? all : all.stream().filter(it -> it.id().tag().equals(tag.get())).toList();
        if (tagged.isEmpty()) throw Refusal.notFound("tag", stack + "/", tag.orElse(""), names(all, false));
        if (service.isEmpty()) return new Selection(tagged);
        List<Chosen> named = tagged.stream().filter(it -> it.id().service().equals(service.get())).toList();
        if (named.isEmpty()) throw Refusal.notFound("service", stack + "/", service.get(), names(tagged, true));
        if (named.size() == 1 || tag.isPresent()) return new Selection(named);
        String primary = store.find(Keys.stack(stack)).map(entry -> Codec.stack(entry.value())).map(StackRecord::primary).orElse(Names.DEFAULT_TAG);
        List<Chosen> inPrimary = named.stream().filter(it -> it.id().tag().equals(primary)).toList();
        return new Selection(inPrimary.isEmpty() ? named : inPrimary);
    }

    private static List<Chosen> all(Store store, String stack) {
        List<Chosen> all = new ArrayList<>();
        for (Entry entry : Listing.all(store, Keys.PROC + stack + "/")) {
            all.add(new Chosen(ServiceId.parse(entry.key().substring(Keys.PROC.length())), Codec.intent(entry.value()), entry));
        }
        return all;
    }

    private static List<String> stacks(Store store) {
        return Listing.all(store, Keys.STACKS).stream().map(entry -> entry.key().substring(Keys.STACKS.length())).toList();
    }

    private static List<String> names(List<Chosen> chosen, boolean services) {
        return chosen.stream().map(it -> services ? it.id().service() : it.id().tag()).distinct().toList();
    }
}
