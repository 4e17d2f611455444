package concierge.source.stackfile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;

/** Orders names so that what each needs comes before it. At most {@link StackFile#MAX_SERVICES} deep. */
final class Cycles {
    private final Function<String, List<String>> needs;
    private final SequencedSet<String> done = new LinkedHashSet<>();
    private final List<String> path = new ArrayList<>();
    private Optional<List<String>> cycle = Optional.empty();

    Cycles(Collection<String> names, Function<String, List<String>> needs) {
        this.needs = needs;
        for (String name : names) visit(name);
    }

    /** The first circle found, its first name again at the end. */
    Optional<List<String>> cycle() {
        return cycle;
    }

    /** Meaningful only without a cycle. */
    List<String> sorted() {
        return List.copyOf(done);
    }

    private void visit(String name) {
        if (done.contains(name) || cycle.isPresent()) return;
        int at = path.indexOf(name);
        if (at >= 0) {
            List<String> circle = new ArrayList<>(path.subList(at, path.size()));
            circle.add(name);
            cycle = Optional.of(circle);
            return;
        }
        path.add(name);
        for (String needed : needs.apply(name)) visit(needed);
        path.removeLast();
        done.add(name);
    }
}
