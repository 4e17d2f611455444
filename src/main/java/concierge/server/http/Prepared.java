package concierge.server.http;

/** An answer with a status of its own, its body JSON already. */
public record Prepared(int status, String body) {}
