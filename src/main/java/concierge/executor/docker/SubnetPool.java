package concierge.executor.docker;

import java.util.Collection;
import java.util.regex.Pattern;

/**
 * IPv4 address space that is cut into equal subnets, one a stack.
 *
 * @param base first address of the pool, as a 32-bit number
 * @param prefix length of the pool's prefix
 * @param size length of each subnet's prefix
 */
public record SubnetPool(int base, int prefix, int size) {
    /**
     * 256 stacks of up to 253 instances on one engine. Apart from Docker's own pools (172.17.0.0/12 and
     * 192.168.0.0/16), so that stacks do not use up what the user's other networks are cut from.
     */
    public static final SubnetPool DEFAULT = parse("10.213.0.0/16", 24);

    public SubnetPool {
        if (prefix < 8 || size < prefix || size > 29) {
            throw new IllegalArgumentException(
                    "subnet pool: /" + prefix + " cut into /" + size + " (expected: /8 or longer, cut into parts of /29 or shorter)");
        }
    }

    /** A part of the address space. */
    record Subnet(int base, int prefix) {
        private static final Pattern FORM = Pattern.compile("(\\d{1,3}\\.){3}\\d{1,3}/(\\d|[12]\\d|3[0-2])");

        /** Reads {@code 10.0.0.0/8}; throws {@link IllegalArgumentException} for anything else. */
        static Subnet parse(String text) {
            if (!FORM.matcher(text).matches()) {
                throw new IllegalArgumentException("subnet: " + text + " (expected: like 10.0.0.0/8)");
            }
            String[] parts = text.split("/", -1);
            int address = 0;
            for (String part : parts[0].split("\\.", -1)) address = address << 8 | Integer.parseInt(part) & 0xff;
            int prefix = Integer.parseInt(parts[1]);
            return new Subnet(address & mask(prefix), prefix);
        }

        boolean overlaps(Subnet other) {
            int mask = mask(Math.min(prefix, other.prefix));
            return (base & mask) == (other.base & mask);
        }

        @Override
        public String toString() {
            return (base >>> 24) + "." + (base >>> 16 & 0xff) + "." + (base >>> 8 & 0xff) + "." + (base & 0xff) + "/" + prefix;
        }
    }

    /** Reads {@code 10.213.0.0/16}, to be cut into parts of {@code size} bits' prefix. */
    public static SubnetPool parse(String text, int size) {
        Subnet whole = Subnet.parse(text);
        return new SubnetPool(whole.base(), whole.prefix(), size);
    }

    int count() {
        return 1 << (size - prefix);
    }

    /**
     * The first subnet that overlaps none of {@code used}, searched from a place that the name decides, so
     * that a stack tends to get the same one again; empty when all are taken.
     */
    java.util.Optional<Subnet> choose(String name, Collection<Subnet> used) {
        int start = Math.floorMod(name.hashCode(), count());
        for (int i = 0; i < count(); i++) {
            Subnet candidate = new Subnet(base + ((start + i) % count() << (32 - size)), size);
            if (used.stream().noneMatch(candidate::overlaps)) return java.util.Optional.of(candidate);
        }
        return java.util.Optional.empty();
    }

    @Override
    public String toString() {
        return new Subnet(base, prefix) + " in parts of /" + size;
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }
}
