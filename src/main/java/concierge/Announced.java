package concierge;

import concierge.config.Home;
import concierge.server.home.ServerHome;
import java.net.URI;

/** The server of a home, as it announces itself; the next one may listen elsewhere, so it is asked anew each time. */
record Announced(Home home) {
    /** Refused at once, and asked again soon: a guess might reach somebody else's port, who never answers. */
    private static final String NOWHERE = "http://127.0.0.1:1";

    URI api() {
        return URI.create(ServerHome.read(home).map(ServerHome.Announcement::api).filter(api -> !api.isEmpty()).orElse(NOWHERE));
    }
}
