package concierge.source.stackfile;

import concierge.model.Location;
import java.util.List;
import java.util.regex.Pattern;

/** A YAML value and where it stands. Aliases are followed and merge keys applied already. */
sealed interface Node {
    Location at();

    /** How many values it is made of, with aliases counted each time: what reading it costs at most. */
    long size();

    /** What it is, in the words of an error: {@code a list}, {@code -1}, {@code nothing}. */
    String shown();

    /**
     * @param plain without quotes, so that {@code 5} is a number and {@code true} is true or false
     * @param literal a {@code |} block: its first line is the one after {@code at}
     */
    record Scalar(String text, boolean plain, boolean literal, Location at) implements Node {
        private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d+|0x[0-9a-fA-F]+|0o[0-7]+|\\d*\\.\\d+|\\d+\\.\\d*)([eE][-+]?\\d+)?");
        private static final Pattern NOTHING = Pattern.compile("~|null|Null|NULL|");
        private static final Pattern FLAG = Pattern.compile("true|True|TRUE|false|False|FALSE");

        boolean isNothing() {
            return plain && NOTHING.matcher(text).matches();
        }

        boolean isFlag() {
            return plain && FLAG.matcher(text).matches();
        }

        boolean isNumber() {
            return plain && NUMBER.matcher(text).matches();
        }

        @Override
        public long size() {
            return 1;
        }

        @Override
        public String shown() {
            if (isNothing()) return "nothing";
            return isNumber() || isFlag() || !text.isEmpty() ? Findings.shown(text) : "an empty text";
        }
    }

    record Items(List<Node> items, Location at, long size) implements Node {
        @Override
        public String shown() {
            return "a list";
        }
    }

    record Fields(List<Field> fields, Location at, long size) implements Node {
        @Override
        public String shown() {
            return "a mapping";
        }
    }

    record Field(String key, Location keyAt, Node value) {}
}
