package concierge.model;

import java.util.List;

/** The outcome of reading something a user wrote: a value with warnings, or every problem at once. */
public sealed interface Parsed<T> {
    record Good<T>(T value, List<Problem> warnings) implements Parsed<T> {
        public Good {
            warnings = List.copyOf(warnings);
        }
    }

    record Bad<T>(List<Problem> problems) implements Parsed<T> {
        public Bad {
            problems = List.copyOf(problems);
            Check.that(!problems.isEmpty(), problems, "problems", "at least one");
        }
    }
}
