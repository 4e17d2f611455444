package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.Workload;
import concierge.executor.docker.Engine;
import concierge.executor.docker.Labels;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Secret;
import concierge.model.SecretFile;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * An instance's secrets as Swarm's own: sealed in its managers' log, and in memory alone on the node that runs the
 * task. They are made with the instance and go with it.
 */
final class SwarmSecrets {
    private static final String FILE = "concierge.file";

    /** Swarm knows numbers alone. */
    private static final Pattern NUMBERED_USER = Pattern.compile("(\\d{1,10})(?::(\\d{1,10}))?");

    private static final int OWNER_ONLY = 0400;
    private static final int ANYBODY_INSIDE = 0444;

    private final Engine engine;
    private final String installation;
    private final String suffix;

    SwarmSecrets(Engine engine, String installation, String suffix) {
        this.engine = engine;
        this.installation = installation;
        this.suffix = suffix;
    }

    /** Makes what is not there yet; the references as a service's request has them. */
    List<Map<String, Object>> ensure(Workload workload) {
        List<SecretFile> files = workload.spec().secrets();
        if (files.isEmpty()) return List.of();
        Map<String, String> present = present(workload);
        if (!files.stream().allMatch(file -> present.containsKey(file.target()))) make(workload, files, present);
        List<Map<String, Object>> references = new ArrayList<>();
        for (SecretFile file : files) references.add(reference(workload, file, present.getOrDefault(file.target(), "")));
        return references;
    }

    private void make(Workload workload, List<SecretFile> files, Map<String, String> present) {
        List<Secret> opened = workload.secrets().open(files);
        for (int i = 0; i < files.size(); i++) {
            String target = files.get(i).target();
            if (present.containsKey(target)) continue;
            byte[] value = opened.get(i).reveal();
            if (value.length == 0) {
                throw new ExecutorException(Kind.refused, "secret " + files.get(i).source() + ": empty (expected: at least a byte; Swarm keeps no empty ones)");
            }
            String id = engine.post("/secrets/create", Map.of("Name", name(workload, target), "Labels", labels(workload, target),
                    "Data", Base64.getEncoder().encodeToString(value))).orFail("cannot give the Swarm secret " + files.get(i).source()).json().path("ID").asString("");
            present.put(target, id);
        }
    }

    /** Id by file. */
    private Map<String, String> present(Workload workload) {
        Map<String, String> present = new HashMap<>();
        String filter = Labels.filter(Labels.INSTALLATION + "=" + installation, Labels.INSTANCE + "=" + workload.instance().path(),
                Labels.GENERATION + "=" + workload.generation());
        for (JsonNode secret : engine.get("/secrets?filters=" + filter).orFail("cannot list the secrets of the Swarm").json()) {
            present.put(secret.at("/Spec/Labels").path(FILE).asString(""), secret.path("ID").asString(""));
        }
        return present;
    }

    private Map<String, String> labels(Workload workload, String target) {
        return Map.of(Labels.INSTALLATION, installation, Labels.INSTANCE, workload.instance().path(),
                Labels.GENERATION, Long.toString(workload.generation()), Labels.STACK, workload.instance().service().stack(), FILE, target);
    }

    /** Within Swarm's 64 characters, whatever the instance is called. */
    private String name(Workload workload, String target) {
        return "concierge-" + suffix + "-" + Digest.of(workload.instance().path() + "\0" + workload.generation() + "\0" + target).hex().substring(0, 32);
    }

    private Map<String, Object> reference(Workload workload, SecretFile file, String id) {
        Matcher user = NUMBERED_USER.matcher(workload.spec().user().orElse(""));
        boolean numbered = user.matches();
        Map<String, Object> target = new LinkedHashMap<>();
        target.put("Name", file.target());
        target.put("UID", numbered ? user.group(1) : "0");
        target.put("GID", numbered && user.group(2) != null ? user.group(2) : "0");
        target.put("Mode", file.mode().orElse(numbered ? OWNER_ONLY : ANYBODY_INSIDE));
        return Map.of("SecretID", id, "SecretName", name(workload, file.target()), "File", target);
    }

    /** Those of every generation: nothing of the instance is there any more. */
    void remove(InstanceId instance) {
        String filter = Labels.filter(Labels.INSTALLATION + "=" + installation, Labels.INSTANCE + "=" + instance.path());
        for (JsonNode secret : engine.get("/secrets?filters=" + filter).orFail("cannot list the secrets of the Swarm").json()) {
            engine.delete("/secrets/" + secret.path("ID").asString(""));
        }
    }
}
