package concierge.server.content;

import concierge.model.InstanceView;
import concierge.model.ServiceView;
import concierge.server.answer.Shown;
import concierge.state.LiveView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which hosts have an image, as far as what runs there tells. */
public final class ImageHosts {
    private final LiveView live;

    public ImageHosts(LiveView live) {
        this.live = live;
    }

    /** In an order of chance, so that a hundred hosts that need it do not ask the same one. */
    public List<String> of(String reference) {
        Set<String> hosts = new TreeSet<>();
        for (ServiceView service : Shown.services(live.view(), _ -> true)) {
            for (InstanceView instance : service.instances()) {
                boolean made = !instance.container().isEmpty();
                if (made && instance.spec().image().filter(reference::equals).isPresent()) hosts.add(instance.host());
            }
        }
        List<String> order = new ArrayList<>(hosts);
        Collections.shuffle(order);
        return order;
    }
}
