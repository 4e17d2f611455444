package concierge;

import concierge.config.Home;
import concierge.follow.Announcement;
import concierge.server.home.ServerHome;
import java.net.URI;

/** The server of a home, as it announces itself; the next one may listen elsewhere, so it is asked anew each time. */
record Announced(Home home) {
    Announcement server() {
        return ServerHome.read(home)
                .filter(it -> !it.api().isEmpty())
                .map(it -> new Announcement(URI.create(it.api()), it.installation()))
                .orElse(Announcement.NOWHERE);
    }
}
