package concierge.model;

/**
 * Where an instance's exposed port can be reached now. Stored under {@code
 * /ports/<stack>/<tag>/<service>/<port>/<proto>/<ip>/<hostPort>/<id>} with the plain value {@code
 * ip:hostPort}; the id is the instance's number.
 */
public record Endpoint(InstanceId instance, Port port, String address, int hostPort) {
    public Endpoint {
        Check.that(hostPort >= 1 && hostPort <= 65535, hostPort, "host port", "1 to 65535");
    }

    /** {@code ip:port}. */
    public String target() {
        return address.indexOf(':') >= 0 ? "[" + address + "]:" + hostPort : address + ":" + hostPort;
    }
}
