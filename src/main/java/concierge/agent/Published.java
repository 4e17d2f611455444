package concierge.agent;

/** {@code address:port} of a published port, {@code [address]:port} for IPv6. */
record Published(String address, int port) {
    static Published parse(String text) {
        int colon = text.lastIndexOf(':');
        String address = text.substring(0, colon);
        if (address.startsWith("[")) address = address.substring(1, address.length() - 1);
        return new Published(address, Integer.parseInt(text.substring(colon + 1)));
    }

    boolean isAnyAddress() {
        return address.equals("0.0.0.0") || address.equals("::");
    }
}
