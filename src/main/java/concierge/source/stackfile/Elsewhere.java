package concierge.source.stackfile;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What people write out of habit, from Compose, Dockerfiles or {@code docker run}, and what it is called here. */
final class Elsewhere {
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("services", "deploy"), Map.entry("ports", "expose"), Map.entry("publish", "expose"), Map.entry("environment", "env"),
            Map.entry("depends_on", "link"), Map.entry("healthcheck", "health"), Map.entry("replicas", "scale"),
            Map.entry("instances", "scale"), Map.entry("working_dir", "cwd"), Map.entry("workdir", "cwd"), Map.entry("cmd", "run"),
            Map.entry("mounts", "volume"), Map.entry("stop_grace_period", "stop_grace"), Map.entry("memory", "resources"),
            Map.entry("cpu", "resources"), Map.entry("limits", "resources"), Map.entry("hosts", "domains"), Map.entry("placement", "filter"),
            Map.entry("cap_add", "dockerargs"), Map.entry("privileged", "dockerargs"), Map.entry("init", "dockerargs"),
            Map.entry("ulimits", "dockerargs"), Map.entry("sysctls", "dockerargs"), Map.entry("devices", "dockerargs"));

    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("-v", "volume"), Map.entry("--volume", "volume"), Map.entry("--mount", "volume"), Map.entry("-p", "expose"),
            Map.entry("--publish", "expose"), Map.entry("--expose", "expose"), Map.entry("-e", "env"), Map.entry("--env", "env"),
            Map.entry("-m", "resources"), Map.entry("--memory", "resources"), Map.entry("--cpus", "resources"), Map.entry("-u", "user"),
            Map.entry("--user", "user"), Map.entry("-w", "cwd"), Map.entry("--workdir", "cwd"), Map.entry("--restart", "restart"),
            Map.entry("--entrypoint", "entrypoint"), Map.entry("-l", "labels"), Map.entry("--label", "labels"), Map.entry("--link", "link"),
            Map.entry("--health-cmd", "health"), Map.entry("--stop-timeout", "stop_grace"));

    private Elsewhere() {}

    /**
     * @param what the kind of word it is: {@code key}, {@code option}
     * @param known the keys that have a meaning there
     */
    static Optional<String> hint(String what, String word, List<String> known) {
        return switch (what) {
            case "key" -> Optional.ofNullable(KEYS.get(word)).filter(known::contains).map(key -> "here it is called " + key);
            case "option" -> Optional.ofNullable(OPTIONS.get(word)).map(key -> "the key " + key + " does it");
            default -> Optional.empty();
        };
    }
}
