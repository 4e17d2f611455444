package concierge.executor;

/**
 * A port of a host: {@code address:port}, {@code [address]:port} for IPv6.
 *
 * @param address that it is bound to; perhaps {@linkplain #isAnyAddress all} of the host's
 */
public record Published(String address, int port) {
    /** All addresses of a host. */
    public static final String EVERYWHERE = "0.0.0.0";

    public static Published parse(String text) {
        int colon = text.lastIndexOf(':');
        String address = text.substring(0, colon);
        if (address.startsWith("[")) address = address.substring(1, address.length() - 1);
        return new Published(address, Integer.parseInt(text.substring(colon + 1)));
    }

    public boolean isAnyAddress() {
        return address.equals(EVERYWHERE) || address.equals("::") || address.isEmpty();
    }

    /** Whether only the host itself reaches it. */
    public boolean isLoopback() {
        return isLoopback(address);
    }

    public static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1") || address.equals("localhost");
    }

    /** Where it is reached by whoever reaches the host at {@code host}. */
    public Published on(String host) {
        return isAnyAddress() ? new Published(host, port) : this;
    }

    /** As {@link #parse} reads it. */
    public String text() {
        return address.indexOf(':') >= 0 ? "[" + address + "]:" + port : address + ":" + port;
    }
}
