package concierge.plan;

/** Why an action is taken: a typed value, made into text only where somebody reads it. */
public sealed interface Reason {
    /** For people, lower case, no full stop. */
    String text();

    /** Fewer run than are wanted. */
    record Wanted(int wanted, int placed) implements Reason {
        @Override
        public String text() {
            return "wanted " + wanted + ", placed " + placed;
        }
    }
}
