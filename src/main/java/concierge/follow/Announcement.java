package concierge.follow;

import java.net.URI;

/**
 * A server that announced itself in the home.
 *
 * @param installation its id: another installation's server may have got the port of one that died
 */
public record Announcement(URI api, String installation) {
    /** Refused at once, and asked again soon: a guess might reach somebody else's port, who never answers. */
    public static final Announcement NOWHERE = new Announcement(URI.create("http://127.0.0.1:1"), "");
}
