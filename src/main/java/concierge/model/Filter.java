package concierge.model;

/** A host tag that a service needs, or merely prefers when {@code flexible}. */
public record Filter(String tag, boolean flexible) {
    public Filter {
        Check.that(!tag.isBlank(), tag, "filter", "a host tag");
    }
}
