package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Finds out which version of a service is meant when nobody says. */
final class Services {
    private Services() {}

    /**
     * The tag asked for, or the only one that has the service. Shared services stand under the reserved
     * tag {@code static}.
     */
    static String tag(Api api, Target target, String asked) {
        if (!asked.isEmpty()) return asked;
        if (!target.tag().isEmpty()) return target.tag();
        TreeSet<String> tags = new TreeSet<>();
        TreeSet<String> services = new TreeSet<>();
        JsonNode body = api.read(Api.query("/v1/ps", "stack", target.stack()));
        for (InstanceRow row : new Overview(body).instances()) {
            services.add(row.service());
            if (row.service().equals(target.service())) tags.add(row.tag());
        }
        if (tags.size() <= 1) return tags.isEmpty() ? unseen(api, target, services) : tags.first();
        throw new Failure(Exit.USAGE, target + " runs in several versions: " + String.join(", ", tags), "say which: --tag " + tags.first());
    }

    /** A service scaled to 0 has no instances; the stack's tags say where it may be. */
    private static String unseen(Api api, Target target, TreeSet<String> services) {
        List<String> tags = new ArrayList<>();
        for (JsonNode tag : api.read(Api.path("v1", "tags", target.stack())).values()) {
            tags.add(tag.isObject() ? tag.path("tag").asString(tag.path("name").asString("")) : tag.asString(""));
        }
        for (String tag : tags) {
            for (JsonNode service : api.read(Api.path("v1", "nodes", target.stack(), tag)).values()) {
                String name = service.isObject() ? service.path("service").asString(service.path("name").asString("")) : service.asString("");
                services.add(name);
                if (name.equals(target.service())) return tag;
            }
        }
        String hint = Names.nearest(target.service(), List.copyOf(services)).map(near -> "did you mean " + target.stack() + "/" + near + "?")
                .orElse("services: " + String.join(", ", services));
        throw new Failure(Exit.REFUSED, target + ": no such service", hint);
    }
}
