package concierge.cli.program;

import concierge.cli.client.Api;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a reset concerns.
 *
 * @param installation id: engines' belongings carry it
 * @param shared whether other machines share the state
 * @param present hosts that are there
 * @param lost hosts that are not, and for which something waits
 * @param instances by host
 */
record Extent(String installation, boolean shared, List<String> present, List<String> lost, List<String> stacks, Map<String, List<String>> instances) {
    static Extent of(Api api, boolean shared) {
        List<String> present = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        for (JsonTree host : api.read("/v1/hosts").values()) (host.path("lost").asBoolean(false) ? lost : present).add(host.path("name").asString(""));
        List<String> stacks = new ArrayList<>();
        for (JsonTree stack : api.read("/v1/stacks").values()) stacks.add(stack.path("name").asString(stack.path("stack").asString("")));
        Map<String, List<String>> instances = new TreeMap<>();
        for (JsonTree instance : api.read("/v1/ps").path("instances").values()) {
            instances.computeIfAbsent(instance.path("host").asString(""), _ -> new ArrayList<>()).add(instance.path("instance").asString(""));
        }
        return new Extent(api.read("/v1/version").path("installation").asString(""), shared, present, lost, stacks, instances);
    }

    /** With an embedded store all hosts are this machine's, also those that have nothing but Docker. */
    boolean isOfSeveral() {
        return shared && present.size() + lost.size() > 1;
    }

    String names() {
        return "the hosts " + String.join(", ", present);
    }

    String others() {
        return present.size() + (present.size() == 1 ? " host" : " hosts") + ": " + String.join(", ", present);
    }

    /** For people who are asked. */
    List<String> listing(boolean withVolumes) {
        List<String> lines = new ArrayList<>(List.of("This removes from all machines that share the state:"));
        for (String host : present) lines.add("  host " + host + ": " + running(host) + "; the images that were built or fetched; its agent, with what that keeps in its home");
        lines.add("  stacks: " + (stacks.isEmpty() ? "none" : String.join(", ", stacks)) + "; volumes " + (withVolumes ? "go with their data" : "stay (--volumes removes them)"));
        lines.add("  the state, and all servers with their routers");
        for (String host : lost) lines.add("Host " + host + " is not there: " + running(host) + " and whatever else is on it stay.");
        return lines;
    }

    private String running(String host) {
        List<String> there = instances.getOrDefault(host, List.of());
        return there.isEmpty() ? "no instances" : there.size() + (there.size() == 1 ? " instance" : " instances") + " (" + String.join(", ", there) + ")";
    }

    /** What stays on hosts that are not there, and how to find it. */
    List<String> outOfReach() {
        return lost.stream().map(host -> outOfReach(host, "it is not there", running(host) + ", ")).toList();
    }

    private String outOfReach(String host, String reason, String running) {
        String filter = "label=concierge.installation=" + installation;
        return "host " + host + " is not cleared: " + reason + "; what may be left there: " + running + "networks, volumes, images (docker ps -a, docker volume ls and docker image ls there, each with --filter "
                + filter + ")";
    }

    /** What else stays, by what the server answered. */
    List<String> leftBehind(JsonTree answer) {
        List<String> lines = new ArrayList<>();
        for (JsonTree host : answer.path("hosts").values()) {
            for (JsonTree kept : host.path("kept").values()) lines.add("left behind on host " + host.path("host").asString("") + ": " + kept.asString(""));
        }
        for (JsonTree host : answer.path("away").values()) {
            String name = host.path("host").asString("");
            if (!lost.contains(name)) lines.add(outOfReach(name, host.path("reason").asString(""), ""));
        }
        for (JsonTree member : answer.path("staying").values()) {
            String name = member.path("member").asString("");
            if (!lost.contains(name)) lines.add(name + " has not left: " + member.path("reason").asString("") + "; end it there");
        }
        return lines;
    }
}
