package concierge.peer;

/**
 * What the queue of another server answered, to be passed on as it is.
 *
 * @param status of HTTP
 * @param body JSON
 */
public record QueueAnswer(int status, String body) {}
