package concierge.source.stackfile;

import java.util.List;
import java.util.Map;

/**
 * The words that a service is defined in.
 *
 * @param keys every key that may stand in its definition, the usual ones first
 * @param words those that stand for another of a stack file's
 * @param absent keys of a stack file that have no meaning here, and why
 */
public record Dialect(List<String> keys, Map<String, String> words, Map<String, String> absent) {
    public static final Dialect STACK_FILE = new Dialect(ServiceReader.KEYS, Map.of(), Map.of());

    public Dialect {
        keys = List.copyOf(keys);
        words = Map.copyOf(words);
        absent = Map.copyOf(absent);
    }
}
