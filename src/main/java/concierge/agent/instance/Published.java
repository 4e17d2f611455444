package concierge.agent.instance;

/** {@code address:port} of a published port, {@code [address]:port} for IPv6. */
public record Published(String address, int port) {
    public static Published parse(String text) {
        int colon = text.lastIndexOf(':');
        String address = text.substring(0, colon);
        if (address.startsWith("[")) address = address.substring(1, address.length() - 1);
        return new Published(address, Integer.parseInt(text.substring(colon + 1)));
    }

    public boolean isAnyAddress() {
        return address.equals("0.0.0.0") || address.equals("::");
    }
}
