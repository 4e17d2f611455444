package concierge.config;

import concierge.model.Location;

/** Where a value came from; the later kinds win over the earlier ones. */
public sealed interface Source {
    record Default() implements Source {
        @Override
        public String toString() {
            return "default";
        }
    }

    record InFile(Location location) implements Source {
        @Override
        public String toString() {
            return location.toString();
        }
    }

    record Variable(String name) implements Source {
        @Override
        public String toString() {
            return "environment " + name;
        }
    }

    record Option(String key) implements Source {
        @Override
        public String toString() {
            return "option --set " + key;
        }
    }

    Source DEFAULT = new Default();
}
